"""What is remembered of earlier sessions, as far as the coach speaks of it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Feeling(Enum):
    """A word on the skin."""

    GOOD = "good"
    STUNG = "stung"
    TIGHT = "tight"
    DRY = "dry"


class Ending(Enum):
    """How a session ended."""

    DONE = "done"
    LEFT = "left"
    """Before its last step."""
    STUNG = "stung"
    """It stung, and did not go on to its end."""


@dataclass(frozen=True, slots=True)
class LastMask:
    """The latest session in which a mask was put on."""

    days_ago: int
    """Midnights since then; 0 is today."""
    weekday: int
    """0 is Monday."""
    routine: str
    """The routine's id."""
    feeling: Feeling | None = None
    """STUNG also when that was said while the mask was on."""


@dataclass(frozen=True, slots=True)
class Past:
    """A summary of all sessions in which a mask was put on."""

    last: LastMask | None = None
    in_week: int = 0
    """In the last seven days, today included."""
    in_month: int = 0
    """In the last thirty days."""
    total: int = 0


NOTHING_PAST = Past()
