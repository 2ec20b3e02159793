"""Judges each restart by what the killed coaches had told before."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from crash_foresight import Foresight
from crash_places import Outcome, Place, Voice, place_in, when_the_hold_is_over

from voice_coach.core.intents import Intent

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from crash_lives import Life
    from crash_places import Command

    from voice_coach.core.view import Phase

_VOICE_INTENTS = {Intent.LOUDER, Intent.QUIETER, Intent.FASTER, Intent.SLOWER}


class Judge:
    """Remembers what was told last, over lives that told nothing.

    Args:
        phases: of all steps.
        hold_seconds: how long the hold is at first.
    """

    def __init__(self, phases: Sequence[Phase], hold_seconds: float) -> None:
        self._phases = phases
        self._hold_seconds = hold_seconds
        self.told = Place()
        self._voice: Voice | None = None
        self._under_way: Command | None = None
        self._killed_at = 0.0
        self._waiting = 0
        self.counts: Counter[Outcome] = Counter()
        self.by_phase: Counter[str] = Counter()
        self.worst_error = 0.0
        self.times_compared = 0

    @property
    def figures(self) -> Mapping[str, object]:
        """What was counted so far."""
        return {outcome.value: self.counts[outcome] for outcome in Outcome} | {"worst": round(self.worst_error, 3)}

    def take(self, life: Life) -> Iterator[str]:
        """Judge how it began, and remember where it ended; yields what was wrong.

        The kills of lives that told nothing are judged with the next life that does.
        """
        if life.complaint:
            self.counts[Outcome.WRONG] += 1
            yield life.complaint
        first = next((line for line in life.lines if line["name"] == "Show"), None)
        if first is not None:
            yield from self._judge_beginning(life)
            self._waiting = 0
            self.told = life.place or self.told
            self._voice = life.voice or self._voice
            self._under_way = life.under_way
            self._killed_at = life.killed_at
        self._waiting += 1

    def _judge_beginning(self, life: Life) -> Iterator[str]:
        if not self._waiting:
            return  # the first of all
        outcome, error = self._place(life)
        voice = self._voice_of(life)
        if voice is Outcome.WRONG or (voice is Outcome.IN_FLIGHT and outcome is Outcome.RIGHT):
            outcome = voice
        self.counts[outcome] += 1
        self.counts[Outcome.RIGHT] += self._waiting - 1
        self.by_phase[self.told.phase.value] += self._waiting
        if outcome is not Outcome.WRONG:
            self.times_compared += error is not None
            self.worst_error = max(self.worst_error, error or 0.0)
        else:
            show = next(line["view"] for line in life.lines if line["name"] == "Show")
            before = f"told {self.told}, {self._voice}, {self._under_way}"
            yield f"WRONG: {before}; restored {place_in(show)}, {life.lines[0]}"

    def _place(self, life: Life) -> tuple[Outcome, float | None]:
        show = next(line for line in life.lines if line["name"] == "Show")
        restored = place_in(show["view"])
        over = when_the_hold_is_over(self.told, show["at"], self._phases)
        is_told_kind = life.lines[0]["name"] == ("Restored" if restored.step else "Started")
        if not is_told_kind:
            return Outcome.WRONG, None
        if restored.is_right(over or self.told) or restored.is_right(self.told):
            return Outcome.RIGHT, restored.error(self.told) if restored.total is not None else None
        if self._under_way is not None:
            ahead = Foresight(self.told, self._under_way, self._killed_at, self._phases, self._hold_seconds)
            for place in ahead.places:
                if restored.is_right(place):
                    return Outcome.IN_FLIGHT, restored.error(place) if restored.total is not None else None
        return Outcome.WRONG, None

    def _voice_of(self, life: Life) -> Outcome:
        first = next((line["voice"] for line in life.lines if "voice" in line), None)
        if first is None or self._voice is None:
            return Outcome.RIGHT
        if Voice(first["words_per_minute"], round(first["volume"], 2)) == self._voice:
            return Outcome.RIGHT
        is_explained = self._under_way is not None and self._under_way.intent in _VOICE_INTENTS
        return Outcome.IN_FLIGHT if is_explained else Outcome.WRONG
