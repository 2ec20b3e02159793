"""The hold's countdown, and the sentences and sounds that belong to it. Pure: times are given, in monotonic seconds."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING

from voice_coach.routines import USUAL_MILESTONES, Milestone
from voice_coach.session.commands import Sound

if TYPE_CHECKING:
    from collections.abc import Iterator


TICKS = 10
"""So many last seconds tick."""
CLOSING_SECONDS = 20.0
"""Nothing is said so shortly before the end, that the last seconds tick in silence."""

LATE_SECONDS = 5.0
"""A reminder that could not be said in time is dropped after so long; for a milestone the time left now is told ..."""
_LATEST_MILESTONE_SECONDS = 30.0
"""... unless it is so late that nobody would miss it."""
_OPENING_SECONDS = 15.0
"""The coach explains the hold."""
_MILESTONE_GAP_SECONDS = 20.0
_REMINDER_GAP_SECONDS = 45.0

AnnouncementMark = Milestone | int
"""What a moment is for: a milestone, or the reminder of that index."""


@dataclass(frozen=True, slots=True)
class Announcement:
    """A time to say something."""

    mark: AnnouncementMark
    remaining_seconds: float

    def is_stale(self, left_seconds: float) -> bool:
        """Whether it is too late for it, with so much left."""
        patience = LATE_SECONDS if isinstance(self.mark, int) else _LATEST_MILESTONE_SECONDS
        return self.remaining_seconds - left_seconds > patience


@lru_cache(maxsize=16)
def schedule(
    total_seconds: float, reminder_count: int, told: frozenset[Milestone] = USUAL_MILESTONES
) -> tuple[Announcement, ...]:
    """Place the moments of a hold, first to last: milestones where they belong, reminders in the widest gaps.

    What does not fit is left out: a hold of half a minute has no moments at all.
    """
    milestones: list[Announcement] = []
    for milestone in (one for one in reversed(Milestone) if one in told):  # the last minutes matter most
        remaining = milestone.remaining_seconds(total_seconds)
        is_inside = CLOSING_SECONDS <= remaining <= total_seconds - _OPENING_SECONDS
        if is_inside and all(
            abs(remaining - other.remaining_seconds) >= _MILESTONE_GAP_SECONDS for other in milestones
        ):
            milestones.append(Announcement(milestone, remaining))
    edges = [total_seconds, *(moment.remaining_seconds for moment in milestones), float(TICKS)]
    reminders = [Announcement(index, remaining) for index, remaining in enumerate(_middles(edges, reminder_count))]
    return tuple(sorted((*milestones, *reminders), key=lambda moment: -moment.remaining_seconds))


def _middles(edges: list[float], count: int) -> list[float]:
    """The middles of the widest gaps, each gap split again until none is wide enough; earliest first."""
    edges = sorted(edges, reverse=True)
    middles: list[float] = []
    for _ in range(count):
        earlier, later = max(pairwise(edges), key=lambda gap: gap[0] - gap[1])
        if earlier - later < 2 * _REMINDER_GAP_SECONDS:
            break
        middles.append((earlier + later) / 2)
        edges = sorted([*edges, middles[-1]], reverse=True)
    return sorted(middles, reverse=True)


@dataclass(frozen=True, slots=True)
class Countdown:
    """Time that runs out. It knows no clock: every question brings `now`, in monotonic seconds."""

    total_seconds: float
    """All of it, with what was added and without what was cut."""
    left_seconds: float
    """What was left when it was last started, stopped or changed."""
    ends_at: float | None
    """The deadline; None while it stands still."""

    @classmethod
    def start(cls, seconds: float, at: float) -> Countdown:
        """Let `seconds` run from `at` on, which may lie ahead."""
        return cls(total_seconds=seconds, left_seconds=seconds, ends_at=at + seconds)

    def remaining(self, now: float) -> float:
        """Seconds left, 0 or more; never more than when it was last changed, even if the clock goes backwards."""
        if self.ends_at is None:
            return self.left_seconds
        return min(self.left_seconds, max(0.0, self.ends_at - now))

    def pause(self, now: float) -> Countdown:
        """Stand still."""
        return replace(self, left_seconds=self.remaining(now), ends_at=None)

    def resume(self, now: float) -> Countdown:
        """Run again towards a new deadline; nothing changes when it runs already."""
        return self if self.ends_at is not None else replace(self, ends_at=now + self.left_seconds)

    def extend(self, seconds: float, now: float) -> Countdown:
        """Put the deadline off."""
        return Countdown(
            total_seconds=self.total_seconds + seconds,
            left_seconds=self.remaining(now) + seconds,
            ends_at=None if self.ends_at is None else max(self.ends_at, now) + seconds,
        )

    def cut(self, seconds: float, now: float) -> Countdown:
        """Bring the deadline nearer, at most to `now`."""
        remaining = self.remaining(now)
        seconds = min(seconds, remaining)
        return Countdown(
            total_seconds=self.total_seconds - seconds,
            left_seconds=remaining - seconds,
            ends_at=None if self.ends_at is None else self.ends_at - seconds,
        )

    def with_left(self, seconds: float, now: float) -> Countdown:
        """Bring the deadline so near that no more than `seconds` are left, of the same total."""
        left = min(seconds, self.remaining(now))
        return replace(self, left_seconds=left, ends_at=None if self.ends_at is None else now + left)


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
    past: frozenset[AnnouncementMark] = frozenset()
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
            for moment in schedule(countdown.total_seconds, self.reminder_count, self.milestones)
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
    def next_announcement(self) -> AnnouncementMark | None:
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

    def take_moment(self, now: float) -> tuple[Holding, AnnouncementMark | None]:
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

    def _moments_to_come(self) -> Iterator[Announcement]:
        moments = schedule(self.countdown.total_seconds, self.reminder_count, self.milestones)
        return (moment for moment in moments if moment.mark not in self.past)


def _next_cue(remaining_seconds: float) -> int:
    """The first second still to be sounded: one that has begun is over."""
    if remaining_seconds <= 0:
        return _ALL_GIVEN
    return min(TICKS, math.ceil(remaining_seconds) - 1)
