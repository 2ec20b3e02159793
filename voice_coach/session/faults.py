"""What an edge cannot do: it is shown at once, told when it lasts, and what nobody could hear is said again."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from voice_coach.language.wording import Message
from voice_coach.session.events import Fault
from voice_coach.session.timer import TICKS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from voice_coach.session.events import FaultCleared, FaultRaised
    from voice_coach.session.state import Session
    from voice_coach.session.turn import Turn

TOLD_AFTER_SECONDS = 3.0
"""What is over sooner is not worth a word."""
TOLD: Mapping[Fault, Message] = {
    Fault.NO_MICROPHONE: Message.TROUBLE_NO_MICROPHONE,
    Fault.SILENT_MICROPHONE: Message.TROUBLE_SILENT_MICROPHONE,
    Fault.CLIPPING_MICROPHONE: Message.TROUBLE_CLIPPING_MICROPHONE,
    Fault.DAMAGED_NOTES: Message.TROUBLE_DAMAGED_NOTES,
    Fault.UNREADABLE_NOTES: Message.TROUBLE_UNREADABLE_NOTES,
    Fault.UNKEPT_NOTES: Message.TROUBLE_UNKEPT_NOTES,
    Fault.DAMAGED_SETTINGS: Message.TROUBLE_DAMAGED_SETTINGS,
}
"""The other ones are shown only: a recogniser is back in no time, and without a speaker there is no telling."""
DEAFENING = frozenset({Fault.NO_MICROPHONE, Fault.SILENT_MICROPHONE, Fault.NO_RECOGNISER})
"""While one of these lasts, nothing that is said is heard."""


def raise_fault(turn: Turn, event: FaultRaised) -> Turn:
    """Show it, and tell it later if it lasts."""
    session, trouble = turn.session, event.fault
    if trouble in session.faults:
        return turn
    session = replace(session, faults=session.faults | {trouble})
    if trouble in TOLD:
        session = replace(
            session, unannounced_faults=(*session.unannounced_faults, (session.now + TOLD_AFTER_SECONDS, trouble))
        )
    if trouble is Fault.NO_SPEAKER and session.saying:
        session = replace(session, saying=None, undelivered_speech=session.saying.text)
    if trouble is Fault.NO_RECOGNISER:
        session = replace(session, is_listening=False)
    return turn.becoming(session)


def clear_fault(turn: Turn, event: FaultCleared) -> Turn:
    """Forget it. When it was the speaker, say what could not be heard and still matters."""
    session, trouble = turn.session, event.fault
    if trouble not in session.faults:
        return turn
    untold = tuple(one for one in session.unannounced_faults if one[1] is not trouble)
    turn = turn.becoming(replace(session, faults=session.faults - {trouble}, unannounced_faults=untold))
    return _say_what_was_missed(turn) if trouble is Fault.NO_SPEAKER else turn


def announce_faults(turn: Turn) -> Turn:
    """Tell the first trouble that has lasted; for when the coach is free to speak."""
    session = turn.session
    due = next((trouble for at, trouble in session.unannounced_faults if at <= session.now), None)
    if due is None:
        return turn
    untold = tuple(one for one in session.unannounced_faults if one[1] is not due)
    return turn.becoming(replace(session, unannounced_faults=untold)).telling(TOLD[due])


def next_announcement_at(session: Session) -> float | None:
    """When the next one is to be told, monotonic seconds."""
    return min((at for at, _ in session.unannounced_faults), default=None)


def _say_what_was_missed(turn: Turn) -> Turn:
    """An open question is asked again; in the hold the time that is left now counts, elsewhere the last sentence."""
    session, unsaid = turn.session, turn.session.undelivered_speech
    question, holding = session.question, session.holding
    turn = turn.becoming(replace(session, undelivered_speech=""))
    if question is not None:
        return turn.saying(question.text).awaiting(question)
    if holding is None or session.is_paused:
        return turn.saying(unsaid) if unsaid else turn
    holding, _ = holding.take_moment(session.now)
    has_missed = bool(unsaid) or holding != session.holding
    turn = turn.becoming(replace(turn.session, holding=holding))
    if not has_missed or session.remaining_seconds <= TICKS:
        return turn
    return turn.telling(Message.LEFT, left=session.wording.time.left(session.remaining_seconds))
