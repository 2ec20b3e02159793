"""Whatever happens, in whatever order, the session stays sane."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import example, given

from tests.session.histories import QUICK, histories, holds, live
from voice_coach.language.intents import ANSWERS, YES_OR_NO, Intent
from voice_coach.routines import LONGEST_HOLD_SECONDS, Phase
from voice_coach.session import step
from voice_coach.session.commands import (
    Cue,
    Hush,
    Listen,
    Show,
    Sound,
    Speak,
)
from voice_coach.session.events import (
    CommandHeard,
    CommandRejected,
    Event,
    SpeechEnded,
    Ticked,
)
from voice_coach.session.listening import ON_STANDBY, listening_for
from voice_coach.session.scheduling import next_deadline
from voice_coach.session.transitions import QUESTIONS, TIME_IS_UP, TRANSITIONS

if TYPE_CHECKING:
    from voice_coach.session.state import Session


@QUICK
@given(histories, holds)
def test_any_history_leaves_a_sane_session(history: list[tuple[float, Event]], hold_seconds: float) -> None:
    for _, _, session, commands in live(history, hold_seconds):
        assert (session.holding is not None) <= (session.position == session.routine.hold_position)
        assert session.is_paused == (session.phase is Phase.PAUSED)
        assert 0 <= session.remaining_seconds <= LONGEST_HOLD_SECONDS
        assert all(command.text.strip() for command in commands if isinstance(command, Speak))
        assert sum(isinstance(command, Show) for command in commands) == 1
        assert all(session.prepared), "nothing empty is prepared"
        deadline = next_deadline(session)
        assert deadline is None or deadline > session.now, "or the loop would spin"


@QUICK
@given(histories, holds)
def test_yes_and_no_are_listened_for_exactly_while_a_question_is_open(
    history: list[tuple[float, Event]], hold_seconds: float
) -> None:
    told: Listen | None = None
    for _, _, session, commands in live(history, hold_seconds):
        told = next((command for command in commands if isinstance(command, Listen)), told)
        assert told == listening_for(session), "the ears are told of every change"
        assert (told.intents >= YES_OR_NO) == told.question_is_open == (session.question is not None)
        commands_taken = ON_STANDBY if session.is_on_standby else frozenset(Intent) - ANSWERS
        assert told.intents - ANSWERS == commands_taken
        is_at_rest = session.is_on_standby or session.phase in {Phase.IDLE, Phase.DONE}
        assert told.shortest_words == (2 if is_at_rest and session.question is None else 1)


@QUICK
@given(histories, holds)
def test_remaining_time_never_grows_by_itself(history: list[tuple[float, Event]], hold_seconds: float) -> None:
    for before, event, after, _ in live(history, hold_seconds):
        is_asked_for = Intent.ADD_TIME in _wishes(before, event)
        if before.holding and after.holding and not is_asked_for:
            assert after.remaining_seconds <= before.remaining_seconds


@QUICK
@given(histories, holds)
def test_no_milestone_and_no_reminder_comes_twice_in_a_hold(
    history: list[tuple[float, Event]], hold_seconds: float
) -> None:
    told: list[str] = []
    for before, event, after, commands in live(history, hold_seconds):
        if after.holding is None or before.holding is None:
            told = []
        elif isinstance(event, Ticked | SpeechEnded):
            told += [command.text for command in commands if isinstance(command, Speak)]
            assert len(told) == len(set(told))


@QUICK
@given(histories, holds)
def test_speech_is_numbered_upwards_and_an_old_end_changes_nothing(
    history: list[tuple[float, Event]], hold_seconds: float
) -> None:
    last = 0
    for before, event, after, commands in live(history, hold_seconds, ends_speech=False):
        for command in commands:
            if isinstance(command, Speak):
                assert command.utterance_id == last + 1
                last = command.utterance_id
        if isinstance(event, SpeechEnded) and before.saying and event.utterance_id != before.saying.utterance_id:
            was_current = after.saying == before.saying or after.last_utterance_id > before.last_utterance_id
            assert was_current or after.now >= before.saying.given_up_at


@QUICK
@given(histories, holds)
def test_it_stings_always_wins(history: list[tuple[float, Event]], hold_seconds: float) -> None:
    session = live(history, hold_seconds)[-1][2]
    sting = CommandHeard(intent=Intent.STINGS, text="", is_confident=False, at=session.now)
    after, commands = step(session, sting)
    kinds = [type(command) for command in commands]
    assert kinds.index(Hush) < kinds.index(Speak)
    assert [command.text for command in commands if isinstance(command, Speak)][-1].startswith(
        ("Take it off", "Keep going")
    )
    assert after.holding is None
    assert after.question is None
    assert not any(isinstance(command, Cue) for command in commands[kinds.index(Hush) :])


@QUICK
@given(histories, holds)
def test_the_session_goes_only_where_the_table_says(history: list[tuple[float, Event]], hold_seconds: float) -> None:
    for before, event, after, _ in live(history, hold_seconds):
        if before.phase is after.phase:
            continue
        has_dozed_off = (before.phase, after.phase) == (Phase.DONE, Phase.IDLE) and after.is_asleep
        assert has_dozed_off or after.phase in _allowed(before, event) | _after_time_is_up(before, event)


def _wishes(before: Session, event: Event) -> set[Intent]:
    """What an event may ask for: what was heard, what a yes confirms, and what is believed though hardly heard."""
    match event:
        case CommandHeard(intent=intent):
            confirmed = before.question.command if before.question else None
            return {intent, confirmed.intent} if confirmed and intent is Intent.YES else {intent}
        case CommandRejected(intent=Intent.STINGS, is_borderline=True):
            return {Intent.STINGS}
        case _:
            return set()


def _allowed(before: Session, event: Event) -> frozenset[Phase]:
    if isinstance(event, CommandRejected) and _wishes(before, event):
        return TRANSITIONS[Intent.STINGS][before.phase].leads_to
    if not isinstance(event, CommandHeard) or event.intent is Intent.NO:
        return frozenset()
    if event.intent is Intent.YES:
        return QUESTIONS[before.question.question][before.phase].leads_to if before.question else frozenset()
    return TRANSITIONS[event.intent][before.phase].leads_to


def _after_time_is_up(before: Session, event: Event) -> frozenset[Phase]:
    """The countdown may end in the moment in which something is heard."""
    if before.phase is not Phase.HOLDING:
        return frozenset()
    then = TIME_IS_UP[Phase.HOLDING].leads_to
    if isinstance(event, CommandHeard) and event.intent not in ANSWERS:
        then = then.union(*(TRANSITIONS[event.intent][phase].leads_to for phase in then))
    return then


@QUICK
@given(histories)
@example([(1.0, CommandHeard(intent=Intent.START, text="start the mask"))])
def test_nothing_that_was_not_asked_for_ends_a_hold_early(history: list[tuple[float, Event]]) -> None:
    endings = {Intent.YES, Intent.STINGS}
    for before, event, after, _ in live(history):
        if before.holding and not after.holding:
            is_over = before.holding.over_at is not None and after.now >= before.holding.over_at
            assert is_over or endings & _wishes(before, event)


@QUICK
@given(histories, holds)
def test_every_hold_that_ends_in_time_has_chimed(history: list[tuple[float, Event]], hold_seconds: float) -> None:
    has_chimed = False
    for before, event, after, commands in live(history, hold_seconds):
        if before.holding is None or Hush() in commands:
            has_chimed = False
        has_chimed |= any(isinstance(command, Cue) and command.sound is Sound.CHIME for command in commands)
        if isinstance(event, Ticked) and before.holding and not after.holding:
            assert has_chimed


def test_every_phase_answers_every_intent_but_yes_and_no() -> None:
    assert set(TRANSITIONS) == set(Intent) - ANSWERS
    for intent, by_phase in TRANSITIONS.items():
        assert set(by_phase) == set(Phase), intent
