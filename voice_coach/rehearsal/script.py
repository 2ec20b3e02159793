"""What the person of a rehearsal says, and when: a walk through the whole routine (content/LANGUAGE/rehearsal.toml)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, TypeVar

from voice_coach.core.intents import Intent
from voice_coach.core.view import Phase
from voice_coach.errors import ContentError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from voice_coach.core.document import Document
    from voice_coach.language.pack import LanguagePack

    Member = TypeVar("Member", bound=Enum)

_KEYS = ("voice", "say", "intent", "step", "phase", "interrupts", "answers")


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
    return parse_turns(pack.document("rehearsal"))


def parse_turns(file: Document) -> tuple[Turn, ...]:
    """Read a script.

    Args:
        file: `yes` and `no` (answers when the coach asks what was meant), and a list of tables `turns` with `voice`
            (see `person.render`), `say`, `intent`, `step`, and where needed `phase`, `interrupts` (while the coach
            speaks) and `answers` (an open question).

    Raises:
        ContentError: something is missing, unknown or malformed.
    """
    yes, no = file.text("yes"), file.text("no")
    return tuple(_turn(table, yes, no) for table in file.tables("turns"))


def _turn(table: Document, yes: str, no: str) -> Turn:
    table.demand_known(_KEYS)
    phases = frozenset({_member(table, "phase", Phase)}) if "phase" in table.content else frozenset(Phase)
    return Turn(
        voice=table.text("voice"),
        text=table.text("say"),
        intent=_member(table, "intent", Intent),
        step=int(table.number("step")),
        phases=phases,
        moment=Moment.BARGE_IN if table.content.get("interrupts") else Moment.POLITE,
        answers_question=bool(table.content.get("answers")),
        yes=yes,
        no=no,
    )


def _member(table: Document, key: str, kind: type[Member]) -> Member:
    value = table.text(key)
    try:
        return kind(value)
    except ValueError as error:
        what = f"{key} is {value!r}; use one of {', '.join(str(member.value) for member in kind)}"
        raise ContentError(table.says(what)) from error
