"""What the person of a rehearsal says, and when: from the script in the content, for any routine."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum
from itertools import cycle
from typing import TYPE_CHECKING

from voice_coach.language.intents import Intent
from voice_coach.routines import Daypart, Phase
from voice_coach.schema import Array, Boolean, Choice, Field, Integer, Table, Text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from voice_coach.language.pack import LanguagePack
    from voice_coach.routines import Routine, Step
    from voice_coach.schema import Document


_LAST_STEP = 30
_TURN = Table(
    {
        "voice": Field(Text(), is_required=True),
        "say": Field(Text(), is_required=True),
        "intent": Field(Choice([intent.value for intent in Intent]), is_required=True),
        "step": Field(Integer(0, _LAST_STEP, example="1"), is_required=True),
        "phase": Field(Choice([phase.value for phase in Phase])),
        "interrupts": Field(Boolean()),
        "answers": Field(Boolean()),
    }
)
SCRIPT = Table(
    {
        "language": Field(Text(2)),
        "yes": Field(Text(), is_required=True),
        "no": Field(Text(), is_required=True),
        "turns": Field(Array(_TURN), is_required=True),
    }
)
"""What stands in a script: answers when the coach asks what was meant, and the turns.

A turn may name the phase in which it is said, and whether it interrupts the coach or answers an open question.
"""


class TurnMoment(Enum):
    """How the person waits for the coach before speaking."""

    POLITE = "when the coach has been silent for a moment"
    BARGE_IN = "while the coach is speaking"


@dataclass(frozen=True, slots=True)
class RehearsalTurn:
    """One command of the person."""

    voice: str
    text: str
    intent: Intent
    """What the coach has to understand."""
    step: int
    """The step on which it is said, 1-based; 0 before the routine."""
    phases: frozenset[Phase] = frozenset(Phase)
    """The phases in which it is said, within that step."""
    moment: TurnMoment = TurnMoment.POLITE
    answers_question: bool = False
    """Whether it waits for an open question; without, it waits for none to be open."""
    yes: str = "yes please"
    """What the same person says when the coach asks whether it was this."""
    no: str = "no thank you"
    """The same when the coach asks for another command."""


@dataclass(frozen=True, slots=True)
class RehearsalScript:
    """What is rehearsed."""

    turns: Sequence[RehearsalTurn]
    hold_seconds: float
    """How long the countdown may keep the person waiting."""


def load_turns(pack: LanguagePack) -> tuple[RehearsalTurn, ...]:
    """Read the script of a language.

    Raises:
        ContentError: it is missing or wrong.
    """
    return read_turns(pack.document("rehearsal", SCRIPT))


def read_turns(file: Document) -> tuple[RehearsalTurn, ...]:
    """The turns of a script that `SCRIPT` allows; `person.render` knows their voices."""
    yes, no = file.text("yes"), file.text("no")
    return tuple(_turn(table, yes, no) for table in file.tables("turns"))


def _turn(table: Document, yes: str, no: str) -> RehearsalTurn:
    return RehearsalTurn(
        voice=table.text("voice"),
        text=table.text("say"),
        intent=Intent(table.text("intent")),
        step=table.integer("step") or 0,
        phases=frozenset({Phase(table.text("phase"))}) if "phase" in table else frozenset(Phase),
        moment=TurnMoment.BARGE_IN if table.boolean("interrupts") else TurnMoment.POLITE,
        answers_question=table.boolean("answers"),
        yes=yes,
        no=no,
    )


_DONE = frozenset({Phase.DONE})


def turns_of(routine: Routine, script: Sequence[RehearsalTurn]) -> tuple[RehearsalTurn, ...]:
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

    def __init__(self, script: Sequence[RehearsalTurn]) -> None:
        self._by_intent = {turn.intent: cycle([one for one in script if one.intent is turn.intent]) for turn in script}

    def say(self, intent: Intent, step: int, phases: frozenset[Phase] = frozenset(Phase)) -> Iterator[RehearsalTurn]:
        """The turn, politely said; nothing when the script has no words for it."""
        if intent in self._by_intent:
            turn = next(self._by_intent[intent])
            is_answer = intent is Intent.YES
            yield replace(turn, step=step, phases=phases, moment=TurnMoment.POLITE, answers_question=is_answer)


def _turns(routine: Routine, words: _Words) -> Iterator[RehearsalTurn]:
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
