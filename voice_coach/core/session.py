"""The coach: a session and an event make the next session and the commands that bring it about. Pure.

This is the door to the core. Behind it: `transitions` (what happens when something is heard), `moves` and `answers`
(how), `hardly_heard` (when it was not clear), `timing` (what happens by itself), `listening` (what may be heard),
`foresight` (what will be said), `troubles` (what an edge cannot do), `snapshot` and `restoring` (a session that
survives).
"""

from __future__ import annotations

from dataclasses import replace
from itertools import takewhile
from typing import TYPE_CHECKING, assert_never

from voice_coach.core import troubles
from voice_coach.core.commands import Command, Hush, Keep, Prepare, Quit, Record, Save, Show, Voice
from voice_coach.core.events import (
    EarsReady,
    Event,
    Heard,
    Remembered,
    Restored,
    SpeechEnded,
    Started,
    Ticked,
    TroubleBegan,
    TroubleOver,
    Unheard,
    VoiceActivity,
)
from voice_coach.core.foresight import likely_texts, situation_of
from voice_coach.core.greeting import greet
from voice_coach.core.hardly_heard import consider
from voice_coach.core.intents import ANSWERS
from voice_coach.core.knowledge import tell_past
from voice_coach.core.listening import SITUATIONS, listening_for, listening_in
from voice_coach.core.obedience import obey
from voice_coach.core.restoring import restore, snapshot_of
from voice_coach.core.showing import view_of
from voice_coach.core.state import LastHeard, Session
from voice_coach.core.timing import catch_up, is_too_late, next_deadline, order_cues, say_moment
from voice_coach.core.turn import Turn
from voice_coach.routines import Hold

if TYPE_CHECKING:
    from collections.abc import Mapping

    from voice_coach.core.intents import Intent
    from voice_coach.core.wording import Wording
    from voice_coach.routines import Routine, Skin

__all__ = ["SITUATIONS", "Session", "listening_for", "listening_in", "new_session", "next_deadline", "step"]


def new_session(  # noqa: PLR0913 - all that a session can be told, once, by the command line
    routine: Routine,
    wording: Wording,
    *,
    voice: Voice | None = None,
    hold_seconds: float | None = None,
    keys: Mapping[Intent, str] | None = None,
    routines: Mapping[str, Routine] | None = None,
    skin: Skin | None = None,
    is_brief: bool = False,
) -> Session:
    """A session before its first event, which should be Started.

    Args:
        routine: What to lead through.
        wording: How to word everything else, in the same language.
        voice: How to speak.
        hold_seconds: How long a mask stays on, whichever it is; as its routine has it for the skin if not given.
        keys: The names of the keys that stand for intents; none where the face has no keys.
        routines: What else can be chosen by voice, by the routines' ids.
        skin: The person's, if they have told it.
        is_brief: Whether they want to hear only what to do.

    Raises:
        ContentError: no mask may stay on for so long, or so shortly.
    """
    wished = None if hold_seconds is None else Hold(hold_seconds).seconds
    session = Session(
        routine,
        routines or {routine.id: routine},
        wording,
        voice or Voice(),
        0.0,
        wished,
        keys or {},
        is_brief=is_brief,
    )
    return replace(session, skin=skin).with_routine(routine)


def step(session: Session, event: Event) -> tuple[Session, tuple[Command, ...]]:
    """Take one event.

    Returns:
        The session as it is now, and what the edges must do for it, in this order.
    """
    turn = Turn(replace(session, now=max(session.now, event.at)))
    is_of_before = is_too_late(turn.session, event)
    turn = catch_up(turn, event)
    turn = turn if is_of_before else _react(turn, event)
    turn = order_cues(turn)
    turn = say_moment(turn)
    return _conclude(session, turn)


def _react(turn: Turn, event: Event) -> Turn:
    session = turn.session
    match event:
        case Started():
            turn = greet(
                turn.becoming(replace(session, past=event.past)),
                is_daytime=event.is_daytime,
                is_aloud=event.is_greeting,
            )
        case Restored():
            turn = restore(turn.becoming(replace(session, past=event.past)), event)
        case Heard():
            doubts = session.doubts if event.intent in ANSWERS else session.doubts.understood()
            turn = obey(turn.becoming(replace(session, heard=LastHeard(event.text), doubts=doubts)), event)
        case Unheard():
            turn = consider(turn, event)
        case SpeechEnded():
            is_current = session.saying is not None and session.saying.utterance_id == event.utterance_id
            turn = turn.becoming(replace(session, saying=None)) if is_current else turn
        case EarsReady() | VoiceActivity() | Remembered() | TroubleBegan() | TroubleOver():
            turn = _react_to_edge(turn, event)
        case Ticked():
            pass  # that time has passed is seen to at every event
        case _:
            assert_never(event)
    return turn


def _react_to_edge(turn: Turn, event: EarsReady | VoiceActivity | Remembered | TroubleBegan | TroubleOver) -> Turn:
    """What an edge tells of itself."""
    match event:
        case EarsReady():
            return turn.becoming(replace(turn.session, is_listening=True))
        case VoiceActivity():
            return turn.becoming(replace(turn.session, is_hearing=event.is_active))
        case Remembered():
            return tell_past(turn.becoming(replace(turn.session, past=event.past)))
        case TroubleBegan():
            return troubles.begin(turn, event)
        case TroubleOver():
            return troubles.end(turn, event)


def _conclude(before: Session, turn: Turn) -> tuple[Session, tuple[Command, ...]]:
    """Tell every edge what it needs to know of the new session."""
    session, snapshot = turn.session, snapshot_of(turn.session)
    if snapshot != session.kept:
        turn = turn.becoming(replace(session, kept=snapshot)).ordering(Keep(snapshot))
        session = turn.session
    if before.is_new or listening_for(session) != listening_for(before):
        turn = turn.ordering(listening_for(session))
    turn = turn.ordering(Show(view_of(session)))
    turn = _preparing(turn)
    if turn.session.is_over:
        turn = turn.ordering(Quit())
    return turn.session, _kept_first(turn.commands)


def _preparing(turn: Turn) -> Turn:
    """Let the mouth render ahead what will probably be said, when that may have changed."""
    session, situation = turn.session, situation_of(turn.session)
    if session.prepared and situation == session.prepared_for:
        return turn
    texts = likely_texts(session, obey)
    turn = turn.becoming(replace(session, prepared=texts, prepared_for=situation))
    return turn if texts == session.prepared else turn.ordering(Prepare(texts, session.voice))


def _kept_first(commands: tuple[Command, ...]) -> tuple[Command, ...]:
    """What must not be lost is on the disk before anybody hears of it; only to fall silent waits for no disk."""
    hushes = tuple(takewhile(lambda command: isinstance(command, Hush), commands))
    rest = commands[len(hushes) :]
    return (*hushes, *sorted(rest, key=lambda command: not isinstance(command, Keep | Save | Record)))
