"""Calculates the remaining time that faces show, and when the picture of it changes next."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from voice_coach.session.view import CountdownView

_EPSILON = 1e-6


def remaining_seconds(countdown: CountdownView, now: float) -> float:
    """Return the seconds that are left at `now`, a time of the coach's clock.

    The result is never negative, and never more than when the view was made: a countdown begins with the bell, shortly
    after the view, and until then its whole time is left.
    """
    running = countdown.remaining_seconds if countdown.ends_at is None else countdown.ends_at - now
    return max(0.0, min(countdown.remaining_seconds, running))


def clock_text(seconds: float) -> str:
    """Return the time as minutes and seconds, rounded up, so that 00:00 shows only when the time is over."""
    minutes, rest = divmod(math.ceil(seconds - _EPSILON), 60)
    return f"{minutes:02d}:{rest:02d}"


def seconds_to_change(countdown: CountdownView, now: float, bar_cells: int) -> float | None:
    """Return for how many seconds the picture stays the same; None while the countdown is paused or over.

    The picture changes with each second, and when the bar, which is `bar_cells` wide, grows by one cell.
    """
    remaining = remaining_seconds(countdown, now)
    if countdown.ends_at is None or remaining <= 0:
        return None
    to_second = remaining - math.ceil(remaining - 1 - _EPSILON)
    cell = countdown.total_seconds / max(1, bar_cells)
    to_cell = remaining - (math.ceil(remaining / cell - _EPSILON) - 1) * cell
    return max(0.1, min(to_second, to_cell))
