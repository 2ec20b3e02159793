"""Judges each restart by what the ended coaches had told before, and by what each has left on the disk. Pure.

A command that was obeyed but not yet told may have led to several places. They are derived here once more,
independently of the coach.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from benches.crash.memory_judges import AnnouncementsJudge, HistoryJudge, SettingsJudge
from benches.crash.positions import Position, Restoration, SpeechSettings, first_voice, place_in, when_the_hold_is_over
from voice_coach.language.intents import Intent
from voice_coach.routines import LONGEST_HOLD_SECONDS, Daypart, Hold, Phase

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from benches.crash.positions import Life, SpokenCommand
    from voice_coach.routines import Routine


_UNKEPT = {"unkept_notes", "damaged_notes"}
_BELL_LEAD_SECONDS = 0.3
"""Seconds by which the bell that begins a hold is ordered ahead of its sound."""


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
        self.told = Position()
        self._voice: SpeechSettings | None = None
        self._under_way: SpokenCommand | None = None
        self._unsure: tuple[Position, ...] = ()
        self._killed_at = 0.0
        self._ends: list[Restoration] = []
        self.settings = SettingsJudge()
        self.history = HistoryJudge(routine, hold_seconds)
        self.moments = AnnouncementsJudge(routine.hold or Hold(hold_seconds))
        self.counts: Counter[Restoration] = Counter()
        self.by_phase: Counter[str] = Counter()
        self.worst_error = 0.0
        self.times_compared = 0
        self.skips_compared = 0

    @property
    def figures(self) -> Mapping[str, object]:
        """The counts so far."""
        return {outcome.value: self.counts[outcome] for outcome in Restoration} | {"worst": round(self.worst_error, 3)}

    def take(self, life: Life) -> Iterator[str]:
        """Judge how it began and what it has kept, and remember where it ended; yields what was wrong.

        The ends of lives that told nothing are judged with the next life that does.
        """
        if life.complaint:
            self.counts[Restoration.WRONG] += 1
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
        if outcome is not Restoration.WRONG:
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
        self._ends[-1] = _worst(self._ends[-1], outcome, Restoration.WRONG if wrong else None)
        self.counts.update(self._ends)
        self.by_phase[self.told.phase.value] += len(self._ends)
        self._ends.clear()

    def _judge_end(self, life: Life) -> Iterator[str]:
        if life.kept.settings is not None:
            self._voice = SpeechSettings(life.kept.settings.words_per_minute, life.kept.settings.volume)
        settings, wrong_settings = self.settings.judge(life)
        history, wrong_history = self.history.judge(life, self._possible(life.killed_at))
        troubles = [line["fault"] for line in life.lines if line["name"] == "FaultRaised"]
        unkept = [f"WRONG: the coach told of {trouble}" for trouble in troubles if trouble in _UNKEPT]
        yield from filter(None, (wrong_settings, wrong_history, *unkept))
        self._ends.append(_worst(settings, history, Restoration.WRONG if unkept else None))

    def close(self) -> None:
        """Count what the last life, which nobody followed, has left wrong."""
        self.counts[Restoration.WRONG] += self._ends.count(Restoration.WRONG)
        self._ends.clear()

    def _possible(self, at: float) -> Sequence[Position]:
        """The positions that the coach may have reached by a time without telling it."""
        over = when_the_hold_is_over(self.told, at, self._phases)
        starts = [self.told, *([over] if over else [])]
        ahead = [
            place
            for start in starts
            if self._under_way is not None
            for place in PossiblePositions(start, self._under_way, at, self._routine, self._hold_seconds).positions
        ]
        return [*([over] if over else []), *self._unsure, *ahead]

    def _place(self, life: Life) -> tuple[Restoration, float | None]:
        show = next(line for line in life.lines if line["name"] == "Show")
        restored = place_in(show["view"])
        over = when_the_hold_is_over(self.told, show["at"], self._phases)
        is_told_kind = life.lines[0]["name"] == ("Restored" if restored.step else "Started")
        if not is_told_kind:
            return Restoration.WRONG, None
        if restored.is_right(over or self.told) or restored.is_right(self.told):
            self.skips_compared += bool(restored.step and self._skipped)
            return Restoration.RIGHT, restored.error(self.told) if restored.total is not None else None
        for place in self._possible(self._killed_at):
            if restored.is_right(place):
                return Restoration.IN_FLIGHT, restored.error(place) if restored.total is not None else None
        return Restoration.WRONG, None

    @property
    def _skipped(self) -> frozenset[int]:
        """The steps among those told as left out that the person has skipped."""
        by_day = {at for at, step in enumerate(self._routine.steps, 1) if step.only is None}
        return self.told.left_out & by_day

    def _voice_of(self, life: Life) -> Iterator[str]:
        """The coach must speak as its settings on the disk say; those have been judged already."""
        voice = first_voice(life.lines)
        if voice is not None and self._voice is not None and voice != self._voice:
            yield f"WRONG voice: {self._voice} was kept, {voice} is spoken with"


def _worst(*outcomes: Restoration | None) -> Restoration:
    return max((one for one in outcomes if one is not None), key=list(Restoration).index)


@dataclass(frozen=True)
class PossiblePositions:
    """Positions to which a command may have led that was obeyed and not yet told.

    Args:
        told: the position before the command.
        command: obeyed at some time until the coach was killed.
        killed_at: monotonic seconds.
        routine: the one that is gone through, by day.
        hold_seconds: length of a hold at first.
    """

    told: Position
    command: SpokenCommand
    killed_at: float
    routine: Routine
    hold_seconds: float

    @property
    def positions(self) -> Sequence[Position]:
        """All possible positions; none when the command changes no position."""
        match self.command.intent:
            case Intent.START | Intent.RESUME | Intent.NEXT | Intent.BACK:
                return self._moves()
            case Intent.PAUSE if self.told.step:
                return [self._paused()]
            case Intent.ADD_TIME | Intent.CUT_TIME if self.told.total is not None:
                return [self._changed(self.told.total)]
            case Intent.YES if self.told.step:
                # The questions are: shall we go on, take it off, go back, start over.
                going_on = [self._gone_on()] if self.told.phase is Phase.PAUSED else []
                return [*going_on, *map(self._at, (self._moved(1), self._moved(-1))), self._anew()]
            case Intent.SKIP if self.told.step:
                return self._skipped()
        return [Position()] if self.command.intent is Intent.NO else []

    def _moves(self) -> Sequence[Position]:
        intent, told = self.command.intent, self.told
        if not told.step:
            return [self._anew()] if intent is Intent.START else []
        if told.phase is Phase.PAUSED:
            return [] if intent is Intent.BACK else [self._gone_on()]
        if told.total is not None:
            return []
        return [self._at({Intent.NEXT: self._moved(1), Intent.BACK: self._moved(-1)}.get(intent, told.step))]

    def _skipped(self) -> Sequence[Position]:
        """The step that is under way ends; any other one is left out later. Not every step can be skipped."""
        told = self.told
        number = [step.id for step in self.routine.steps].index(self.command.about) + 1
        skipping = replace(told, left_out=told.left_out | {number})
        if number == told.step and told.phase is not Phase.PAUSED:
            return [self._at(skipping.moved(1, len(self.routine.steps)), skipping.left_out)]
        return [skipping]

    def _moved(self, by: int) -> int:
        return self.told.moved(by, len(self.routine.steps))

    def _anew(self) -> Position:
        """The position at the first step, with nothing skipped."""
        evening = {at for at, step in enumerate(self.routine.steps, 1) if step.only is Daypart.EVENING}
        return self._at(1, frozenset(evening))

    @property
    def _slack(self) -> float:
        return self.killed_at - self.command.started_at

    def _at(self, step: int, left_out: frozenset[int] | None = None) -> Position:
        if step > len(self.routine.steps):
            return Position()
        phase = self.routine.steps[step - 1].phase
        left_out = self.told.left_out if left_out is None else left_out
        if phase is not Phase.HOLDING:
            return Position(phase, step, left_out=left_out)
        ends_at = self.killed_at + _BELL_LEAD_SECONDS + self.hold_seconds
        return Position(phase, step, self.hold_seconds, 0.0, ends_at, self._slack, left_out)

    def _gone_on(self) -> Position:
        ends_at = None if self.told.total is None else self.killed_at + self.told.left
        return replace(
            self.told, phase=self.routine.steps[self.told.step - 1].phase, left=0.0, ends_at=ends_at, slack=self._slack
        )

    def _paused(self) -> Position:
        told = self.told
        left = told.left if told.ends_at is None else told.ends_at - self.killed_at
        return replace(told, phase=Phase.PAUSED, left=left, ends_at=None, slack=self._slack)

    def _changed(self, total: float) -> Position:
        told = self.told
        sign = 1 if self.command.intent is Intent.ADD_TIME else -1
        seconds = min(sign * 60.0 * self.command.minutes, LONGEST_HOLD_SECONDS - total)
        if told.ends_at is None:
            return replace(told, total=total + seconds, left=told.left + seconds)
        return replace(told, total=total + seconds, ends_at=told.ends_at + seconds)
