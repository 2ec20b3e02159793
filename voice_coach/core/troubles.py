"""What an edge cannot do: it is shown at once, told when it lasts, and what nobody could hear is said again."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from voice_coach.core.events import Trouble
from voice_coach.core.moments import TICKS
from voice_coach.core.wording import Message

if TYPE_CHECKING:
    from collections.abc import Mapping

    from voice_coach.core.events import TroubleBegan, TroubleOver
    from voice_coach.core.state import Session
    from voice_coach.core.turn import Turn

TOLD_AFTER_SECONDS = 3.0
"""What is over sooner is not worth a word."""
TOLD: Mapping[Trouble, Message] = {
    Trouble.NO_MICROPHONE: Message.TROUBLE_NO_MICROPHONE,
    Trouble.SILENT_MICROPHONE: Message.TROUBLE_SILENT_MICROPHONE,
    Trouble.CLIPPING_MICROPHONE: Message.TROUBLE_CLIPPING_MICROPHONE,
    Trouble.DAMAGED_NOTES: Message.TROUBLE_DAMAGED_NOTES,
    Trouble.UNREADABLE_NOTES: Message.TROUBLE_UNREADABLE_NOTES,
    Trouble.UNKEPT_NOTES: Message.TROUBLE_UNKEPT_NOTES,
    Trouble.DAMAGED_SETTINGS: Message.TROUBLE_DAMAGED_SETTINGS,
}
"""The other ones are shown only: a recogniser is back in no time, and without a speaker there is no telling."""
DEAFENING = frozenset({Trouble.NO_MICROPHONE, Trouble.SILENT_MICROPHONE, Trouble.NO_RECOGNISER})
"""While one of these lasts, nothing that is said is heard."""


def begin(turn: Turn, event: TroubleBegan) -> Turn:
    """Show it, and tell it later if it lasts."""
    session, trouble = turn.session, event.trouble
    if trouble in session.troubles:
        return turn
    session = replace(session, troubles=session.troubles | {trouble})
    if trouble in TOLD:
        session = replace(session, untold=(*session.untold, (session.now + TOLD_AFTER_SECONDS, trouble)))
    if trouble is Trouble.NO_SPEAKER and session.saying:
        session = replace(session, saying=None, unsaid=session.saying.text)
    if trouble is Trouble.NO_RECOGNISER:
        session = replace(session, is_listening=False)
    return turn.becoming(session)


def end(turn: Turn, event: TroubleOver) -> Turn:
    """Forget it. When it was the speaker, say what could not be heard and still matters."""
    session, trouble = turn.session, event.trouble
    if trouble not in session.troubles:
        return turn
    untold = tuple(one for one in session.untold if one[1] is not trouble)
    turn = turn.becoming(replace(session, troubles=session.troubles - {trouble}, untold=untold))
    return _say_what_was_missed(turn) if trouble is Trouble.NO_SPEAKER else turn


def tell(turn: Turn) -> Turn:
    """Tell the first trouble that has lasted; for when the coach is free to speak."""
    session = turn.session
    due = next((trouble for at, trouble in session.untold if at <= session.now), None)
    if due is None:
        return turn
    untold = tuple(one for one in session.untold if one[1] is not due)
    return turn.becoming(replace(session, untold=untold)).telling(TOLD[due])


def next_telling_at(session: Session) -> float | None:
    """When the next one is to be told, monotonic seconds."""
    return min((at for at, _ in session.untold), default=None)


def _say_what_was_missed(turn: Turn) -> Turn:
    """An open question is asked again; in the hold the time that is left now counts, elsewhere the last sentence."""
    session, unsaid = turn.session, turn.session.unsaid
    question, holding = session.question, session.holding
    turn = turn.becoming(replace(session, unsaid=""))
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
