"""Events that the coach writes into the history of masks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from voice_coach.routines.past_masks import Ending, Feeling


@dataclass(frozen=True, slots=True)
class SessionStarted:
    """A routine was begun; a session that was open has been left."""

    routine: str
    """Its id."""
    name: str
    mask: str
    """Its kind, one of routines.MASKS; empty when it says none."""
    hold_seconds: float


@dataclass(frozen=True, slots=True)
class StepReached:
    """A step was begun."""

    step: str
    """Its id."""
    is_mask_on: bool
    """Whether the mask stays on from now; from then on the session counts as a mask."""


@dataclass(frozen=True, slots=True)
class SessionEnded:
    """The session is over."""

    ending: Ending


@dataclass(frozen=True, slots=True)
class FeelingReported:
    """A word on the skin; after the end of a session it belongs to that one."""

    feeling: Feeling


HistoryEvent = SessionStarted | StepReached | SessionEnded | FeelingReported
