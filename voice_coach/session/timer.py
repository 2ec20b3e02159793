"""The countdown of a hold, with its announcements and sounds. Callers give the time, in monotonic seconds."""

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
"""The number of seconds before the end that are marked by ticks."""
CLOSING_SECONDS = 20.0
"""Seconds before the end in which no milestone and no clarification is spoken, so that the ticks are heard."""

LATE_SECONDS = 5.0
"""Seconds after which a late reminder is dropped, and a late milestone names the time that is left by then."""
_LATEST_MILESTONE_SECONDS = 30.0
"""Seconds after which a late milestone is dropped."""
_OPENING_SECONDS = 15.0
"""Seconds at the start of a hold without milestones, because the coach is explaining the hold."""
_MILESTONE_GAP_SECONDS = 20.0
_REMINDER_GAP_SECONDS = 45.0

AnnouncementMark = Milestone | int
"""The subject of an announcement: a milestone, or the index of a reminder."""


@dataclass(frozen=True, slots=True)
class Announcement:
    """A sentence that is due at a time of the hold."""

    mark: AnnouncementMark
    remaining_seconds: float
    """Seconds left of the hold when the announcement is due."""

    def is_stale(self, left_seconds: float) -> bool:
        """Whether the announcement comes too late when `left_seconds` are left of the hold."""
        patience = LATE_SECONDS if isinstance(self.mark, int) else _LATEST_MILESTONE_SECONDS
        return self.remaining_seconds - left_seconds > patience


@lru_cache(maxsize=16)
def schedule(
    total_seconds: float, reminder_count: int, told: frozenset[Milestone] = USUAL_MILESTONES
) -> tuple[Announcement, ...]:
    """Return all announcements of a hold, earliest first: milestones at their times, reminders in the widest gaps.

    Those that do not fit are left out: a hold of half a minute has none.
    """
    milestones: list[Announcement] = []
    for milestone in (one for one in reversed(Milestone) if one in told):  # the last minutes matter most
        remaining = milestone.remaining_seconds(total_seconds)
        is_inside = CLOSING_SECONDS <= remaining <= total_seconds - _OPENING_SECONDS
        if is_inside and all(
            abs(remaining - other.remaining_seconds) >= _MILESTONE_GAP_SECONDS for other in milestones
        ):
            milestones.append(Announcement(milestone, remaining))
    edges = [total_seconds, *(announcement.remaining_seconds for announcement in milestones), float(TICKS)]
    reminders = [Announcement(index, remaining) for index, remaining in enumerate(_middles(edges, reminder_count))]
    return tuple(sorted((*milestones, *reminders), key=lambda announcement: -announcement.remaining_seconds))


def _middles(edges: list[float], count: int) -> list[float]:
    """Return the middles of up to `count` of the widest gaps, earliest first; a split gap becomes two gaps."""
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
    """A countdown without a clock: every method is given the time `now`, in monotonic seconds."""

    total_seconds: float
    """Seconds of the whole countdown, with time that was added and without time that was cut."""
    left_seconds: float
    """Seconds left when the countdown was last started, stopped or changed."""
    ends_at: float | None
    """The deadline in monotonic seconds; None while the countdown is paused."""

    @classmethod
    def start(cls, seconds: float, at: float) -> Countdown:
        """Return a countdown of `seconds` that starts at the time `at`, which may lie ahead."""
        return cls(total_seconds=seconds, left_seconds=seconds, ends_at=at + seconds)

    def remaining(self, now: float) -> float:
        """Return the seconds left, from 0 to those at the last change, even if the clock goes backwards."""
        if self.ends_at is None:
            return self.left_seconds
        return min(self.left_seconds, max(0.0, self.ends_at - now))

    def pause(self, now: float) -> Countdown:
        """Return the countdown stopped at `now`."""
        return replace(self, left_seconds=self.remaining(now), ends_at=None)

    def resume(self, now: float) -> Countdown:
        """Return the countdown running towards a new deadline; one that runs already is unchanged."""
        return self if self.ends_at is not None else replace(self, ends_at=now + self.left_seconds)

    def extend(self, seconds: float, now: float) -> Countdown:
        """Return the countdown with time added."""
        return Countdown(
            total_seconds=self.total_seconds + seconds,
            left_seconds=self.remaining(now) + seconds,
            ends_at=None if self.ends_at is None else max(self.ends_at, now) + seconds,
        )

    def cut(self, seconds: float, now: float) -> Countdown:
        """Return the countdown with time taken away, but not more than is left."""
        remaining = self.remaining(now)
        seconds = min(seconds, remaining)
        return Countdown(
            total_seconds=self.total_seconds - seconds,
            left_seconds=remaining - seconds,
            ends_at=None if self.ends_at is None else self.ends_at - seconds,
        )

    def moved(self, seconds: float) -> Countdown:
        """Return a running countdown with its deadline on a clock that is so many seconds ahead."""
        return replace(self, ends_at=None if self.ends_at is None else self.ends_at + seconds)

    def with_left(self, seconds: float, now: float) -> Countdown:
        """Return the countdown with at most `seconds` left, and the same total."""
        left = min(seconds, self.remaining(now))
        return replace(self, left_seconds=left, ends_at=None if self.ends_at is None else now + left)


CUE_LEAD_SECONDS = 0.3
"""Seconds by which sounds are ordered ahead, so that they are on time; until then a Hush can cancel them."""
AFTER_CHIME_SECONDS = 0.8
"""Seconds that the coach waits after the chime, so that it can ring out."""

_CLICK_SECONDS = 0.1
"""Seconds after which a late tick is left out."""
_ALL_GIVEN = -1


@dataclass(frozen=True, slots=True)
class Holding:
    """The state of a hold: its countdown, and the announcements and sounds that are past."""

    countdown: Countdown
    reminder_count: int
    milestones: frozenset[Milestone] = USUAL_MILESTONES
    past: frozenset[AnnouncementMark] = frozenset()
    """The announcements that were spoken or missed; none is spoken twice."""
    next_cue: int = TICKS
    """The remaining second whose sound is ordered next: 0 is the chime, and -1 means that it was ordered, too."""
    bell_due: float | None = None
    """The time of the bell, in monotonic seconds, while it is still to be ordered."""
    had_its_question: bool = False
    """Whether the coach has asked about an unclear utterance during this hold, which it does only once."""

    @classmethod
    def begin(
        cls, seconds: float, reminder_count: int, at: float, milestones: frozenset[Milestone] = USUAL_MILESTONES
    ) -> Holding:
        """Return a hold whose countdown starts at the time `at`, when the bell sounds."""
        countdown, cue = Countdown.start(seconds, at), _next_cue(seconds)
        return cls(countdown, reminder_count, milestones, next_cue=cue, bell_due=at)

    def pause(self, now: float) -> Holding:
        """Return the hold paused. The caller must hush sounds that were ordered but are not due."""
        return self._with(self.countdown.pause(now), now)

    def resume(self, now: float) -> Holding:
        """Return the hold running again."""
        return self._with(self.countdown.resume(now), now)

    def extend(self, seconds: float, now: float) -> Holding:
        """Return the hold with time added. The caller must hush sounds that were ordered but are not due."""
        return self._with(self.countdown.extend(seconds, now), now)

    def cut(self, seconds: float, now: float) -> Holding:
        """Return the hold with time taken away. The caller must hush sounds that were ordered but are not due."""
        return self._with(self.countdown.cut(seconds, now), now)

    def with_left(self, seconds: float, now: float) -> Holding:
        """Return the hold with no more than `seconds` left. The caller must hush sounds ordered but not due."""
        return self._with(self.countdown.with_left(seconds, now), now)

    def _with(self, countdown: Countdown, now: float) -> Holding:
        """Return the hold with another countdown: announcements that it skips count as past, ticks may come again."""
        remaining = countdown.remaining(now)
        jumped = {
            announcement.mark
            for announcement in schedule(countdown.total_seconds, self.reminder_count, self.milestones)
            if announcement.remaining_seconds > remaining
        }
        return replace(self, countdown=countdown, past=self.past | jumped, next_cue=_next_cue(remaining))

    def hushed(self, now: float) -> Holding:
        """Return the hold after a Hush: the sounds that it cancelled, or cut off while they rang, are ordered again."""
        ends_at = self.countdown.ends_at
        if ends_at is None or now >= ends_at + AFTER_CHIME_SECONDS:
            return self
        began_at = ends_at - self.countdown.total_seconds
        bell_due = began_at if now < began_at else None
        return replace(self, next_cue=max(0, _next_cue(self.countdown.remaining(now))), bell_due=bell_due)

    @property
    def next_cue_at(self) -> float | None:
        """The time at which the next sound must be ordered, in monotonic seconds; None when there is none."""
        if self.countdown.ends_at is None or self.next_cue == _ALL_GIVEN:
            return None
        return self.countdown.ends_at - self.next_cue - CUE_LEAD_SECONDS

    @property
    def over_at(self) -> float | None:
        """The time at which the mask comes off, after the chime, in monotonic seconds; None while paused."""
        return None if self.countdown.ends_at is None else self.countdown.ends_at + AFTER_CHIME_SECONDS

    @property
    def next_announcement_at(self) -> float | None:
        """The time of the next announcement, in monotonic seconds; None while paused, or when none is left."""
        ends_at = self.countdown.ends_at
        announcements = list(self._announcements_to_come())
        return None if ends_at is None or not announcements else ends_at - announcements[0].remaining_seconds

    @property
    def next_announcement(self) -> AnnouncementMark | None:
        """The subject of the next announcement; None when none is left."""
        return next((announcement.mark for announcement in self._announcements_to_come()), None)

    def order_cues(self, now: float) -> tuple[Holding, tuple[tuple[Sound, float], ...]]:
        """Return the hold afterwards and the sounds to order now, each with its due time.

        Late ticks are left out, and so is the bell of a hold that was paused before it.
        """
        holding, cues = replace(self, bell_due=None), []
        if self.bell_due is not None and self.countdown.ends_at is not None:
            cues.append((Sound.BELL, self.bell_due))
        while holding.next_cue_at is not None and holding.next_cue_at <= now:
            due = holding.next_cue_at + CUE_LEAD_SECONDS
            sound = Sound.TICK if holding.next_cue else Sound.CHIME
            if sound is Sound.CHIME or now <= due + _CLICK_SECONDS:
                cues.append((sound, due))
            holding = replace(holding, next_cue=holding.next_cue - 1)
        return holding, tuple(cues)

    def take_announcement(self, now: float) -> tuple[Holding, AnnouncementMark | None]:
        """Return the hold afterwards and the announcement to speak now, if any; older ones count as past."""
        ends_at = self.countdown.ends_at
        if ends_at is None:
            return self, None
        due = [
            announcement
            for announcement in self._announcements_to_come()
            if ends_at - announcement.remaining_seconds <= now
        ]
        if not due:
            return self, None
        past = self.past | {announcement.mark for announcement in due}
        fresh = (announcement.mark for announcement in reversed(due) if not announcement.is_stale(ends_at - now))
        return replace(self, past=past), next(fresh, None)

    def _announcements_to_come(self) -> Iterator[Announcement]:
        announcements = schedule(self.countdown.total_seconds, self.reminder_count, self.milestones)
        return (announcement for announcement in announcements if announcement.mark not in self.past)


def _next_cue(remaining_seconds: float) -> int:
    """Return the first remaining second to be sounded; a second that has begun is skipped."""
    if remaining_seconds <= 0:
        return _ALL_GIVEN
    return min(TICKS, math.ceil(remaining_seconds) - 1)
