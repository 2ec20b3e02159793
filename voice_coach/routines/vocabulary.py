"""Words of routines with a fixed meaning: phases, milestones, skin types, times of day and kinds of mask."""

from __future__ import annotations

from enum import Enum


class Phase(Enum):
    """The phases of a routine; IDLE, PAUSED and DONE are states of a session only, and no step has them."""

    IDLE = "idle"
    BRIEFING = "briefing"
    APPLYING = "applying"
    HOLDING = "holding"
    PAUSED = "paused"
    REMOVING = "removing"
    AFTERCARE = "aftercare"
    DONE = "done"


class Milestone(Enum):
    """Times of a hold at which the time left may be announced, earliest first."""

    HALF = "half"
    TEN_MINUTES = 600.0
    FIVE_MINUTES = 300.0
    THREE_MINUTES = 180.0
    TWO_MINUTES = 120.0
    ONE_MINUTE = 60.0

    def remaining_seconds(self, total_seconds: float) -> float:
        """Return the seconds of a hold that are left at the milestone."""
        return total_seconds / 2 if self is Milestone.HALF else float(self.value)


USUAL_MILESTONES = frozenset({Milestone.HALF, Milestone.FIVE_MINUTES, Milestone.TWO_MINUTES, Milestone.ONE_MINUTE})


class Skin(Enum):
    """The skin types that dermatologists tell apart."""

    DRY = "dry"
    OILY = "oily"
    COMBINATION = "combination"
    SENSITIVE = "sensitive"
    NORMAL = "normal"


class Daypart(Enum):
    """The times of day, by which steps such as sunscreen are chosen."""

    DAY = "day"
    EVENING = "evening"


MASKS = ("facial", "clay", "sheet", "gel", "peel_off", "exfoliating", "sleeping")
"""The kinds of mask that can be chosen by voice; "facial" is the mask of the article that the first routine follows."""

PICTURES = (
    "cleanse", "massage", "spread", "spread_thin", "spread_clay", "spread_gel", "spread_peel_off", "lay_sheet", "rest",
    "sleep", "rinse", "peel", "lift_sheet", "pat_in", "toner", "serum", "moisturizer", "sunscreen",
)  # fmt: skip
"""The drawings of what is done in a step, which the mirror's page shows."""
