"""What the ears may take: the one place that decides it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from voice_coach.core.commands import Listen
from voice_coach.core.intents import ANSWERS, Intent
from voice_coach.core.view import Phase
from voice_coach.errors import ContentError, did_you_mean

if TYPE_CHECKING:
    from voice_coach.core.state import Session

_ASLEEP = frozenset({Phase.IDLE, Phase.DONE})
"""Nobody is being led: a single word, caught from other talk, must not wake the coach."""
_EVERYTHING = frozenset(Intent)
_NO_ANSWERS = _EVERYTHING - ANSWERS
_QUESTION = "question"

SITUATIONS = (*(phase.value for phase in Phase), _QUESTION)
"""Every phase, and a running routine with a question open."""


def listening(phase: Phase, *, question_is_open: bool = False, speaking: str = "") -> Listen:
    """What may be taken in a phase. Nearly everything: what is not legal then is answered with what is.

    Args:
        phase: Where the session is.
        question_is_open: Whether yes and no mean something.
        speaking: What the coach is saying.
    """
    return Listen(
        intents=_EVERYTHING if question_is_open else _NO_ANSWERS,
        shortest_words=2 if phase in _ASLEEP and not question_is_open else 1,
        question_is_open=question_is_open,
        speaking=speaking,
    )


def listening_for(session: Session) -> Listen:
    """What may be taken now."""
    return listening(
        session.phase,
        question_is_open=session.question is not None,
        speaking=session.saying.text if session.saying else "",
    )


def listening_in(situation: str) -> Listen:
    """What may be taken in one of SITUATIONS, while the coach is silent.

    Raises:
        ContentError: there is no such situation.
    """
    if situation == _QUESTION:
        return listening(Phase.APPLYING, question_is_open=True)
    if situation not in SITUATIONS:
        remedy = did_you_mean(situation, SITUATIONS) or f"choose one of {', '.join(SITUATIONS)}."
        message = f'There is no phase "{situation}"; {remedy}'
        raise ContentError(message)
    return listening(Phase(situation))
