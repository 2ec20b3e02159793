"""What the person of a rehearsal says, and when: a walk through the whole routine (content/LANGUAGE/rehearsal.toml)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from voice_coach.core.intents import Intent
from voice_coach.routines import Phase
from voice_coach.schema import Array, Boolean, Choice, Field, Integer, Table, Text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from voice_coach.language.pack import LanguagePack
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
    yes: str = "yes please"
    """What the same person says when the coach asks whether it was this."""
    no: str = "no thank you"
    """The same when the coach asks for another command."""


@dataclass(frozen=True, slots=True)
class Script:
    """What is rehearsed."""

    turns: Sequence[Turn]
    hold_seconds: float
    """How long the countdown may keep the person waiting."""


def load_turns(pack: LanguagePack) -> tuple[Turn, ...]:
    """Read the script of a language.

    Raises:
        ContentError: it is missing or wrong.
    """
    return read_turns(pack.document("rehearsal", SCRIPT))


def read_turns(file: Document) -> tuple[Turn, ...]:
    """The turns of a script that `SCRIPT` allows; `person.render` knows their voices."""
    yes, no = file.text("yes"), file.text("no")
    return tuple(_turn(table, yes, no) for table in file.tables("turns"))


def _turn(table: Document, yes: str, no: str) -> Turn:
    return Turn(
        voice=table.text("voice"),
        text=table.text("say"),
        intent=Intent(table.text("intent")),
        step=table.integer("step") or 0,
        phases=frozenset({Phase(table.text("phase"))}) if "phase" in table else frozenset(Phase),
        moment=Moment.BARGE_IN if table.boolean("interrupts") else Moment.POLITE,
        answers_question=table.boolean("answers"),
        yes=yes,
        no=no,
    )
