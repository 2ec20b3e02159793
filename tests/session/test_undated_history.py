"""A device whose clock nobody keeps still knows that there was a mask, and how it felt."""

from __future__ import annotations

from tests.session.conversation import Conversation
from voice_coach.language.intents import Intent
from voice_coach.routines.past_masks import Feeling, HistorySummary, LastMask
from voice_coach.session.events import EarsReady, HistoryLoaded, Started

UNDATED = HistorySummary(LastMask(days_ago=None, weekday=None, routine="facial_mask", feeling=Feeling.STUNG), total=1)


def greeted() -> Conversation:
    conversation = Conversation()
    conversation.send(Started(is_daytime=True, past=UNDATED))
    conversation.send(EarsReady(engine="test"))
    conversation.wait(5)
    return conversation


def test_the_greeting_names_no_day() -> None:
    said = " ".join(text for _, text in greeted().said)
    assert said
    assert "last mask was" not in said
    assert "  " not in said


def test_a_shorter_hold_is_offered_after_one_that_stung_on_a_day_that_nobody_knows() -> None:
    conversation = greeted()
    conversation.hear(Intent.START)
    assert conversation.question


def test_who_asks_for_the_last_mask_is_answered_without_a_day() -> None:
    conversation = greeted()
    conversation.hear(Intent.LAST_MASK)
    conversation.send(HistoryLoaded(past=UNDATED))
    _, said = conversation.said[-1]
    assert said.strip()
    assert "Your last mask was" not in said
