"""What the coach knows of the person: the skin, the time of day, and how they want to be spoken to."""

from __future__ import annotations

from enum import Enum


class Skin(Enum):
    """The skin types that dermatologists tell apart."""

    DRY = "dry"
    OILY = "oily"
    COMBINATION = "combination"
    SENSITIVE = "sensitive"
    NORMAL = "normal"


class Daypart(Enum):
    """What decides about sunscreen."""

    DAY = "day"
    EVENING = "evening"


MASKS = ("facial", "clay", "sheet", "gel", "peel_off", "exfoliating", "sleeping")
"""The kinds of mask that can be chosen by voice; the first is the one of the article that the coach began with."""
