"""What a person can mean."""

from __future__ import annotations

from enum import Enum


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


YES_OR_NO = frozenset({Intent.YES, Intent.NO})
"""What answers any question."""

ANSWERS = YES_OR_NO | {Intent.ON_FOR}
"""Intents that mean something only while a question is open, ON_FOR only while it is asked how long."""

MINUTE_INTENTS = frozenset({Intent.ADD_TIME, Intent.CUT_TIME, Intent.ON_FOR})
"""Intents that carry a number of minutes."""
