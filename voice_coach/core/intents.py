"""What a person can mean."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


class Intent(Enum):
    """One wish of the person, however it was worded."""

    START = "start"
    NEXT = "next"
    BACK = "back"
    REPEAT = "repeat"
    PAUSE = "pause"
    RESUME = "resume"
    TIME_LEFT = "time_left"
    WHATS_NEXT = "whats_next"
    WHICH_STEP = "which_step"
    WHY = "why"
    ADD_TIME = "add_time"
    CUT_TIME = "cut_time"
    START_OVER = "start_over"
    LOUDER = "louder"
    QUIETER = "quieter"
    SLOWER = "slower"
    FASTER = "faster"
    HELP = "help"
    YES = "yes"
    NO = "no"
    ON_FOR = "on_for"
    STINGS = "stings"
    QUIT = "quit"
    MASK = "mask"
    SKIN = "skin"
    GO_TO = "go_to"
    SKIP = "skip"
    WHO_SAYS = "who_says"
    MORE = "more"
    STEPS_LEFT = "steps_left"
    HOW_OFTEN = "how_often"
    LAST_MASK = "last_mask"
    FELT = "felt"
    BRIEF = "brief"
    FULL = "full"
    DAYPART = "daypart"
    OTHER_ONE = "other_one"


YES_OR_NO = frozenset({Intent.YES, Intent.NO})
"""What answers any question."""

ANSWERS = YES_OR_NO | {Intent.ON_FOR, Intent.OTHER_ONE}
"""Intents that mean something only while a question is open: ON_FOR while it is asked how long, OTHER_ONE while it is
asked whether something was heard right."""

MINUTE_INTENTS = frozenset({Intent.ADD_TIME, Intent.CUT_TIME, Intent.ON_FOR})
"""Intents that carry a number of minutes."""

SLOTS: Mapping[Intent, str] = {
    Intent.MASK: "mask",
    Intent.SKIN: "skin",
    Intent.GO_TO: "step",
    Intent.SKIP: "step",
    Intent.WHY: "step",
    Intent.FELT: "feeling",
    Intent.DAYPART: "daypart",
}
"""The intents that are about something, and the slot of their wordings that says about what."""

SLOT_IS_OPTIONAL = frozenset({Intent.WHY})
"""Of these, those that mean something without it, too."""
