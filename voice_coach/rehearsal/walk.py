"""What the person of a rehearsal says in any routine in English: start, next, next ... and quit."""

from __future__ import annotations

from itertools import cycle
from typing import TYPE_CHECKING

from voice_coach.core.intents import Intent
from voice_coach.core.person import Daypart
from voice_coach.core.view import Phase
from voice_coach.rehearsal.script import Turn

if TYPE_CHECKING:
    from collections.abc import Iterator

    from voice_coach.core.routine import Routine, Step

_VOICES = ("slt", "awb", "rms")
_ON = ("next step", "i'm ready", "that's done", "next please", "ready for the next step")


def turns_of(routine: Routine) -> tuple[Turn, ...]:
    """A walk through a routine by day, each step left by a word, but for a countdown, which ends by itself."""
    return tuple(_turns(routine))


def steps_of(routine: Routine) -> tuple[Step, ...]:
    """The steps of that walk."""
    return tuple(step for step in routine.steps if step.only is not Daypart.EVENING)


def has_countdown(routine: Routine) -> bool:
    """Whether a bell and a chime belong to it."""
    return routine.hold is not None and not routine.is_overnight


def _turns(routine: Routine) -> Iterator[Turn]:
    voices, on = cycle(_VOICES), cycle(_ON)
    yield Turn(next(voices), "start the mask", Intent.START, 0)
    asked = False
    for number, step in enumerate(routine.steps, start=1):
        if step not in steps_of(routine):
            continue
        phases = frozenset({step.phase})
        if not asked and step.why is not None:
            asked = True
            yield Turn(next(voices), "tell me why", Intent.WHY, number, phases)
        if step.phase is Phase.HOLDING and has_countdown(routine):
            yield Turn(next(voices), "how much time is left", Intent.TIME_LEFT, number, phases)
        else:
            yield Turn(next(voices), next(on), Intent.NEXT, number, phases)
    done = frozenset({Phase.DONE})
    yield Turn(next(voices), "i want to quit", Intent.QUIT, len(routine.steps), done)
    yield Turn(next(voices), "yes please", Intent.YES, len(routine.steps), done, answers_question=True)
