"""Clarification of rejected speech: it is shown, and now and then the coach asks whether it was a command.

Other people's talk must not make the coach chatter. So it asks only about borderline rejections (nearly clear enough to
be obeyed), only while it is silent itself, and with long pauses. "It stings" is the exception: a mask that burns hurts,
so the coach asks at once, whatever is going on and however often; then an unclear yes or "it stings" counts as a yes.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from voice_coach.language.intents import ANSWERS, SILENCING, Intent
from voice_coach.language.wording import Message
from voice_coach.session.events import CommandHeard, CommandRejected, RejectionReason
from voice_coach.session.listening import SUGGESTED_COMMANDS, listening_for
from voice_coach.session.state import LastHeard, Question
from voice_coach.session.timer import CLOSING_SECONDS
from voice_coach.session.transitions import TRANSITIONS, refusal_of

if TYPE_CHECKING:
    from voice_coach.session.state import ClarificationHistory, Session
    from voice_coach.session.turn import Turn

_NOTES = {reason: Message(f"note_{reason.name.lower()}") for reason in RejectionReason}


def handle_rejected(turn: Turn, rejected: CommandRejected) -> Turn:
    """Show rejected speech on the page, and ask about it or offer an easier phrase when that helps."""
    if turn.session.is_on_standby and not _may_be_pain(turn.session, rejected):
        return turn
    is_far = rejected.reason is RejectionReason.UNCLEAR and not rejected.is_borderline
    turn = turn.becoming(replace(turn.session, heard=LastHeard("" if is_far else rejected.text)))
    if not rejected.is_borderline or rejected.intent is None:
        return turn.noting(_note(rejected))
    if turn.session.saying and rejected.intent in SILENCING:
        return turn.hushing()  # to break off for nothing costs little, and to talk on beside a "stop" is rude
    command = CommandHeard(
        intent=rejected.intent, text=rejected.text, minutes=rejected.minutes, slot_value=rejected.slot_value
    )
    turn = _note_borderline(turn, command)
    if command.intent is Intent.STINGS or (command.intent is Intent.YES and _has_asked_about_pain(turn.session)):
        return _ask_whether_it_stings(turn, command)
    return turn if turn.session.saying else _ask_or_offer(turn, command, rejected.other)


def _may_be_pain(session: Session, rejected: CommandRejected) -> bool:
    """Return whether it nearly was "it stings", or an answer to the question whether it was."""
    return rejected.is_borderline and (rejected.intent is Intent.STINGS or _has_asked_about_pain(session))


def _note(rejected: CommandRejected) -> Message:
    is_answer = rejected.reason is RejectionReason.NOT_NOW and rejected.intent in ANSWERS
    return Message.NOTE_NO_QUESTION if is_answer else _NOTES[rejected.reason]


def _note_borderline(turn: Turn, command: CommandHeard) -> Turn:
    """Show on the page what to say instead of a command that was nearly heard."""
    refusal = refusal_of(command.intent, turn.session.phase)
    if refusal is not None:
        return turn.noting(refusal.note)
    return turn.noting(Message.NOTE_HARDLY_HEARD, way=_easiest_way(turn.session, command.intent))


def _ask_whether_it_stings(turn: Turn, command: CommandHeard) -> Turn:
    """Ask whether it stings; act at once when that was asked or answered already, or during the goodbye."""
    session = turn.session
    if _has_asked_about_pain(session) or session.pain or session.is_leaving:
        return TRANSITIONS[Intent.STINGS][session.phase].handle(turn, command)
    return turn.asking(Question.HEARD_RIGHT, session.wording.say(Message.ASK_STINGS), command)


def _has_asked_about_pain(session: Session) -> bool:
    asked = session.question.command if session.question else None
    return asked is not None and asked.intent is Intent.STINGS


def _ask_or_offer(turn: Turn, command: CommandHeard, other: CommandHeard | None) -> Turn:
    session, clarifications = turn.session, turn.session.clarifications
    turn = _with_clarifications(turn, clarifications.attempted(session.now))
    is_closing = session.holding is not None and session.remaining_seconds <= CLOSING_SECONDS
    if session.question is not None or is_closing:
        return turn
    if clarifications.may_offer(session.now):
        turn = turn.telling(Message.OFFER, way=_easiest_way(session, command.intent))
        return _with_clarifications(turn, clarifications.offered(session.now))
    return _ask(turn, command, other) if _may_ask(session, command) else turn


def _may_ask(session: Session, command: CommandHeard) -> bool:
    return (
        command.intent not in ANSWERS
        and refusal_of(command.intent, session.phase) is None
        and len(command.text.split()) >= listening_for(session).shortest_words
        and not (session.holding and session.holding.had_its_question)
        and session.clarifications.may_ask(command.text, session.now)
    )


def _ask(turn: Turn, command: CommandHeard, other: CommandHeard | None) -> Turn:
    wording = turn.session.wording
    text = wording.say(Message.ASK_HEARD_RIGHT, phrase=wording.written(command.text))
    turn = turn.asking(Question.HEARD_RIGHT, text, command, other)
    session = turn.session
    holding = session.holding and replace(session.holding, had_its_question=True)
    turn = turn.becoming(replace(session, holding=holding))
    return _with_clarifications(turn, session.clarifications.asked(command.text, session.now))


def _easiest_way(session: Session, intent: Intent) -> str:
    """Return the phrase and the key of an intent; those of the most useful one when this makes no sense now."""
    if refusal_of(intent, session.phase) is not None:
        intent = SUGGESTED_COMMANDS[session.phase][0]
    phrase, key = session.wording.written(session.wording.phrases[intent]), session.keys.get(intent)
    if key is None:
        return session.wording.note(Message.PHRASE_ALONE, phrase=phrase)
    return session.wording.note(Message.PHRASE_OR_KEY, phrase=phrase, key=key)


def _with_clarifications(turn: Turn, clarifications: ClarificationHistory) -> Turn:
    return turn.becoming(replace(turn.session, clarifications=clarifications))
