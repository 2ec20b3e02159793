"""Where a command may have led that was obeyed untold: written down here once more, independent of the coach. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from crash_places import Place

from voice_coach.core.intents import Intent
from voice_coach.routines import LONGEST_HOLD_SECONDS, Daypart, Phase

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crash_places import Command

    from voice_coach.routines import Routine
_BELL_LEAD_SECONDS = 0.3
"""A hold begins with its bell, which is ordered a little ahead."""


@dataclass(frozen=True)
class Foresight:
    """What may come of a command.

    Args:
        told: where the coach was before.
        command: what was said; obeyed at some time until the coach was killed.
        killed_at: monotonic seconds.
        routine: that is gone through, by day.
        hold_seconds: how long a hold is at first.
    """

    told: Place
    command: Command
    killed_at: float
    routine: Routine
    hold_seconds: float

    @property
    def places(self) -> Sequence[Place]:
        """All that are possible; none when the command changes no place."""
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
        return [Place()] if self.command.intent is Intent.NO else []

    def _moves(self) -> Sequence[Place]:
        intent, told = self.command.intent, self.told
        if not told.step:
            return [self._anew()] if intent is Intent.START else []
        if told.phase is Phase.PAUSED:
            return [] if intent is Intent.BACK else [self._gone_on()]
        if told.total is not None:
            return []
        return [self._at({Intent.NEXT: self._moved(1), Intent.BACK: self._moved(-1)}.get(intent, told.step))]

    def _skipped(self) -> Sequence[Place]:
        """The step that is under way ends; any other one is left out later. Not every step can be skipped."""
        told = self.told
        number = [step.id for step in self.routine.steps].index(self.command.about) + 1
        skipping = replace(told, left_out=told.left_out | {number})
        if number == told.step and told.phase is not Phase.PAUSED:
            return [self._at(skipping.moved(1, len(self.routine.steps)), skipping.left_out)]
        return [skipping]

    def _moved(self, by: int) -> int:
        return self.told.moved(by, len(self.routine.steps))

    def _anew(self) -> Place:
        """At the first step, with nothing skipped."""
        evening = {at for at, step in enumerate(self.routine.steps, 1) if step.only is Daypart.EVENING}
        return self._at(1, frozenset(evening))

    @property
    def _slack(self) -> float:
        return self.killed_at - self.command.started_at

    def _at(self, step: int, left_out: frozenset[int] | None = None) -> Place:
        if step > len(self.routine.steps):
            return Place()
        phase = self.routine.steps[step - 1].phase
        left_out = self.told.left_out if left_out is None else left_out
        if phase is not Phase.HOLDING:
            return Place(phase, step, left_out=left_out)
        ends_at = self.killed_at + _BELL_LEAD_SECONDS + self.hold_seconds
        return Place(phase, step, self.hold_seconds, 0.0, ends_at, self._slack, left_out)

    def _gone_on(self) -> Place:
        ends_at = None if self.told.total is None else self.killed_at + self.told.left
        return replace(
            self.told, phase=self.routine.steps[self.told.step - 1].phase, left=0.0, ends_at=ends_at, slack=self._slack
        )

    def _paused(self) -> Place:
        told = self.told
        left = told.left if told.ends_at is None else told.ends_at - self.killed_at
        return replace(told, phase=Phase.PAUSED, left=left, ends_at=None, slack=self._slack)

    def _changed(self, total: float) -> Place:
        told = self.told
        sign = 1 if self.command.intent is Intent.ADD_TIME else -1
        seconds = min(sign * 60.0 * self.command.minutes, LONGEST_HOLD_SECONDS - total)
        if told.ends_at is None:
            return replace(told, total=total + seconds, left=told.left + seconds)
        return replace(told, total=total + seconds, ends_at=told.ends_at + seconds)
