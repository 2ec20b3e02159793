"""What the person of a rehearsal says, and when: a walk through the whole routine. Data only."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from voice_coach.core.intents import Intent
from voice_coach.core.view import Phase


class Moment(Enum):
    """How the person waits for the coach before speaking."""

    POLITE = "when the coach has been silent for a moment"
    BARGE_IN = "while the coach is speaking"


@dataclass(frozen=True, slots=True)
class Turn:
    """One command of the person."""

    voice: str
    text: str
    intent: Intent
    """What the coach has to understand."""
    step: int
    """The step on which it is said, 1-based; 0 before the routine."""
    phases: frozenset[Phase] = frozenset(Phase)
    """The phases in which it is said, within that step."""
    moment: Moment = Moment.POLITE
    answers_question: bool = False
    """Whether it waits for an open question; without, it waits for none to be open."""


_HOLDING = frozenset({Phase.HOLDING})
_PAUSED = frozenset({Phase.PAUSED})
_DONE = frozenset({Phase.DONE})

ENGLISH: tuple[Turn, ...] = (
    Turn("slt", "start the mask", Intent.START, 0),
    Turn("slt", "why is that", Intent.WHY, 1),
    Turn("awb", "next step", Intent.NEXT, 1),
    Turn("awb", "can you say that again", Intent.REPEAT, 2, moment=Moment.BARGE_IN),
    Turn("rms", "i'm ready", Intent.NEXT, 2),
    Turn("rms", "which step are we on", Intent.WHICH_STEP, 3),
    Turn("slt", "go back one step", Intent.BACK, 3),
    Turn("slt", "done with that", Intent.NEXT, 2),
    Turn("awb", "speak louder", Intent.LOUDER, 3),
    Turn("awb", "ready for the next step", Intent.NEXT, 3),
    Turn("rms", "pause the timer", Intent.PAUSE, 4, _HOLDING),
    Turn("rms", "how much time is left", Intent.TIME_LEFT, 4, _PAUSED),
    Turn("slt", "what comes next", Intent.WHATS_NEXT, 4, _PAUSED),
    Turn("slt", "speak more slowly", Intent.SLOWER, 4, _PAUSED),
    Turn("awb", "add two minutes", Intent.ADD_TIME, 4, _PAUSED),
    Turn("awb", "cut two minutes", Intent.CUT_TIME, 4, _PAUSED),
    Turn("rms", "resume the timer", Intent.RESUME, 4, _PAUSED),
    Turn("slt", "go to the next step", Intent.NEXT, 4, _HOLDING, Moment.BARGE_IN),
    Turn("slt", "not yet", Intent.NO, 4, _HOLDING, answers_question=True),
    Turn("rms", "that's done", Intent.NEXT, 5),
    Turn("slt", "what can i say", Intent.HELP, 6),
    Turn("awb", "next please", Intent.NEXT, 6),
    Turn("slt", "it stings", Intent.STINGS, 7),
    Turn("rms", "speak faster", Intent.FASTER, 7),
    Turn("rms", "move on", Intent.NEXT, 7),
    Turn("slt", "start over", Intent.START_OVER, 8),
    Turn("slt", "no thank you", Intent.NO, 8, answers_question=True),
    Turn("awb", "turn down the volume", Intent.QUIETER, 8),
    Turn("awb", "i'm done with that", Intent.NEXT, 8),
    Turn("rms", "next step", Intent.NEXT, 9, moment=Moment.BARGE_IN),
    Turn("slt", "tell me why", Intent.WHY, 10),
    Turn("slt", "i've finished", Intent.NEXT, 10),
    Turn("rms", "i want to quit", Intent.QUIT, 10, _DONE),
    Turn("rms", "yes please", Intent.YES, 10, _DONE, answers_question=True),
)
"""The whole routine of ten steps in English, with three voices."""
