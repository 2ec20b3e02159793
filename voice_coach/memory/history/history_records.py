"""A session as the history keeps it, and what counts as a mask. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from voice_coach.routines.past_masks import Ending, Feeling, HistorySummary, LastMask

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime

_WEEK_DAYS, _MONTH_DAYS = 7, 30


@dataclass(frozen=True, slots=True)
class RecordedStep:
    """A step that was reached."""

    step: str
    """Id of the step."""
    is_mask_on: bool
    """Whether the mask stayed on from then."""
    after_seconds: float | None
    """Seconds since the session began; None when no clock could tell."""


@dataclass(frozen=True, slots=True)
class RecordedSession:
    """A session from its beginning to its end."""

    number: int
    """Number of the session; later sessions have larger ones."""
    routine: str
    """The routine's id."""
    name: str
    """The routine's name, which may contain anything."""
    mask: str
    """Kind of mask, or empty."""
    hold_seconds: float | None
    """Seconds that the mask was to stay on; None where nothing counted it."""
    began: datetime | None
    """Local time of the beginning; None when no clock could tell."""
    ending: Ending | None
    """How the session ended; None while it goes on."""
    ended_seconds: float | None
    """Seconds from the beginning to the end of the session; None when it was broken off, or no clock could tell."""
    steps: tuple[RecordedStep, ...]
    feelings: tuple[Feeling, ...]

    @property
    def day(self) -> date | None:
        """The local day on which it began."""
        return self.began.date() if self.began else None

    @property
    def feeling(self) -> Feeling | None:
        """The person's last word on the skin; that it stung, when that ended the session without another word."""
        if self.feelings:
            return self.feelings[-1]
        return Feeling.STUNG if self.ending is Ending.STUNG else None

    @property
    def is_mask(self) -> bool:
        """Whether a mask was put on, however it ended."""
        return any(step.is_mask_on for step in self.steps)


def summarize(sessions: Sequence[RecordedSession], today: date | None) -> HistorySummary:
    """Summarize sessions for the coach to mention; one that goes on counts as well, once its mask is on.

    Args:
        sessions: in their order.
        today: None when no clock can tell.
    """
    masks = [session for session in sessions if session.is_mask]
    if not masks:
        return HistorySummary()
    ages = [age for age in (_days_ago(session, today) for session in masks) if age is not None]
    newest = masks[-1]
    days_ago = _days_ago(newest, today)
    weekday = newest.day.weekday() if newest.day and days_ago is not None else None
    return HistorySummary(
        last=LastMask(days_ago, weekday, newest.routine, newest.feeling),
        in_week=sum(age < _WEEK_DAYS for age in ages),
        in_month=sum(age < _MONTH_DAYS for age in ages),
        total=len(masks),
    )


def _days_ago(session: RecordedSession, today: date | None) -> int | None:
    """Return how many days ago a session began; None for an unknown day, or one in the future (a wrong clock)."""
    if session.day is None or today is None or session.day > today:
        return None
    return (today - session.day).days
