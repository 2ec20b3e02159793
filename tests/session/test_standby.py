"""After "go to sleep" the coach takes nothing but its wake phrase and pain, until it is woken."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.session.conversation import Conversation
from tests.session.test_attention import attention_of
from voice_coach.language.intents import ANSWERS, Intent
from voice_coach.routines import Phase
from voice_coach.session.events import CommandHeard, Restored, Via, VoiceActivity
from voice_coach.session.view import Attention

PHASES = list(Phase)
PRESSES = [via for via in Via if via not in {Via.VOICE, Via.PROGRAM}]


def asleep(phase: Phase) -> Conversation:
    conversation = Conversation.at(phase)
    conversation.hear(Intent.SLEEP)
    conversation.wait(5)
    return conversation


def by(conversation: Conversation, via: Via, intent: Intent) -> str:
    conversation.send(CommandHeard(intent=intent, via=via))
    return conversation.answer


@pytest.mark.parametrize("phase", PHASES)
def test_it_takes_only_the_wake_phrase_and_pain(phase: Phase) -> None:
    conversation = Conversation.at(phase)
    assert conversation.hear(Intent.SLEEP) == 'All right. Say "wake up coach" when you need me.'
    conversation.wait(5)
    assert conversation.listen.intents == {Intent.WAKE, Intent.STINGS}
    assert conversation.listen.shortest_words == 2
    assert attention_of(conversation) is Attention.STANDBY
    assert conversation.view.may_say == ("wake up coach",)
    assert conversation.hear(Intent.WAKE) == "I'm listening."
    assert Intent.NEXT in conversation.listen.intents
    assert attention_of(conversation) is Attention.LISTENING


@pytest.mark.parametrize("phase", PHASES)
def test_all_else_that_is_said_changes_nothing_and_is_not_shown(phase: Phase) -> None:
    conversation = asleep(phase)
    before = conversation.view
    for intent in set(Intent) - ANSWERS - {Intent.WAKE, Intent.STINGS}:
        assert conversation.hear(intent) == ""
        assert conversation.nearly_hear(intent) == ""
    conversation.send(VoiceActivity(is_active=True))
    assert replace(conversation.view, countdown=None) == replace(before, countdown=None)
    assert attention_of(conversation) is Attention.STANDBY


@pytest.mark.parametrize("phase", PHASES)
def test_pain_is_heard_and_wakes_it(phase: Phase) -> None:
    conversation = asleep(phase)
    assert conversation.hear(Intent.STINGS).startswith("Take it off now")
    assert attention_of(conversation) is Attention.LISTENING


def test_what_is_nearly_pain_is_asked_about_and_the_answer_is_taken() -> None:
    conversation = asleep(Phase.HOLDING)
    assert conversation.nearly_hear(Intent.STINGS) == "Are you in pain?"
    assert {Intent.YES, Intent.NO} < conversation.listen.intents
    conversation.hear(Intent.YES)
    assert conversation.view.is_in_pain
    assert attention_of(conversation) is Attention.LISTENING


def test_a_no_to_that_question_lets_it_sleep_on() -> None:
    conversation = asleep(Phase.HOLDING)
    conversation.nearly_hear(Intent.STINGS)
    conversation.hear(Intent.NO)
    conversation.wait(5)
    assert attention_of(conversation) is Attention.STANDBY


@pytest.mark.parametrize("via", PRESSES)
def test_whoever_presses_something_wakes_it_and_is_obeyed(via: Via) -> None:
    conversation = asleep(Phase.APPLYING)
    assert by(conversation, via, Intent.REPEAT)
    assert attention_of(conversation) is Attention.LISTENING


def test_another_program_is_obeyed_but_opens_no_ears_unless_it_asks_for_that() -> None:
    conversation = asleep(Phase.APPLYING)
    assert by(conversation, Via.PROGRAM, Intent.REPEAT)
    assert attention_of(conversation) is Attention.STANDBY
    by(conversation, Via.PROGRAM, Intent.WAKE)
    assert attention_of(conversation) is Attention.LISTENING


def test_a_mask_ends_in_time_and_nothing_is_said_unasked_besides() -> None:
    conversation = asleep(Phase.HOLDING)
    conversation.wait(3600)
    assert conversation.phase is Phase.REMOVING
    assert attention_of(conversation) is Attention.STANDBY
    said = len(conversation.texts)
    conversation.wait(3600)
    assert conversation.texts[said:] == []


def test_it_sleeps_on_after_a_crash() -> None:
    conversation = asleep(Phase.HOLDING)
    snapshot = conversation.session.last_snapshot
    assert snapshot is not None
    again = Conversation(now=conversation.now)
    again.send(Restored(is_daytime=True, snapshot=snapshot, taken_at=again.now, away_seconds=0.0, read_at=again.now))
    assert again.session.is_on_standby
