"""Choice of the handler that answers a command."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from voice_coach.language.intents import ANSWERS, Intent
from voice_coach.language.wording import Message
from voice_coach.session import answers, navigation
from voice_coach.session.events import Via
from voice_coach.session.listening import answers_to, listening_for
from voice_coach.session.transitions import (
    ALSO_YES,
    DENIALS,
    QUESTIONS,
    REPLIES,
    TRANSITIONS,
    refusal_of,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from voice_coach.routines import Phase
    from voice_coach.session.events import CommandHeard
    from voice_coach.session.state import Session
    from voice_coach.session.transitions import Transition
    from voice_coach.session.turn import Turn


_NOT_IN_PAIN = frozenset(
    {Intent.START, Intent.NEXT, Intent.BACK, Intent.START_OVER, Intent.MASK, Intent.GO_TO, Intent.SKIP}
)
"""The intents that lead to another step; while it hurts, the coach first asks whether it is better."""


_OF_THE_ONLY_TIMER = {Intent.PAUSE: Intent.TIMER_STOP, Intent.TIME_LEFT: Intent.TIMER_LEFT}
"""The meaning of "stop the timer" and of "how much time is left" where no mask is on, but a timer runs."""


def dispatch(turn: Turn, heard: CommandHeard) -> Turn:
    """Carry out a command, explain why it makes no sense now, or only show a note on the page."""
    if turn.session.is_on_standby:
        turn = _woken_by(turn, heard)
    session = turn.session
    if heard.intent.spec.is_urgent:
        return TRANSITIONS[heard.intent][session.phase].handle(turn, heard)
    if session.is_leaving:
        return turn.noting(Message.NOTE_NOT_NOW)
    if session.saying and heard.intent is Intent.PAUSE and refusal_of(Intent.PAUSE, session.phase):
        return turn.hushing()  # "stop" always stops, also where there is nothing to pause but the speech
    if heard.via is Via.VOICE and len(heard.text.split()) < listening_for(session).shortest_words:
        return turn.noting(Message.NOTE_TOO_SHORT)
    if session.timers and session.current_step is None and heard.intent in _OF_THE_ONLY_TIMER:
        heard = replace(heard, intent=_OF_THE_ONLY_TIMER[heard.intent])
    if session.question and heard.intent in ALSO_YES.get(session.question.question, ()):
        heard = replace(heard, intent=Intent.YES)
    if heard.intent is Intent.PAUSE and _is_one_minute(session, heard):
        heard = replace(heard, intent=Intent.ON_FOR, minutes=1)
    return _answer(turn, heard) if heard.intent in ANSWERS else _obey(turn, heard)


def is_for_others(session: Session, heard: CommandHeard) -> bool:
    """Return whether something was said on standby that the ears take only because they do not know of it yet."""
    return session.is_on_standby and heard.via is Via.VOICE and heard.intent not in listening_for(session).intents


def _woken_by(turn: Turn, heard: CommandHeard) -> Turn:
    """Leave the standby for who presses something; what another program asks for is done without that."""
    if heard.via not in {Via.VOICE, Via.PROGRAM}:
        return turn.becoming(replace(turn.session, is_on_standby=False))
    return turn


def _obey(turn: Turn, heard: CommandHeard) -> Turn:
    """Carry out a command and the one that was said in the same breath."""
    session = turn.session
    if session.pain and heard.intent in _NOT_IN_PAIN:
        return navigation.ask_whether_better(turn, heard)
    turn = TRANSITIONS[heard.intent][session.phase].handle(turn, heard)
    return turn if heard.next_command is None else _and_then(turn, heard.next_command)


def _is_one_minute(session: Session, heard: CommandHeard) -> bool:
    """Return whether "one minute", which otherwise asks for a pause, answers how long the mask has been on."""
    is_asked = session.question is not None and Intent.ON_FOR in answers_to(session.question.question)
    return is_asked and session.wording.time.duration(60) in heard.text


def _and_then(turn: Turn, heard: CommandHeard) -> Turn:
    """Carry out the second of two commands in one sentence and join the answers; drop it after a question."""
    first = turn.session.saying
    if turn.session.question is not None:
        return turn
    turn = dispatch(turn, heard)
    second = turn.session.saying
    if first is None or second is None or first == second or turn.session.question is not None:
        return turn
    instruction = turn.session.instruction
    return turn.instructing(f"{first.text} {second.text}", instruction)


def _answer(turn: Turn, heard: CommandHeard) -> Turn:
    """Carry out an answer such as yes or no, whose meaning depends on the open question."""
    session, asked = turn.session, turn.session.question
    if asked is None or heard.intent not in answers_to(asked.question):
        return turn.noting(Message.NOTE_NO_QUESTION)
    by_phase: Mapping[Phase, Transition]
    match heard.intent:
        case Intent.YES:
            by_phase = QUESTIONS[asked.question]
        case Intent.NO if asked.question in DENIALS:
            by_phase = DENIALS[asked.question]
        case Intent.NO:
            return answers.stay(turn, heard)
        case _:
            by_phase = REPLIES[heard.intent]
    return by_phase[session.phase].handle(turn, heard)
