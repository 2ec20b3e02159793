"""What a rehearsal tells: a line as each thing happens, and the summary at the end."""

from __future__ import annotations

import json
import sys
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from voice_coach.rehearsal.measure import Countdown, Outcome, Reply
    from voice_coach.rehearsal.noise import Noise

_MOST_IN_VAIN = 1
"""Commands that need not be understood in quiet."""
_SHARE_IN_VAIN = 0.1
"""The same beside a noise, of all that were given."""


@dataclass(frozen=True, slots=True)
class Result:
    """All that was measured."""

    steps_spoken: int
    step_count: int
    outcomes: tuple[Outcome, ...]
    wrong: int
    replies: tuple[Reply, ...]
    interruptions: tuple[Reply, ...]
    countdown: Countdown | None
    engine: str
    trouble: str
    """Why the routine did not come to its end, one sentence; empty when it did."""
    noise: Noise | None = None
    """What was heard beside the person."""
    has_countdown: bool = True
    """Whether the routine has one; without, none is missed."""

    @property
    def understood(self) -> int:
        """How many of the commands given were understood."""
        return sum(1 for outcome in self.outcomes if outcome.heard is not None)

    @property
    def is_good(self) -> bool:
        """Whether the routine came to its end, all of it, with few enough commands said in vain and none wrong."""
        vain = len(self.outcomes) - self.understood
        return (
            not self.trouble
            and self.steps_spoken == self.step_count
            and vain <= (_MOST_IN_VAIN if self.noise is None else len(self.outcomes) * _SHARE_IN_VAIN)
            and self.wrong == 0
            and (self.countdown is not None or not self.has_countdown)
        )

    def summary(self) -> dict[str, object]:
        """Return the summary as `rehearse --json` prints it last; times in milliseconds, null when not measured."""
        replies = [reply.seconds for reply in self.replies]
        interruptions = [reply.seconds for reply in self.interruptions]
        return {
            "kind": "summary",
            "steps_spoken": self.steps_spoken,
            "commands_given": len(self.outcomes),
            "commands_understood": self.understood,
            "commands_wrong": self.wrong,
            "reply_ms_median": _milliseconds(replies, 50),
            "reply_ms_p95": _milliseconds(replies, 95),
            "countdown_error_ms": None if self.countdown is None else round(self.countdown.error_seconds * 1000, 1),
            "engine": self.engine,
            "interruption_reply_ms": _milliseconds(interruptions, 50),
            "noise": self.noise and self.noise.name,
            "snr": self.noise and self.noise.snr,
            "trouble": self.trouble,
        }


def _milliseconds(seconds: Sequence[float], percentile: float) -> float | None:
    return round(float(np.percentile(seconds, percentile)) * 1000, 1) if seconds else None


class Reporter:
    """Prints what happens as it happens: short lines for people, or JSON lines.

    Safe to call from several threads: each line is written at once.
    """

    def __init__(self, *, as_json: bool) -> None:
        self._as_json = as_json
        self._started_at = time.monotonic()

    def tell(self, who: str, text: str, **details: object) -> None:
        """Tell one thing.

        Args:
            who: "card", "room", "page", "coach", "person" or "ears".
            text: What is said or happens.
            details: Further fields of the JSON line.
        """
        elapsed = time.monotonic() - self._started_at
        if self._as_json:
            _write_json({"kind": "happening", "seconds": round(elapsed, 2), "who": who, "text": text, **details})
        else:
            _write(f"{elapsed:7.1f} s  {who:<9}  {text}")

    def conclude(self, result: Result) -> None:
        """Print the replies one by one, and the summary."""
        summary = result.summary()
        replies = [(reply, "") for reply in result.replies] + [(reply, "interrupted") for reply in result.interruptions]
        if self._as_json:
            for reply, note in replies:
                fields = {
                    "kind": "reply",
                    "text": reply.text,
                    "reply_ms": reply.milliseconds,
                    "interrupted": bool(note),
                }
                _write_json(fields)
            _write_json(summary)
            return
        _write("")
        for reply, note in replies:
            _write(f"  {reply.text:<28} answered after {reply.milliseconds:>6} ms {note}".rstrip())
        _write("")
        untold = {"kind", "trouble"} if result.noise else {"kind", "trouble", "noise", "snr"}
        for name, value in summary.items():
            if name not in untold:
                _write(f"  {name.replace('_', ' '):<24} {'not measured' if value is None else value}")
        _write("")
        _write(f"  {'The rehearsal went well.' if result.is_good else _verdict(result)}")


def _verdict(result: Result) -> str:
    return f"The rehearsal did not go well: {result.trouble or 'see the figures above.'}"


def _write_json(fields: dict[str, Any]) -> None:
    _write(json.dumps(fields, ensure_ascii=False))


def _write(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()
