"""Several people share one coach: whoever says who they are is led by their own skin and history."""

from __future__ import annotations

import pytest

from tests.session.conversation import Conversation
from voice_coach.language.intents import Intent
from voice_coach.routines import Phase
from voice_coach.session.commands import Quit, SaveSnapshot
from voice_coach.session.events import SpeechEnded

AT_REST = (Phase.IDLE, Phase.DONE)


def ends_with(conversation: Conversation) -> set[Quit]:
    conversation.wait(10)
    return {command for command in conversation.all if isinstance(command, Quit)}


@pytest.mark.parametrize("phase", AT_REST)
def test_the_coach_begins_anew_for_who_says_who_they_are(phase: Phase) -> None:
    conversation = Conversation.at(phase)
    assert conversation.hear(Intent.PERSON, slot_value="two") == "Person two, then. One moment."
    assert SaveSnapshot(None) in conversation.all
    assert ends_with(conversation) == {Quit("two")}


@pytest.mark.parametrize("phase", [phase for phase in Phase if phase not in AT_REST])
def test_in_a_routine_nobody_takes_over(phase: Phase) -> None:
    conversation = Conversation.at(phase)
    assert conversation.hear(Intent.PERSON, slot_value="two") == "Let's finish this first."
    assert ends_with(conversation) == set()
    assert conversation.session.person == "one"


def test_nor_while_a_timer_runs_which_would_be_lost() -> None:
    conversation = Conversation.at(Phase.IDLE)
    conversation.hear(Intent.TIMER, slot_value="tea", minutes=5)
    assert conversation.hear(Intent.PERSON, slot_value="two") == "Let's finish this first."


@pytest.mark.parametrize("value", ["", "one"])
def test_who_is_led_already_is_told_so(value: str) -> None:
    conversation = Conversation.at(Phase.IDLE)
    assert conversation.hear(Intent.PERSON, slot_value=value) == "You're person one."
    assert ends_with(conversation) == set()


def test_a_goodbye_ends_the_coach_for_everybody() -> None:
    conversation = Conversation.at(Phase.IDLE)
    conversation.hear(Intent.QUIT)
    conversation.send(SpeechEnded(utterance_id=conversation.session.last_utterance_id))
    assert ends_with(conversation) == {Quit()}
