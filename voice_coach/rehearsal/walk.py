"""What the person of a rehearsal says in any routine: start, next, next ... and quit, in the words of the script."""

from __future__ import annotations

from dataclasses import replace
from itertools import cycle
from typing import TYPE_CHECKING

from voice_coach.core.intents import Intent
from voice_coach.rehearsal.script import Moment
from voice_coach.routines import Daypart, Phase

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from voice_coach.rehearsal.script import Turn
    from voice_coach.routines import Routine, Step

_DONE = frozenset({Phase.DONE})


def turns_of(routine: Routine, script: Sequence[Turn]) -> tuple[Turn, ...]:
    """A walk through a routine by day, each step left by a word, but for a countdown, which ends by itself.

    Args:
        routine: which one.
        script: that of the usual routine in the same language; voices and words are taken from it.
    """
    return tuple(_turns(routine, _Words(script)))


def steps_of(routine: Routine) -> tuple[Step, ...]:
    """The steps of that walk."""
    return tuple(step for step in routine.steps if step.only is not Daypart.EVENING)


def has_countdown(routine: Routine) -> bool:
    """Whether a bell and a chime belong to it."""
    return routine.hold is not None and not routine.is_overnight


class _Words:
    """The turns of a script by what they mean, each taken when the ones before have been."""

    def __init__(self, script: Sequence[Turn]) -> None:
        self._by_intent = {turn.intent: cycle([one for one in script if one.intent is turn.intent]) for turn in script}

    def say(self, intent: Intent, step: int, phases: frozenset[Phase] = frozenset(Phase)) -> Iterator[Turn]:
        """The turn, politely said; nothing when the script has no words for it."""
        if intent in self._by_intent:
            turn = next(self._by_intent[intent])
            is_answer = intent is Intent.YES
            yield replace(turn, step=step, phases=phases, moment=Moment.POLITE, answers_question=is_answer)


def _turns(routine: Routine, words: _Words) -> Iterator[Turn]:
    yield from words.say(Intent.START, 0)
    reason = next((step for step in steps_of(routine) if step.why is not None), None)
    for number, step in enumerate(routine.steps, start=1):
        if step not in steps_of(routine):
            continue
        phases = frozenset({step.phase})
        if step is reason:
            yield from words.say(Intent.WHY, number, phases)
        is_counting = step.phase is Phase.HOLDING and has_countdown(routine)
        yield from words.say(Intent.TIME_LEFT if is_counting else Intent.NEXT, number, phases)
    yield from words.say(Intent.QUIT, len(routine.steps), _DONE)
    yield from words.say(Intent.YES, len(routine.steps), _DONE)
