"""What goes into the history of a session: facts, stamped with the time of day by the edge that writes them down."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from voice_coach.core.past import Ending, Feeling


@dataclass(frozen=True, slots=True)
class Began:
    """A routine was begun; a session that was open has been left."""

    routine: str
    """Its id."""
    name: str
    mask: str
    """Its kind, one of routines.MASKS; empty when it says none."""
    hold_seconds: float


@dataclass(frozen=True, slots=True)
class Reached:
    """A step was begun."""

    step: str
    """Its id."""
    is_mask_on: bool
    """Whether the mask stays on from now; from then on the session counts as a mask."""


@dataclass(frozen=True, slots=True)
class Ended:
    """The session is over."""

    ending: Ending


@dataclass(frozen=True, slots=True)
class Felt:
    """A word on the skin; after the end of a session it belongs to that one."""

    feeling: Feeling


Fact = Began | Reached | Ended | Felt
