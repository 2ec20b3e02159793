"""Judges each restart by what the ended coaches had told before, and what each has left on the disk."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from crash_foresight import Foresight
from crash_history import HistoryJudge
from crash_moments import MomentsJudge
from crash_places import Outcome, Place, Voice, first_voice, place_in, when_the_hold_is_over
from crash_settings import SettingsJudge

from voice_coach.routines import Hold

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from crash_life import Life
    from crash_places import Command

    from voice_coach.routines import Routine

_UNKEPT = {"unkept_notes", "damaged_notes"}


class Judge:
    """Remembers what was told last, over lives that told nothing.

    Args:
        routine: the only one that is gone through, by day.
        hold_seconds: how long the hold is at first.
    """

    def __init__(self, routine: Routine, hold_seconds: float) -> None:
        self._routine = routine
        self._phases = [step.phase for step in routine.steps]
        self._hold_seconds = hold_seconds
        self.told = Place()
        self._voice: Voice | None = None
        self._under_way: Command | None = None
        self._unsure: tuple[Place, ...] = ()
        self._killed_at = 0.0
        self._ends: list[Outcome] = []
        self.settings = SettingsJudge()
        self.history = HistoryJudge(routine, hold_seconds)
        self.moments = MomentsJudge(routine.hold or Hold(hold_seconds))
        self.counts: Counter[Outcome] = Counter()
        self.by_phase: Counter[str] = Counter()
        self.worst_error = 0.0
        self.times_compared = 0
        self.skips_compared = 0

    @property
    def figures(self) -> Mapping[str, object]:
        """What was counted so far."""
        return {outcome.value: self.counts[outcome] for outcome in Outcome} | {"worst": round(self.worst_error, 3)}

    def take(self, life: Life) -> Iterator[str]:
        """Judge how it began and what it has kept, and remember where it ended; yields what was wrong.

        The ends of lives that told nothing are judged with the next life that does.
        """
        if life.complaint:
            self.counts[Outcome.WRONG] += 1
            yield life.complaint
        if any(line["name"] == "Show" for line in life.lines):
            yield from self._judge_beginning(life)
            self.told = life.place or self.told
            self._under_way = life.under_way
            self._unsure = tuple(place_in(line["view"]) for line in life.unsure if line["name"] == "Show")
            self._killed_at = life.killed_at
        yield from self._judge_end(life)

    def _judge_beginning(self, life: Life) -> Iterator[str]:
        if not self._ends:
            yield from self.moments.follow(life.lines)
            return  # the first of all
        outcome, error = self._place(life)
        if outcome is not Outcome.WRONG:
            self.times_compared += error is not None
            self.worst_error = max(self.worst_error, error or 0.0)
        else:
            show = next(line["view"] for line in life.lines if line["name"] == "Show")
            before = f"told {self.told}, {self._under_way}"
            yield f"WRONG: {before}; restored {place_in(show)}, {life.lines[0]}"
        wrong = [
            *self._voice_of(life),
            *self.moments.begin(life.lines[0], self._killed_at),
            *self.moments.follow(life.lines),
        ]
        yield from wrong
        self._ends[-1] = _worst(self._ends[-1], outcome, Outcome.WRONG if wrong else None)
        self.counts.update(self._ends)
        self.by_phase[self.told.phase.value] += len(self._ends)
        self._ends.clear()

    def _judge_end(self, life: Life) -> Iterator[str]:
        if life.kept.settings is not None:
            self._voice = Voice(life.kept.settings.words_per_minute, life.kept.settings.volume)
        settings, wrong_settings = self.settings.judge(life)
        history, wrong_history = self.history.judge(life, self._possible(life.killed_at))
        troubles = [line["trouble"] for line in life.lines if line["name"] == "TroubleBegan"]
        unkept = [f"WRONG: the coach told of {trouble}" for trouble in troubles if trouble in _UNKEPT]
        yield from filter(None, (wrong_settings, wrong_history, *unkept))
        self._ends.append(_worst(settings, history, Outcome.WRONG if unkept else None))

    def close(self) -> None:
        """Count what the last life, which nobody followed, has left wrong."""
        self.counts[Outcome.WRONG] += self._ends.count(Outcome.WRONG)
        self._ends.clear()

    def _possible(self, at: float) -> Sequence[Place]:
        """Where the coach may have gone untold by a time."""
        over = when_the_hold_is_over(self.told, at, self._phases)
        starts = [self.told, *([over] if over else [])]
        ahead = [
            place
            for start in starts
            if self._under_way is not None
            for place in Foresight(start, self._under_way, at, self._routine, self._hold_seconds).places
        ]
        return [*([over] if over else []), *self._unsure, *ahead]

    def _place(self, life: Life) -> tuple[Outcome, float | None]:
        show = next(line for line in life.lines if line["name"] == "Show")
        restored = place_in(show["view"])
        over = when_the_hold_is_over(self.told, show["at"], self._phases)
        is_told_kind = life.lines[0]["name"] == ("Restored" if restored.step else "Started")
        if not is_told_kind:
            return Outcome.WRONG, None
        if restored.is_right(over or self.told) or restored.is_right(self.told):
            self.skips_compared += bool(restored.step and self._skipped)
            return Outcome.RIGHT, restored.error(self.told) if restored.total is not None else None
        for place in self._possible(self._killed_at):
            if restored.is_right(place):
                return Outcome.IN_FLIGHT, restored.error(place) if restored.total is not None else None
        return Outcome.WRONG, None

    @property
    def _skipped(self) -> frozenset[int]:
        """What the person has skipped, of what was told to be left out."""
        by_day = {at for at, step in enumerate(self._routine.steps, 1) if step.only is None}
        return self.told.left_out & by_day

    def _voice_of(self, life: Life) -> Iterator[str]:
        """It must speak as it was left on the disk, which has been judged already."""
        voice = first_voice(life.lines)
        if voice is not None and self._voice is not None and voice != self._voice:
            yield f"WRONG voice: {self._voice} was kept, {voice} is spoken with"


def _worst(*outcomes: Outcome | None) -> Outcome:
    return max((one for one in outcomes if one is not None), key=list(Outcome).index)
