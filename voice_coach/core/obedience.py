"""From what was heard to the handler that answers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from voice_coach.core import answers
from voice_coach.core.intents import ANSWERS, Intent
from voice_coach.core.listening import listening_for
from voice_coach.core.transitions import QUESTIONS, TRANSITIONS
from voice_coach.core.wording import Message

if TYPE_CHECKING:
    from voice_coach.core.events import Heard
    from voice_coach.core.turn import Turn


def obey(turn: Turn, heard: Heard) -> Turn:
    """Do what was asked, or say what can be asked, or be silent."""
    session = turn.session
    if heard.intent is Intent.STINGS:
        return TRANSITIONS[heard.intent][session.phase].handle(turn, heard)
    if session.is_leaving:
        return turn.noting(Message.NOTE_NOT_NOW)
    if len(heard.text.split()) < listening_for(session).shortest_words:
        return turn.noting(Message.NOTE_TOO_SHORT)
    if heard.intent in ANSWERS:
        return _answer(turn, heard)
    return TRANSITIONS[heard.intent][session.phase].handle(turn, heard)


def _answer(turn: Turn, heard: Heard) -> Turn:
    """Yes and no mean what the open question makes them mean."""
    session = turn.session
    if session.question is None:
        return turn.noting(Message.NOTE_NO_QUESTION)
    if heard.intent is Intent.NO:
        return answers.stay(turn, heard)
    return QUESTIONS[session.question.question][session.phase].handle(turn, heard)
