"""What may be said now, in the order of use: for the page and for who asks for help."""

from __future__ import annotations

from typing import TYPE_CHECKING

from voice_coach.core.intents import Intent
from voice_coach.core.state import Question
from voice_coach.routines import Phase

if TYPE_CHECKING:
    from collections.abc import Mapping

    from voice_coach.core.state import Session

_AT_A_STEP = (Intent.NEXT, Intent.REPEAT, Intent.WHY, Intent.BACK, Intent.WHATS_NEXT, Intent.PAUSE, Intent.HELP)

SUGGESTED: Mapping[Phase, tuple[Intent, ...]] = {
    Phase.IDLE: (Intent.START, Intent.WHATS_NEXT, Intent.HELP, Intent.QUIT),
    Phase.BRIEFING: _AT_A_STEP,
    Phase.APPLYING: (*_AT_A_STEP, Intent.STINGS),
    Phase.HOLDING: (Intent.TIME_LEFT, Intent.PAUSE, Intent.ADD_TIME, Intent.NEXT, Intent.STINGS, Intent.HELP),
    Phase.PAUSED: (Intent.RESUME, Intent.TIME_LEFT, Intent.WHICH_STEP, Intent.HELP),
    Phase.REMOVING: _AT_A_STEP,
    Phase.AFTERCARE: _AT_A_STEP,
    Phase.DONE: (Intent.QUIT, Intent.START, Intent.HELP),
}

_ANSWERS = (Intent.YES, Intent.NO, Intent.REPEAT)


def suggested_phrases(session: Session) -> tuple[str, ...]:
    """The phrases that matter now, most useful first."""
    intents = _answers(session.question.question) if session.question else SUGGESTED[session.phase]
    return tuple(session.wording.phrases[intent] for intent in intents)


def _answers(question: Question) -> tuple[Intent, ...]:
    return (Intent.ON_FOR, Intent.NO, Intent.REPEAT) if question is Question.HOW_LONG_ON else _ANSWERS
