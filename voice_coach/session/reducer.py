"""The step from a session and an event to the next session and the commands that go with it."""

from __future__ import annotations

from dataclasses import replace
from itertools import takewhile
from typing import TYPE_CHECKING, assert_never

from voice_coach.language.intents import ANSWERS, PEOPLE
from voice_coach.routines import Hold
from voice_coach.session import faults
from voice_coach.session.clarification import handle_rejected
from voice_coach.session.commands import (
    AppendHistory,
    Command,
    Hush,
    Prepare,
    Quit,
    SavePreferences,
    SaveSnapshot,
    Show,
    Voice,
)
from voice_coach.session.dispatch import dispatch, is_for_others
from voice_coach.session.events import (
    CommandHeard,
    CommandRejected,
    EarsReady,
    Event,
    FaultCleared,
    FaultRaised,
    HistoryLoaded,
    Restored,
    SpeechEnded,
    Started,
    Ticked,
    VoiceActivity,
)
from voice_coach.session.explanations import greet, tell_past
from voice_coach.session.listening import listening_for
from voice_coach.session.persistence import restore, snapshot_of
from voice_coach.session.prefetch import situation_of, texts_to_prefetch
from voice_coach.session.scheduling import (
    announce,
    catch_up,
    is_too_late,
    order_cues,
)
from voice_coach.session.state import LastHeard, Session
from voice_coach.session.turn import Turn
from voice_coach.session.view_builder import build_view

if TYPE_CHECKING:
    from collections.abc import Mapping

    from voice_coach.language.intents import Intent
    from voice_coach.language.wording import Wording
    from voice_coach.routines import Routine, Skin


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
    person: str = PEOPLE[0],
    languages: Mapping[str, str] | None = None,
) -> Session:
    """Make a session before its first event, which should be Started or Restored.

    Args:
        routine: The routine to lead through.
        wording: The sentences of the coach, in the language of the routine.
        voice: The speed and the volume of speech.
        hold_seconds: Seconds that any mask stays on; if not given, the routine and the skin type decide.
        keys: The names of the keys that give intents; empty when the face has no keys.
        routines: All routines that can be chosen by voice, by their ids; only `routine` if not given.
        skin: The person's skin type, if they have told it.
        is_brief: Whether the person wants to hear only what to do, not how.
        person: The one of PEOPLE whom the coach leads.
        languages: The languages that can be chosen by voice, each by its code with its own name; only that of
            `wording` if not given.

    Raises:
        ContentError: hold_seconds is longer than any mask may stay on, or not above 0.
    """
    wanted = None if hold_seconds is None else Hold(hold_seconds).seconds
    session = Session(
        routine,
        routines or {routine.id: routine},
        wording,
        voice or Voice(),
        0.0,
        wanted,
        keys or {},
        is_brief=is_brief,
        person=person,
        languages=languages or {},
    )
    return replace(session, skin=skin).with_routine(routine)


def step(session: Session, event: Event) -> tuple[Session, tuple[Command, ...]]:
    """Compute the effect of one event. This is the only function that makes a new session from an event.

    Returns:
        The new session, and the commands that the edges must carry out, in their order.
    """
    turn = Turn(_attended(replace(session, now=max(session.now, event.at)), event))
    is_outdated = is_too_late(turn.session, event)
    turn = catch_up(turn, event)
    turn = turn if is_outdated else _react(turn, event)
    turn = order_cues(turn)
    turn = announce(turn, event)
    return _conclude(session, turn)


def _attended(session: Session, event: Event) -> Session:
    """Return the session that knows when it last had the person's attention, or noticed a voice."""
    match event:
        case CommandHeard() | SpeechEnded() | Started() | Restored():
            return replace(session, attended_at=session.now)
        case CommandRejected() if event.is_borderline:
            return replace(session, attended_at=session.now)
        case VoiceActivity():
            return replace(session, voice_at=session.now)
        case _:
            return session


def _react(turn: Turn, event: Event) -> Turn:
    session = turn.session
    match event:
        case Started():
            is_unknown = event.is_first and event.is_greeting
            turn = greet(
                turn.becoming(replace(session, past=event.past, is_unknown=is_unknown)),
                is_daytime=event.is_daytime,
                is_aloud=event.is_greeting,
            )
        case Restored():
            turn = restore(turn.becoming(replace(session, past=event.past)), event)
        case CommandHeard() if is_for_others(session, event):
            pass
        case CommandHeard():
            clarifications = session.clarifications if event.intent in ANSWERS else session.clarifications.understood()
            heard = LastHeard(event.text, intent=event.intent)
            turn = _known_from_now_on(turn)
            turn = dispatch(turn.becoming(replace(turn.session, heard=heard, clarifications=clarifications)), event)
        case CommandRejected():
            turn = handle_rejected(turn, event)
        case SpeechEnded():
            is_current = session.saying is not None and session.saying.utterance_id == event.utterance_id
            turn = _after_speech(turn) if is_current else turn
        case EarsReady() | VoiceActivity() | HistoryLoaded() | FaultRaised() | FaultCleared():
            turn = _react_to_edge(turn, event)
        case Ticked():
            pass  # `catch_up` and `announce` look at the time at every event
        case _:
            assert_never(event)
    return turn


def _after_speech(turn: Turn) -> Turn:
    """Be silent; where the coach has just introduced itself, let the memory know, so that it does not do so again."""
    turn = turn.becoming(replace(turn.session, saying=None))
    return turn.ordering(SaveSnapshot(None)) if turn.session.is_unknown else turn


def _known_from_now_on(turn: Turn) -> Turn:
    """Note with the first command that the person knows of the coach, even if it did not come to introduce itself."""
    if not turn.session.is_unknown:
        return turn
    return turn.becoming(replace(turn.session, is_unknown=False)).ordering(SaveSnapshot(None))


def _react_to_edge(turn: Turn, event: EarsReady | VoiceActivity | HistoryLoaded | FaultRaised | FaultCleared) -> Turn:
    """Handle an event in which an edge reports its state, or the memory answers a question."""
    match event:
        case EarsReady():
            return turn.becoming(replace(turn.session, is_listening=True))
        case VoiceActivity():
            return turn.becoming(replace(turn.session, is_hearing=event.is_active))
        case HistoryLoaded():
            return tell_past(turn.becoming(replace(turn.session, past=event.past)))
        case FaultRaised():
            return faults.raise_fault(turn, event)
        case FaultCleared():
            return faults.clear_fault(turn, event)


def _conclude(before: Session, turn: Turn) -> tuple[Session, tuple[Command, ...]]:
    """Add the commands that tell every edge what it needs to know about the new session."""
    session, snapshot = turn.session, snapshot_of(turn.session)
    if snapshot != session.last_snapshot:
        turn = turn.becoming(replace(session, last_snapshot=snapshot)).ordering(SaveSnapshot(snapshot))
        session = turn.session
    if before.is_new or listening_for(session) != listening_for(before):
        turn = turn.ordering(listening_for(session))
    turn = turn.ordering(Show(build_view(session)))
    turn = _preparing(turn)
    if turn.session.is_over:
        turn = turn.ordering(Quit(turn.session.next_person, turn.session.next_language))
    return turn.session, _kept_first(turn.commands)


def _preparing(turn: Turn) -> Turn:
    """Tell the mouth which sentences to synthesize ahead, when these have changed."""
    session, situation = turn.session, situation_of(turn.session)
    if session.prepared and situation == session.prepared_for:
        return turn
    texts = texts_to_prefetch(session, dispatch)
    turn = turn.becoming(replace(session, prepared=texts, prepared_for=situation))
    return turn if texts == session.prepared else turn.ordering(Prepare(texts, session.voice))


def _kept_first(commands: tuple[Command, ...]) -> tuple[Command, ...]:
    """Put the commands that save something first, after any Hush, so that nothing is spoken before it is saved."""
    hushes = tuple(takewhile(lambda command: isinstance(command, Hush), commands))
    rest = commands[len(hushes) :]
    return (
        *hushes,
        *sorted(rest, key=lambda command: not isinstance(command, SaveSnapshot | SavePreferences | AppendHistory)),
    )
