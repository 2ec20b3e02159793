"""Earlier masks: what the history is told of each, and its summary: when the last one was and how it felt, how many."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum


class Feeling(Enum):
    """The ways that the skin can feel after a mask, as told by the person."""

    GOOD = "good"
    STUNG = "stung"
    TIGHT = "tight"
    DRY = "dry"


class Ending(Enum):
    """The ways that a session can end."""

    DONE = "done"
    LEFT = "left"
    """The person left before the last step."""
    STUNG = "stung"
    """The mask stung, and the session did not go on to its end."""


@dataclass(frozen=True, slots=True)
class LastMask:
    """The latest session in which a mask was put on."""

    days_ago: int | None
    """The number of midnights since then; 0 is today. None when no clock could tell."""
    weekday: int | None
    """The day of the week, 0 for Monday, spoken only within the last week. None when no clock could tell."""
    routine: str
    """The routine's id."""
    feeling: Feeling | None = None
    """The feeling that the person told, during the mask or afterwards; None when they told nothing."""


@dataclass(frozen=True, slots=True)
class HistorySummary:
    """A summary of all sessions in which a mask was put on."""

    last: LastMask | None = None
    in_week: int = 0
    """The number of masks in the last seven days, today included."""
    in_month: int = 0
    """The number of masks in the last thirty days, today included."""
    total: int = 0

    def with_another(self, routine: str) -> HistorySummary:
        """Return the summary after one more mask, put on just now."""
        last = LastMask(days_ago=0, weekday=0, routine=routine)
        return HistorySummary(last, self.in_week + 1, self.in_month + 1, self.total + 1)

    def with_feeling(self, feeling: Feeling) -> HistorySummary:
        """Return the summary with another feeling of the last mask."""
        return replace(self, last=self.last and replace(self.last, feeling=feeling))


NO_HISTORY = HistorySummary()


@dataclass(frozen=True, slots=True)
class SessionStarted:
    """A routine was begun; a session that was still open counts as left."""

    routine: str
    """The routine's id."""
    name: str
    mask: str
    """The kind of mask, one of routines.MASKS; empty when the routine names none."""
    hold_seconds: float


@dataclass(frozen=True, slots=True)
class StepReached:
    """A step was begun."""

    step: str
    """The step's id."""
    is_mask_on: bool
    """Whether the mask stays on during this step; a session counts as a mask once this was true."""


@dataclass(frozen=True, slots=True)
class SessionEnded:
    """The session is over."""

    ending: Ending


@dataclass(frozen=True, slots=True)
class FeelingReported:
    """The person said how the skin feels; after the end of a session this belongs to the last one."""

    feeling: Feeling


HistoryEvent = SessionStarted | StepReached | SessionEnded | FeelingReported
