"""The hold: what happens while the mask is on, and when. It speaks no sentence; it says what is due."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from voice_coach.core.commands import Sound
from voice_coach.core.countdown import Countdown
from voice_coach.core.moments import TICKS, plan
from voice_coach.routines import USUAL_MILESTONES, Milestone

if TYPE_CHECKING:
    from collections.abc import Iterator

    from voice_coach.core.moments import Mark, Moment

CUE_LEAD_SECONDS = 0.3
"""Sounds are ordered so much ahead, that they are on time; a Hush can still cancel them."""
AFTER_CHIME_SECONDS = 0.8
"""The chime may ring out before the coach speaks."""

_CLICK_SECONDS = 0.1
"""A tick later than this is no tick of that second."""
_ALL_GIVEN = -1


@dataclass(frozen=True, slots=True)
class Holding:
    """A hold under way."""

    countdown: Countdown
    reminder_count: int
    milestones: frozenset[Milestone] = USUAL_MILESTONES
    past: frozenset[Mark] = frozenset()
    """Moments that were told or missed: none comes twice."""
    next_cue: int = TICKS
    """The second, counted down, whose sound is ordered next; 0 is the chime, -1 when that was ordered too."""
    had_its_question: bool = False
    """Whether the coach has asked if something hardly heard was for it: once in a hold is enough."""

    @classmethod
    def begin(
        cls, seconds: float, reminder_count: int, at: float, milestones: frozenset[Milestone] = USUAL_MILESTONES
    ) -> Holding:
        """Start the countdown at `at`, the moment of the bell."""
        return cls(Countdown.start(seconds, at), reminder_count, milestones, next_cue=_next_cue(seconds))

    def pause(self, now: float) -> Holding:
        """Stand still. Sounds that were ordered and not yet due must be hushed."""
        return self._with(self.countdown.pause(now), now)

    def resume(self, now: float) -> Holding:
        """Go on."""
        return self._with(self.countdown.resume(now), now)

    def extend(self, seconds: float, now: float) -> Holding:
        """Add time. Sounds that were ordered and not yet due must be hushed."""
        return self._with(self.countdown.extend(seconds, now), now)

    def cut(self, seconds: float, now: float) -> Holding:
        """Take time away. Sounds that were ordered and not yet due must be hushed."""
        return self._with(self.countdown.cut(seconds, now), now)

    def with_left(self, seconds: float, now: float) -> Holding:
        """With no more than so much left. Sounds that were ordered and not yet due must be hushed."""
        return self._with(self.countdown.with_left(seconds, now), now)

    def _with(self, countdown: Countdown, now: float) -> Holding:
        """Moments that a change has jumped over are past; the last seconds tick again if they come again."""
        remaining = countdown.remaining(now)
        jumped = {
            moment.mark
            for moment in plan(countdown.total_seconds, self.reminder_count, self.milestones)
            if moment.remaining_seconds > remaining
        }
        return replace(self, countdown=countdown, past=self.past | jumped, next_cue=_next_cue(remaining))

    @property
    def next_cue_at(self) -> float | None:
        """When the next sound must be ordered."""
        if self.countdown.ends_at is None or self.next_cue == _ALL_GIVEN:
            return None
        return self.countdown.ends_at - self.next_cue - CUE_LEAD_SECONDS

    @property
    def over_at(self) -> float | None:
        """When the mask comes off: the countdown has ended and the chime has been heard."""
        return None if self.countdown.ends_at is None else self.countdown.ends_at + AFTER_CHIME_SECONDS

    @property
    def next_moment_at(self) -> float | None:
        """When the next moment comes."""
        ends_at = self.countdown.ends_at
        moments = list(self._moments_to_come())
        return None if ends_at is None or not moments else ends_at - moments[0].remaining_seconds

    @property
    def next_mark(self) -> Mark | None:
        """What the next moment is for."""
        return next((moment.mark for moment in self._moments_to_come()), None)

    def order_cues(self, now: float) -> tuple[Holding, tuple[tuple[Sound, float], ...]]:
        """The sounds that must be ordered now, with the time each is due; ticks that would come late are left out."""
        holding, cues = self, []
        while holding.next_cue_at is not None and holding.next_cue_at <= now:
            due = holding.next_cue_at + CUE_LEAD_SECONDS
            sound = Sound.TICK if holding.next_cue else Sound.CHIME
            if sound is Sound.CHIME or now <= due + _CLICK_SECONDS:
                cues.append((sound, due))
            holding = replace(holding, next_cue=holding.next_cue - 1)
        return holding, tuple(cues)

    def take_moment(self, now: float) -> tuple[Holding, Mark | None]:
        """What is to be said now, if anything; what came before it is past."""
        ends_at = self.countdown.ends_at
        if ends_at is None:
            return self, None
        due = [moment for moment in self._moments_to_come() if ends_at - moment.remaining_seconds <= now]
        if not due:
            return self, None
        past = self.past | {moment.mark for moment in due}
        fresh = (moment.mark for moment in reversed(due) if not moment.is_stale(ends_at - now))
        return replace(self, past=past), next(fresh, None)

    def _moments_to_come(self) -> Iterator[Moment]:
        moments = plan(self.countdown.total_seconds, self.reminder_count, self.milestones)
        return (moment for moment in moments if moment.mark not in self.past)


def _next_cue(remaining_seconds: float) -> int:
    """The first second still to be sounded: one that has begun is over."""
    if remaining_seconds <= 0:
        return _ALL_GIVEN
    return min(TICKS, math.ceil(remaining_seconds) - 1)
