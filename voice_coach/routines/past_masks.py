"""What is known of earlier masks: how the last one ended and felt, and how many there were."""

from __future__ import annotations

from dataclasses import dataclass, replace
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

    days_ago: int | None
    """Midnights since then; 0 is today. None when no clock could tell."""
    weekday: int | None
    """0 is Monday; told of days in the last week only. None as above."""
    routine: str
    """The routine's id."""
    feeling: Feeling | None = None
    """STUNG also when that was said while the mask was on."""


@dataclass(frozen=True, slots=True)
class HistorySummary:
    """A summary of all sessions in which a mask was put on."""

    last: LastMask | None = None
    in_week: int = 0
    """In the last seven days, today included."""
    in_month: int = 0
    """In the last thirty days."""
    total: int = 0

    def with_another(self, routine: str) -> HistorySummary:
        """The same after one more mask, just now."""
        last = LastMask(days_ago=0, weekday=0, routine=routine)
        return HistorySummary(last, self.in_week + 1, self.in_month + 1, self.total + 1)

    def with_feeling(self, feeling: Feeling) -> HistorySummary:
        """The same with a word on the skin after the last mask."""
        return replace(self, last=self.last and replace(self.last, feeling=feeling))


NO_HISTORY = HistorySummary()
