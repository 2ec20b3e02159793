"""The coach under rehearsal: the real program as a child process, followed by its JSON lines."""

from __future__ import annotations

import contextlib
import json
import signal
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field
from typing import IO, TYPE_CHECKING, Any, Self

from voice_coach import clock
from voice_coach.routines import Phase
from voice_coach.session.commands import Sound
from voice_coach.session.events import Fault

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path
    from types import TracebackType

Line = dict[str, Any]
"""One event or command of the child: `kind`, `name`, `at`, and its fields."""

_POLL_SECONDS = 0.01
_BELL_SECONDS = 1.6
"""How long the bell rings; a polite person lets it."""
_LEAVE_SECONDS = 5.0


@dataclass
class CoachState:
    """What is known of the coach from its lines so far."""

    phase: Phase = Phase.IDLE
    step_number: int = 0
    question: str = ""
    is_listening: bool = False
    speaking_since: float | None = None
    """Monotonic seconds; None while it is silent."""
    stirred_at: float = 0.0
    """When it last heard something, or began or ended to speak; in the future while its bell rings."""
    engine: str = ""
    lines: list[Line] = field(default_factory=list)
    phases: set[Phase] = field(default_factory=set)
    _utterance_id: int = -1

    @property
    def is_silent(self) -> bool:
        """Whether it has spoken or heard something, and says nothing now."""
        return bool(self.stirred_at) and self.speaking_since is None

    def has_spoken_for(self, seconds: float) -> bool:
        """Whether it is speaking, and has been for so long."""
        return self.speaking_since is not None and clock.now() - self.speaking_since >= seconds

    def take(self, line: Line) -> None:
        """Follow one more line."""
        self.lines.append(line)
        match line["name"]:
            case "Show":
                view = line["view"]
                self.phase = Phase(view["phase"])
                self.phases.add(self.phase)
                self.step_number = view["step_number"]
                self.question = view["question"]
            case "EarsReady":
                self.is_listening = True
                self.engine = line["engine"]
            case "Speak":
                self.speaking_since = self.stirred_at = line["at"]
                self._utterance_id = line["utterance_id"]
            case "Hush":
                self.speaking_since = None
                self.stirred_at = line["at"]
            case "SpeechEnded" if line["utterance_id"] == self._utterance_id:
                self.speaking_since = None
                self.stirred_at = line["at"]
            case "Cue" if line["sound"] == Sound.BELL.value:
                self.stirred_at = line["due"] + _BELL_SECONDS
            case "FaultRaised" if line["fault"] == Fault.NO_SPEAKER.value:
                self.speaking_since = None  # what was being said has no end
            case "CommandHeard" | "CommandRejected":
                self.stirred_at = line["at"]


class CoachProcess:
    """`python -m voice_coach start --json` as a child, for as long as the `with` block lasts."""

    def __init__(
        self, arguments: list[str], environment: Mapping[str, str], log: Path, on_line: Callable[[Line], None]
    ) -> None:
        """Start the coach.

        Args:
            arguments: Further arguments of `start`.
            environment: The child's whole environment.
            log: File for what the child writes to stderr.
            on_line: Called for each line, in the reading thread.
        """
        self.state = CoachState()
        self.noise: list[str] = []
        """Lines that are no JSON, which the child should not write."""
        self._on_line = on_line
        self._log = log
        with log.open("wb") as errors:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "voice_coach", "start", "--json", *arguments],
                env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=errors, text=True,
                start_new_session=True,
            )  # fmt: skip
        assert self._process.stdout is not None  # noqa: S101 - a pipe was asked for
        self._reader = threading.Thread(target=self._read, args=(self._process.stdout,), daemon=True)

    def __enter__(self) -> Self:
        """Follow the child's lines from now on."""
        self._reader.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End the child if it still runs: as systemd would (a job in the background ignores Ctrl-C), then by force."""
        for kind_of_end in (signal.SIGTERM, signal.SIGKILL):
            if self.exit_status(0.0) is not None:
                break
            self._process.send_signal(kind_of_end)
            self.exit_status(_LEAVE_SECONDS)
        self._reader.join(_LEAVE_SECONDS)

    @property
    def pid(self) -> int:
        """The child's process number."""
        return self._process.pid

    def wait_until(self, condition: Callable[[CoachState], bool], seconds: float) -> bool:
        """Wait until a condition holds; return False when it does not in that time or the child has ended."""
        deadline = time.monotonic() + seconds
        while not condition(self.state):
            if time.monotonic() > deadline or not self._reader.is_alive():
                return condition(self.state)
            time.sleep(_POLL_SECONDS)
        return True

    def exit_status(self, seconds: float) -> int | None:
        """Wait for the child to end by itself; return its exit status, or None when it still runs."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            return self._process.wait(seconds)
        return None

    def wait_until_read(self, seconds: float) -> bool:
        """Wait until everything is read that an ended child has written; return False when somebody keeps its pipe."""
        self._reader.join(seconds)
        return not self._reader.is_alive()

    def complaint(self) -> str:
        """Return the last thing that the child wrote to stderr, without the program's name, or an empty text."""
        lines = self._log.read_text(errors="replace").strip().splitlines()
        return lines[-1].removeprefix("voice-coach: ") if lines else ""

    def _read(self, pipe: IO[str]) -> None:
        with pipe:
            for text in pipe:
                try:
                    line = json.loads(text)
                except ValueError:
                    self.noise.append(text.rstrip())
                    continue
                self.state.take(line)
                self._on_line(line)
