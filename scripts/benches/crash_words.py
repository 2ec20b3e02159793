"""What a person says to a coach that is killed again and again: anything that fits, so that it is killed anywhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crash_places import Command

from voice_coach.core.intents import Intent
from voice_coach.routines import Phase

if TYPE_CHECKING:
    from collections.abc import Mapping
    from random import Random

    from voice_coach.rehearsal.coach_process import State

COMMANDS: Mapping[str, Command] = {
    "start the mask": Command(Intent.START),
    "next step": Command(Intent.NEXT),
    "go back one step": Command(Intent.BACK),
    "pause the timer": Command(Intent.PAUSE),
    "resume the timer": Command(Intent.RESUME),
    "add two minutes": Command(Intent.ADD_TIME, 2),
    "take away one minute": Command(Intent.CUT_TIME, 1),
    "yes please": Command(Intent.YES),
    "no thank you": Command(Intent.NO),
    "start over": Command(Intent.START_OVER),
    "speak louder": Command(Intent.LOUDER),
    "turn down the volume": Command(Intent.QUIETER),
    "speak more slowly": Command(Intent.SLOWER),
    "speak faster": Command(Intent.FASTER),
    "why is that": Command(Intent.WHY),
    "how much time is left": Command(Intent.TIME_LEFT),
    "skip the toner": Command(Intent.SKIP, about="toner"),
    "leave the serum out": Command(Intent.SKIP, about="serum"),
    "i have oily skin": Command(Intent.SKIN, about="oily"),
    "my skin is normal": Command(Intent.SKIN, about="normal"),
    "be brief please": Command(Intent.BRIEF),
    "tell me everything": Command(Intent.FULL),
    "it felt good": Command(Intent.FELT, about="good"),
    "my skin feels tight": Command(Intent.FELT, about="tight"),
}

_CHOICES = {
    "speak louder": 1,
    "turn down the volume": 1,
    "speak more slowly": 1,
    "speak faster": 1,
    "i have oily skin": 1,
    "my skin is normal": 1,
    "be brief please": 1,
    "tell me everything": 1,
}
_ASIDE = _CHOICES | {"it felt good": 1, "my skin feels tight": 1, "skip the toner": 1, "leave the serum out": 1}
_STEP = _ASIDE | {"next step": 20, "go back one step": 4, "pause the timer": 3, "why is that": 1, "start over": 1}
_HOLDING = _ASIDE | {
    "pause the timer": 8,
    "add two minutes": 3,
    "take away one minute": 6,
    "next step": 4,
    "go back one step": 1,
    "how much time is left": 1,
}
_PAUSED = _ASIDE | {"resume the timer": 10, "next step": 2, "why is that": 1}
_PAUSED_HOLD = _PAUSED | {"add two minutes": 3, "take away one minute": 3}
_ASKED = {"yes please": 20, "no thank you": 1, "why is that": 2}
_ANSWERING = 0.5
"""So often a question is answered; else the person says something else."""


def next_words(state: State, random: Random) -> str:
    """Something that makes sense now."""
    weights = _weights(state, random)
    return random.choices(list(weights), list(weights.values()))[0]


def _weights(state: State, random: Random) -> Mapping[str, int]:
    if state.question and random.random() < _ANSWERING:
        return _ASKED
    match state.phase:
        case Phase.IDLE | Phase.DONE:
            return _CHOICES | {"start the mask": 20, "it felt good": 2}
        case Phase.HOLDING:
            return _HOLDING
        case Phase.PAUSED:
            is_hold = next(line for line in reversed(state.lines) if line["name"] == "Show")["view"]["countdown"]
            return _PAUSED_HOLD if is_hold else _PAUSED
        case _:
            return _STEP
