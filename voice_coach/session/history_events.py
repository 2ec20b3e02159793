"""Events that the coach writes into the history of masks, which is kept on the disk."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from voice_coach.routines.past_masks import Ending, Feeling


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
