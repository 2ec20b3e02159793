"""The intents that the ears may take at the moment, and the phrases that the page and the help suggest."""

from __future__ import annotations

from typing import TYPE_CHECKING

from voice_coach.errors import ContentError, did_you_mean
from voice_coach.language.intents import ANSWERS, YES_OR_NO, Intent
from voice_coach.routines import Phase
from voice_coach.session.commands import Listen
from voice_coach.session.state import Question
from voice_coach.session.view import Suggestion

if TYPE_CHECKING:
    from collections.abc import Mapping

    from voice_coach.session.state import Session


_ASLEEP = frozenset({Phase.IDLE, Phase.DONE})
"""Phases outside a routine, in which a single word, caught from other talk, must not wake the coach."""
_NO_ANSWERS = frozenset(Intent) - ANSWERS
FURTHER_ANSWERS = {
    Question.HOW_LONG_ON: frozenset({Intent.ON_FOR}),
    Question.HOW_LONG: frozenset({Intent.ON_FOR}),
    Question.HEARD_RIGHT: frozenset({Intent.OTHER_ONE}),
}
"""The intents, besides yes and no, that answer a question."""
_QUESTIONS = {
    "question": (Phase.APPLYING, Question.TAKE_OFF),
    "heard_right": (Phase.APPLYING, Question.HEARD_RIGHT),
    "how_long": (Phase.HOLDING, Question.HOW_LONG_ON),
}

SITUATIONS = (*(phase.value for phase in Phase), *_QUESTIONS)
"""The names of every phase and of three kinds of open question: an ordinary one, "did I hear right?", and "how long has
the mask been on?"."""


def answers_to(question: Question) -> frozenset[Intent]:
    """Return the intents that answer a question."""
    return YES_OR_NO | FURTHER_ANSWERS.get(question, frozenset())


ON_STANDBY = frozenset(intent for intent in Intent if intent is Intent.WAKE or intent.spec.is_urgent)
"""The intents that are taken after "stop listening"."""


def listening(
    phase: Phase, *, question: Question | None = None, speaking: str = "", is_on_standby: bool = False
) -> Listen:
    """Return the command that tells the ears what to take in a phase.

    That is nearly every intent: a command that makes no sense in the phase is answered with an explanation.

    Args:
        phase: The phase of the session.
        question: The open question, if there is one; only then are answers taken.
        speaking: The sentence that the coach is saying, if any.
        is_on_standby: Whether the person has asked not to be listened to.
    """
    question_is_open = question is not None
    commands = ON_STANDBY if is_on_standby else _NO_ANSWERS
    return Listen(
        intents=commands | answers_to(question) if question else commands,
        shortest_words=2 if (is_on_standby or phase in _ASLEEP) and not question_is_open else 1,
        question_is_open=question_is_open,
        is_on_standby=is_on_standby,
        speaking=speaking,
    )


def listening_for(session: Session) -> Listen:
    """Return the command that tells the ears what to take now."""
    return listening(
        session.phase,
        question=session.question.question if session.question else None,
        speaking=session.saying.text if session.saying else "",
        is_on_standby=session.is_on_standby,
    )


def listening_in(situation: str) -> Listen:
    """Return what the ears take in one of SITUATIONS, while the coach is silent.

    Raises:
        ContentError: there is no such situation.
    """
    if situation in _QUESTIONS:
        phase, question = _QUESTIONS[situation]
        return listening(phase, question=question)
    if situation not in SITUATIONS:
        remedy = did_you_mean(situation, SITUATIONS) or f"choose one of {', '.join(SITUATIONS)}."
        message = f'There is no phase "{situation}"; {remedy}'
        raise ContentError(message)
    return listening(Phase(situation))


def listening_to(intent: Intent) -> Listen:
    """Return what the ears take where a person would say an intent: an answer after its question, others in a step."""
    if intent in YES_OR_NO:
        return listening_in("question")
    asked = {
        answer: situation
        for situation, (_, question) in _QUESTIONS.items()
        for answer in FURTHER_ANSWERS.get(question, ())
    }
    return listening_in(asked.get(intent, Phase.APPLYING.value))


_AT_A_STEP = (Intent.NEXT, Intent.REPEAT, Intent.WHY, Intent.BACK, Intent.WHATS_NEXT, Intent.PAUSE, Intent.HELP)

SUGGESTED_COMMANDS: Mapping[Phase, tuple[Intent, ...]] = {
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
_ANSWERS_TO = {
    Question.HOW_LONG_ON: (Intent.ON_FOR, Intent.NO, Intent.REPEAT),
    Question.HOW_LONG: (Intent.ON_FOR, Intent.NO, Intent.REPEAT),
    Question.HOW_IT_FEELS: (Intent.FELT, Intent.QUIT, Intent.REPEAT),
}
"""The intents to suggest after a question that is not answered by yes or no."""


def suggested_commands(session: Session) -> tuple[Suggestion, ...]:
    """Return the phrases that are useful now, as people write them, the most useful first, each with its intent."""
    asked, wording = session.question, session.wording
    commands = (Intent.WAKE,) if session.is_on_standby else SUGGESTED_COMMANDS[session.phase]
    intents = _ANSWERS_TO.get(asked.question, _ANSWERS) if asked else commands
    return tuple(Suggestion(wording.written(wording.phrases[intent]), intent) for intent in intents)
