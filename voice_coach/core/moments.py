"""The moments of a hold at which something is said: milestones where they belong, reminders in the widest gaps."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from voice_coach.routines import USUAL_MILESTONES, Milestone

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

Mark = Milestone | int
"""What a moment is for: a milestone, or the reminder of that index."""


@dataclass(frozen=True, slots=True)
class Moment:
    """A time to say something."""

    mark: Mark
    remaining_seconds: float

    def is_stale(self, left_seconds: float) -> bool:
        """Whether it is too late for it, with so much left."""
        patience = LATE_SECONDS if isinstance(self.mark, int) else _LATEST_MILESTONE_SECONDS
        return self.remaining_seconds - left_seconds > patience


@lru_cache(maxsize=16)
def plan(
    total_seconds: float, reminder_count: int, told: frozenset[Milestone] = USUAL_MILESTONES
) -> tuple[Moment, ...]:
    """Place the moments of a hold, first to last: milestones where they belong, reminders in the widest gaps.

    What does not fit is left out: a hold of half a minute has no moments at all.
    """
    milestones: list[Moment] = []
    for milestone in (one for one in reversed(Milestone) if one in told):  # the last minutes matter most
        remaining = milestone.remaining_seconds(total_seconds)
        is_inside = CLOSING_SECONDS <= remaining <= total_seconds - _OPENING_SECONDS
        if is_inside and all(
            abs(remaining - other.remaining_seconds) >= _MILESTONE_GAP_SECONDS for other in milestones
        ):
            milestones.append(Moment(milestone, remaining))
    edges = [total_seconds, *(moment.remaining_seconds for moment in milestones), float(TICKS)]
    reminders = [Moment(index, remaining) for index, remaining in enumerate(_middles(edges, reminder_count))]
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
