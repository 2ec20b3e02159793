"""Whatever happens: a hardly heard "it stings" is never lost, and the coach's doubts never stand in the way."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given

from tests.session.conversation import Conversation
from tests.session.histories import (
    QUICK,
    doubtful_holds,
    histories,
    holds,
    live,
)
from voice_coach.language.intents import ANSWERS, Intent
from voice_coach.routines import Phase
from voice_coach.session import step
from voice_coach.session.commands import Hush, Speak
from voice_coach.session.events import CommandHeard, CommandRejected, Event, RejectionReason, Via
from voice_coach.session.scheduling import next_deadline
from voice_coach.session.state import Question, Session
from voice_coach.session.turn import CLARIFICATION_SECONDS


def test_a_hardly_heard_sting_is_asked_about_at_once_whatever_is_going_on() -> None:
    conversation = Conversation.at(Phase.HOLDING)
    conversation.nearly_hear(Intent.PAUSE)
    conversation.hear(Intent.NO)
    conversation.hear(Intent.QUIT)
    for _ in range(2):
        assert conversation.nearly_hear(Intent.STINGS) == "Are you in pain?"
        conversation.hear(Intent.NO)
    assert conversation.remaining
    conversation.nearly_hear(Intent.STINGS)
    assert "Cool water" in conversation.hear(Intent.YES)
    assert conversation.phase is Phase.REMOVING


def test_a_sting_hardly_heard_twice_is_believed() -> None:
    conversation = Conversation.at(Phase.HOLDING)
    conversation.nearly_hear(Intent.STINGS, "it stings")
    assert "Cool water" in conversation.nearly_hear(Intent.STINGS, "it burns")
    assert isinstance(conversation.last[0], Hush)
    assert conversation.phase is Phase.REMOVING
    assert "cool water" in conversation.nearly_hear(Intent.STINGS), "who has been helped is not asked"


def test_a_yes_hardly_heard_after_the_question_about_pain_is_believed_and_only_then() -> None:
    conversation = Conversation.at(Phase.HOLDING)
    conversation.nearly_hear(Intent.YES, "yes")
    assert conversation.nearly_hear(Intent.STINGS, "it stings") == "Are you in pain?"
    assert "Cool water" in conversation.nearly_hear(Intent.YES, "yes")
    assert conversation.phase is Phase.REMOVING


def test_a_sting_hardly_heard_during_the_goodbye_is_believed_as_there_is_no_time_to_ask() -> None:
    conversation = Conversation.at(Phase.APPLYING)
    conversation.hear(Intent.QUIT)
    conversation.hear(Intent.YES)
    assert "Cool water" in conversation.nearly_hear(Intent.STINGS)
    assert not conversation.session.is_leaving


@QUICK
@given(histories | doubtful_holds, holds)
def test_in_no_hold_it_is_asked_twice(history: list[tuple[float, Event]], hold_seconds: float) -> None:
    questions = 0
    for _, event, after, commands in live(history, hold_seconds):
        if after.holding is None:
            questions = 0
        elif isinstance(event, CommandRejected):
            questions += sum("was that for me" in command.text for command in commands if isinstance(command, Speak))
        assert questions <= 1


def _unprepared(session: Session) -> Session:
    return replace(session, question=None, prepared=(), prepared_for=None)


@QUICK
@given(histories | doubtful_holds, holds)
def test_the_question_blocks_no_command(history: list[tuple[float, Event]], hold_seconds: float) -> None:
    for before, event, after, _ in live(history, hold_seconds):
        is_command = isinstance(event, CommandHeard) and event.intent not in {*ANSWERS, Intent.REPEAT, Intent.HELP}
        is_heard_asleep = isinstance(event, CommandHeard) and (  # a question wakes the coach
            len(event.text.split()) > 1 or event.via is not Via.VOICE
        )
        if _doubt(before) and is_command and is_heard_asleep:
            without, _ = step(replace(before, question=None), event)
            assert (after.phase, after.position) == (without.phase, without.position)
            assert _unprepared(after) == _unprepared(without)


@QUICK
@given(histories | doubtful_holds, holds)
def test_silence_always_ends_the_question(history: list[tuple[float, Event]], hold_seconds: float) -> None:
    session = live(history, hold_seconds)[-1][2]
    if _doubt(session):
        deadline = next_deadline(session)
        assert deadline is not None
        assert session.question
        assert deadline <= session.question.lapses_at <= session.now + CLARIFICATION_SECONDS


@QUICK
@given(histories | doubtful_holds, holds)
def test_no_hardly_heard_sting_is_swallowed(history: list[tuple[float, Event]], hold_seconds: float) -> None:
    session = live(history, hold_seconds)[-1][2]
    near = CommandRejected(
        text="it hurts", reason=RejectionReason.UNCLEAR, intent=Intent.STINGS, is_borderline=True, at=session.now
    )
    asked, commands = step(session, near)
    answer = [command.text for command in commands if isinstance(command, Speak)][-1]
    assert answer == "Are you in pain?" or answer.startswith(("Take it off", "Keep going"))
    _, commands = step(asked, near)
    assert [command.text for command in commands if isinstance(command, Speak)][-1].startswith(
        ("Take it off", "Keep going")
    )


def _doubt(session: Session) -> bool:
    return session.question is not None and session.question.question is Question.HEARD_RIGHT
