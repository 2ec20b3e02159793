"""The turns that the person of a rehearsal or a demonstration says and their moments, from the language's script."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum
from itertools import cycle
from typing import TYPE_CHECKING

from voice_coach.errors import ContentError
from voice_coach.language.intents import Intent
from voice_coach.routines import Daypart, Phase
from voice_coach.schema import Array, Boolean, Choice, Field, Integer, Number, Table, Text
from voice_coach.session.events import CommandHeard

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
_LONGEST_PAUSE_SECONDS = 10.0
_DEMO_TURN = Table(
    {
        "say": Field(Text(), is_required=True),
        "step": Field(Integer(0, _LAST_STEP, example="1"), is_required=True),
        "phase": Field(Choice([phase.value for phase in Phase])),
        "after": Field(Number(0, _LONGEST_PAUSE_SECONDS, "seconds", example="3")),
    }
)
_DEMO = Table(
    {
        **{name: Field(Text(), is_required=True) for name in ("notice", "written", "leave", "yes", "ended")},
        "turns": Field(Array(_DEMO_TURN), is_required=True),
    }
)
SCRIPT = Table(
    {
        "language": Field(Text(2)),
        "yes": Field(Text(), is_required=True),
        "no": Field(Text(), is_required=True),
        "turns": Field(Array(_TURN), is_required=True),
        "demo": Field(_DEMO, is_required=True),
    }
)
"""The schema of a script: the person's answers when the coach asks what was meant, and the person's turns.

A turn may name the phase in which it is said, and whether it interrupts the coach or answers an open question. The
table `demo` is the script of a demonstration.
"""


class TurnMoment(Enum):
    """The moment at which the person speaks: politely, or while the coach speaks."""

    POLITE = "when the coach has been silent for a moment"
    BARGE_IN = "while the coach is speaking"


@dataclass(frozen=True, slots=True)
class RehearsalTurn:
    """One command that the person gives."""

    voice: str
    text: str
    intent: Intent
    """The intent that the coach should understand."""
    step: int
    """The number of the step in which the command is given, counted from 1; 0 before the routine."""
    phases: frozenset[Phase] = frozenset(Phase)
    """The phases of that step in which the command may be given."""
    moment: TurnMoment = TurnMoment.POLITE
    answers_question: bool = False
    """Whether the person waits until the coach has asked a question; otherwise, until no question is open."""
    yes: str = "yes please"
    """The person's answer when the coach asks whether this command was meant."""
    no: str = "no thank you"
    """The person's answer when the coach asks whether another command was meant."""


@dataclass(frozen=True, slots=True)
class RehearsalScript:
    """The turns of a rehearsal, and the length of its countdown."""

    turns: Sequence[RehearsalTurn]
    hold_seconds: float
    """Seconds of the countdown, for which the person may have to wait."""


DEMO_ROUTINE = "facial_mask"
"""The routine from which a demonstration takes its steps."""
_DEMO_STEPS = ("apply", "relax", "rinse", "moisturizer")
_ANY_PHASE = frozenset(Phase)
PAUSE_SECONDS = 0.8
"""Seconds of silence before a command of a demonstration, unless its turn has its own."""


@dataclass(frozen=True, slots=True)
class DemoTurn:
    """One command that the script of a demonstration gives."""

    heard: CommandHeard
    """The command, with the phrase that is shown as said."""
    step: int
    """The number of the step in which the command is given, counted from 1; 0 before the routine."""
    phases: frozenset[Phase] = _ANY_PHASE
    """The phases of that step in which the command may be given."""
    after_seconds: float = PAUSE_SECONDS
    """Seconds of silence before the command."""


@dataclass(frozen=True, slots=True)
class DemoScript:
    """The script of a demonstration, and the texts around it."""

    turns: tuple[DemoTurn, ...]
    leave: CommandHeard
    """The command with which a demonstration ends."""
    yes: CommandHeard
    """The answer, should the coach ask whether it shall end."""
    notice: str
    """A text that says what a demonstration is, and how to end it."""
    written: str
    """A sentence that says that there is no speaker."""
    ended: str
    """A text that says what to try after a demonstration."""


def load_demo(pack: LanguagePack) -> DemoScript:
    """Read the script of a language's demonstration.

    Raises:
        ContentError: The script is missing or wrong, or says what the coach does not know.
    """
    demo, known = pack.document("rehearsal", SCRIPT).table("demo"), pack.phrase_book.by_text

    def heard(text: str) -> CommandHeard:
        if text not in known:
            message = f'The demo of language {pack.code!r} says "{text}"; write a phrase of its phrases.toml.'
            raise ContentError(message)
        phrase = known[text]
        return CommandHeard(intent=phrase.intent, text=text, minutes=phrase.minutes, slot_value=phrase.slot_value)

    turns = tuple(
        DemoTurn(
            heard(table.text("say")),
            table.integer("step") or 0,
            frozenset({Phase(table.text("phase"))}) if "phase" in table else _ANY_PHASE,
            table.number("after") or PAUSE_SECONDS,
        )
        for table in demo.tables("turns")
    )
    others = {name: demo.text(name) for name in ("notice", "written", "ended")}
    return DemoScript(turns, heard(demo.text("leave")), heard(demo.text("yes")), **others)


def demo_routine(routine: Routine) -> Routine:
    """Return a routine with only the four steps that a demonstration shows."""
    return replace(routine, steps=tuple(step for step in routine.steps if step.id in _DEMO_STEPS))


def load_turns(pack: LanguagePack) -> tuple[RehearsalTurn, ...]:
    """Read the turns of a language's script.

    Raises:
        ContentError: The script is missing or wrong.
    """
    return read_turns(pack.document("rehearsal", SCRIPT))


def read_turns(file: Document) -> tuple[RehearsalTurn, ...]:
    """Return the turns of a script that is valid by `SCRIPT`; for their voices see `dialogue.render`."""
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
    """Return the turns that lead through a routine by day; a step without a countdown is left by a command.

    Args:
        routine: The routine to lead through.
        script: The script of the usual routine in the same language, from which voices and words are taken.
    """
    return tuple(_turns(routine, _Words(script)))


def steps_of(routine: Routine) -> tuple[Step, ...]:
    """Return the steps of a routine by day, without those that are only for the evening."""
    return tuple(step for step in routine.steps if step.only is not Daypart.EVENING)


def has_countdown(routine: Routine) -> bool:
    """Return whether a routine has a countdown, which begins with a bell and ends with a chime."""
    return routine.hold is not None and not routine.is_overnight


class _Words:
    """The turns of a script by intent; turns of the same intent are used in rotation."""

    def __init__(self, script: Sequence[RehearsalTurn]) -> None:
        self._by_intent = {turn.intent: cycle([one for one in script if one.intent is turn.intent]) for turn in script}

    def say(self, intent: Intent, step: int, phases: frozenset[Phase] = frozenset(Phase)) -> Iterator[RehearsalTurn]:
        """Yield the next turn of an intent, as a polite one; nothing when the script has no turn of this intent."""
        if intent in self._by_intent:
            turn = next(self._by_intent[intent])
            is_answer = intent is Intent.FELT
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
    yield from words.say(Intent.FELT, len(routine.steps), _DONE)
    yield from words.say(Intent.QUIT, len(routine.steps), _DONE)
