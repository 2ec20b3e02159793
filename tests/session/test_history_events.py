"""What the coach remembers of earlier masks, and what it tells the history of this one."""

from __future__ import annotations

import pytest

from tests.session.conversation import Conversation, fresh_session
from voice_coach.language.intents import Intent
from voice_coach.routines import Phase
from voice_coach.routines.past_masks import (
    Ending,
    Feeling,
    FeelingReported,
    HistorySummary,
    LastMask,
    SessionEnded,
    SessionStarted,
    StepReached,
)
from voice_coach.session.commands import QueryHistory
from voice_coach.session.events import EarsReady, HistoryLoaded, Started

TUESDAY = HistorySummary(LastMask(days_ago=3, weekday=1, routine="facial_mask"), in_week=1, in_month=4, total=30)
LONG_AGO = HistorySummary(LastMask(days_ago=20, weekday=1, routine="facial_mask"), in_month=1, total=30)
STUNG = HistorySummary(LastMask(days_ago=3, weekday=1, routine="facial_mask", feeling=Feeling.STUNG), 1, 4, 30)


def greeted_with(past: HistorySummary) -> Conversation:
    conversation = Conversation(fresh_session())
    conversation.send(Started(is_daytime=True, past=past))
    conversation.send(EarsReady(engine="test"))
    conversation.wait(8)
    return conversation


def test_the_greeting_tells_the_last_mask_and_how_often_is_enough() -> None:
    greeting = greeted_with(TUESDAY).texts[0]
    assert "Your last mask was on Tuesday. Twice a week is enough." in greeting
    assert greeting.endswith('Say "start the mask" whenever you like.')


def test_who_waited_long_enough_is_not_told_what_is_enough() -> None:
    greeting = greeted_with(LONG_AGO).texts[0]
    assert "three weeks ago" in greeting
    assert "is enough" not in greeting


def test_after_a_mask_that_stung_a_shorter_one_is_offered() -> None:
    conversation = greeted_with(STUNG)
    assert "Last time it stung. Shall we make it ten minutes today?" in conversation.hear(Intent.START)
    conversation.hear(Intent.YES)
    assert conversation.phase is Phase.BRIEFING
    assert conversation.session.hold_seconds == 600


def test_no_leaves_the_time_and_begins() -> None:
    conversation = greeted_with(STUNG)
    conversation.hear(Intent.START)
    conversation.hear(Intent.NO)
    assert conversation.phase is Phase.BRIEFING
    assert conversation.session.hold_seconds == 900


@pytest.mark.parametrize(
    ("intent", "answer"),
    [
        (Intent.HOW_OFTEN, "In the last seven days once, in the last thirty days four times. Twice a week is enough."),
        (Intent.LAST_MASK, "Your last mask was on Tuesday. Twice a week is enough."),
    ],
)
def test_the_memory_is_asked_and_its_answer_told(intent: Intent, answer: str) -> None:
    conversation = Conversation.begun()
    assert conversation.hear(intent) == ""
    assert QueryHistory() in conversation.last
    conversation.send(HistoryLoaded(past=TUESDAY))
    assert conversation.answer == answer


def test_without_any_mask_it_says_so() -> None:
    conversation = Conversation.begun()
    conversation.hear(Intent.LAST_MASK)
    conversation.send(HistoryLoaded(past=HistorySummary()))
    assert conversation.answer == "We haven't done a mask together yet."


def test_news_of_the_memory_that_nobody_asked_for_is_not_told() -> None:
    conversation = Conversation.begun()
    conversation.send(HistoryLoaded(past=TUESDAY))
    assert conversation.answer == ""


def test_the_history_is_told_of_a_mask_from_its_beginning_to_its_end() -> None:
    conversation = Conversation.begun(hold_seconds=30)
    conversation.hear(Intent.START)
    while conversation.phase is not Phase.DONE:
        conversation.wait(60)
        conversation.hear(Intent.NEXT)
    steps = conversation.session.routine.steps
    assert conversation.facts == [
        SessionStarted("facial_mask", "Facial mask", "facial", 30),
        *(StepReached(step.id, is_mask_on=step.id == "relax") for step in steps),
        SessionEnded(Ending.DONE),
    ]
    conversation.hear(Intent.FELT, slot_value="good")
    assert conversation.facts[-1] == FeelingReported(Feeling.GOOD)


def test_a_mask_that_stung_and_was_left_is_told_so() -> None:
    conversation = Conversation.at(Phase.HOLDING)
    conversation.hear(Intent.STINGS)
    conversation.hear(Intent.QUIT)
    conversation.hear(Intent.YES)
    assert conversation.facts[-2:] == [FeelingReported(Feeling.STUNG), SessionEnded(Ending.STUNG)]


def test_a_word_of_stinging_with_the_mask_on_is_no_note_for_later() -> None:
    conversation = Conversation.at(Phase.HOLDING)
    assert "Cool water" in conversation.hear(Intent.FELT, slot_value="stung")
    assert conversation.phase is Phase.REMOVING


def test_the_mask_just_done_is_the_last_one() -> None:
    conversation = Conversation.at(Phase.HOLDING)
    last = conversation.session.past.last
    assert last is not None
    assert last.days_ago == 0
    assert conversation.session.past.total == 1
