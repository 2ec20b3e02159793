"""Handling of faults: each is shown at once, announced if it lasts, and lost sentences are said again afterwards.

Whoever was told that the coach is deaf is told as well when it hears again: nobody need look at a screen for that.
"""

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
"""Seconds that a fault must last before it is announced."""
FAULT_MESSAGES: Mapping[Fault, Message] = {
    Fault.NO_MICROPHONE: Message.FAULT_NO_MICROPHONE,
    Fault.SILENT_MICROPHONE: Message.FAULT_SILENT_MICROPHONE,
    Fault.CLIPPING_MICROPHONE: Message.FAULT_CLIPPING_MICROPHONE,
    Fault.DAMAGED_NOTES: Message.FAULT_DAMAGED_NOTES,
    Fault.UNREADABLE_NOTES: Message.FAULT_UNREADABLE_NOTES,
    Fault.UNKEPT_NOTES: Message.FAULT_UNKEPT_NOTES,
    Fault.DAMAGED_SETTINGS: Message.FAULT_DAMAGED_SETTINGS,
}
"""The faults that are announced. The others are only shown: a recogniser is soon replaced, and nothing can be announced
without a speaker."""
DEAFENING = frozenset({Fault.NO_MICROPHONE, Fault.SILENT_MICROPHONE, Fault.NO_RECOGNISER})
"""The faults during which the coach hears nothing."""


HEARS_NOW_AFTER = frozenset({Fault.NO_MICROPHONE, Fault.SILENT_MICROPHONE})
"""The faults whose end is announced, if they were: a person who has plugged a microphone in waits for a sign."""


def raise_fault(turn: Turn, event: FaultRaised) -> Turn:
    """Show a fault, and plan its announcement in case it lasts."""
    session, fault = turn.session, event.fault
    if fault in session.faults:
        return turn
    session = replace(session, faults=session.faults | {fault})
    if fault in FAULT_MESSAGES:
        at = session.now + TOLD_AFTER_SECONDS
        session = replace(session, unannounced_faults=(*_unannounced_but(session, fault), (at, fault)))
    if fault is Fault.NO_SPEAKER and session.saying:
        session = replace(session, saying=None, undelivered_speech=session.saying.text)
    if fault is Fault.NO_RECOGNISER:
        session = replace(session, is_listening=False)
    return turn.becoming(session)


def clear_fault(turn: Turn, event: FaultCleared) -> Turn:
    """Forget a fault. When it was a missing speaker, say again what could not be heard and still matters."""
    session, fault = turn.session, event.fault
    if fault not in session.faults:
        return turn
    unannounced = _unannounced_but(session, fault)
    was_announced = len(unannounced) == len(session.unannounced_faults)
    if was_announced and fault in HEARS_NOW_AFTER and not session.is_on_standby:
        unannounced += ((session.now, fault),)
    turn = turn.becoming(replace(session, faults=session.faults - {fault}, unannounced_faults=unannounced))
    return _say_what_was_missed(turn) if fault is Fault.NO_SPEAKER else turn


def announce_faults(turn: Turn) -> Turn:
    """Announce the first fault that has lasted, or is over; to be called only when the coach is free to speak."""
    session = turn.session
    due = next((fault for at, fault in _tellable(session) if at <= session.now), None)
    if due is None:
        return turn
    turn = turn.becoming(replace(session, unannounced_faults=_unannounced_but(session, due)))
    return turn.telling(FAULT_MESSAGES[due] if due in session.faults else Message.HEARS_NOW)


def next_announcement_at(session: Session) -> float | None:
    """Return the time of the next announcement of a fault, in monotonic seconds; None when none is waiting."""
    return min((at for at, _ in _tellable(session)), default=None)


def _unannounced_but(session: Session, fault: Fault) -> tuple[tuple[float, Fault], ...]:
    return tuple(one for one in session.unannounced_faults if one[1] is not fault)


def _tellable(session: Session) -> tuple[tuple[float, Fault], ...]:
    """Return the faults to announce; the end of one waits until the coach really hears, with recognisers and all."""
    hears = session.is_listening and not session.faults & DEAFENING
    return tuple(one for one in session.unannounced_faults if hears or one[1] in session.faults)


def _say_what_was_missed(turn: Turn) -> Turn:
    """Ask the open question again; else say how much of the hold is left, or outside a hold the lost sentence."""
    session, undelivered = turn.session, turn.session.undelivered_speech
    question, holding = session.question, session.holding
    turn = turn.becoming(replace(session, undelivered_speech=""))
    if question is not None:
        return turn.saying(question.text).awaiting(question)
    if holding is None or session.is_paused:
        return turn.saying(undelivered) if undelivered else turn
    holding, _ = holding.take_announcement(session.now)
    has_missed = bool(undelivered) or holding != session.holding
    turn = turn.becoming(replace(turn.session, holding=holding))
    if not has_missed or session.remaining_seconds <= TICKS:
        return turn
    return turn.telling(Message.LEFT, left=session.wording.time.left(session.remaining_seconds))
