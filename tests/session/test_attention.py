"""Whether the coach hears is told truly by every view: loading, listening, deaf, closed."""

from __future__ import annotations

import pytest
from hypothesis import given

from tests.session.conversation import Conversation
from tests.session.histories import QUICK, histories, live
from tests.session.test_faults import began, over, troubled
from voice_coach.language.intents import Intent
from voice_coach.routines import Phase
from voice_coach.session.commands import Quit, Show
from voice_coach.session.events import (
    EarsReady,
    Event,
    Fault,
    SpeechEnded,
    Started,
)
from voice_coach.session.faults import DEAFENING
from voice_coach.session.view import Attention

HEARS_NEVERTHELESS = {Fault.CLIPPING_MICROPHONE}
"""Troubles of the ears with which something is heard."""


def attention_of(conversation: Conversation) -> Attention:
    """As the last view tells it."""
    return conversation.view.attention


def test_it_loads_and_then_listens() -> None:
    conversation = Conversation()
    conversation.send(Started(is_daytime=True))
    assert attention_of(conversation) is Attention.LOADING
    conversation.send(EarsReady(engine="test"))
    assert attention_of(conversation) is Attention.LISTENING


def test_every_trouble_of_the_ears_is_known_to_deafen_or_not() -> None:
    of_the_ears = {trouble for trouble in Fault if "microphone" in trouble.value or "recogniser" in trouble.value}
    assert of_the_ears == DEAFENING | HEARS_NEVERTHELESS


@pytest.mark.parametrize("trouble", [trouble for trouble in Fault if trouble in DEAFENING])
def test_it_never_says_that_it_listens_while_it_hears_nothing(trouble: Fault) -> None:
    conversation = Conversation.at(Phase.APPLYING)
    assert conversation.view.may_say
    began(conversation, trouble)
    assert attention_of(conversation) is Attention.DEAF
    assert not conversation.view.may_say, "nothing that is said now is heard"
    conversation.send(EarsReady(engine="test"))
    assert attention_of(conversation) is Attention.DEAF, "a recogniser without a microphone hears nothing"
    over(conversation, trouble)
    assert attention_of(conversation) is Attention.LISTENING
    assert conversation.view.may_say


def test_without_a_microphone_at_the_start_it_is_deaf_and_does_not_load() -> None:
    conversation = Conversation()
    conversation.send(Started(is_daytime=True))
    began(conversation, Fault.NO_MICROPHONE)
    assert attention_of(conversation) is Attention.DEAF
    over(conversation, Fault.NO_MICROPHONE)
    assert attention_of(conversation) is Attention.LOADING


@pytest.mark.parametrize("phase", Phase)
def test_at_quit_the_last_view_says_that_it_is_closed(phase: Phase) -> None:
    conversation = Conversation.at(phase)
    conversation.hear(Intent.QUIT)
    if conversation.view.question:
        conversation.hear(Intent.YES)
    assert attention_of(conversation) is Attention.LISTENING, "it still says goodbye"
    last = conversation.session.last_utterance_id
    *_, show, quit_ = conversation.send(SpeechEnded(utterance_id=last))
    assert isinstance(quit_, Quit)
    assert isinstance(show, Show)
    view = show.view
    assert view.attention is Attention.CLOSED
    assert (view.saying, view.question, view.may_say, view.is_hearing) == ("", "", (), False)


@QUICK
@given(histories, troubled)
def test_it_is_closed_exactly_when_it_quits_and_deaf_exactly_while_a_trouble_deafens(
    history: list[tuple[float, Event]], troubles: list[tuple[float, Event]]
) -> None:
    steps = list(live([both for pair in zip(history, troubles, strict=False) for both in pair]))
    for _, _, session, commands in steps:
        attention = next(command.view.attention for command in commands if isinstance(command, Show))
        assert (attention is Attention.CLOSED) == any(isinstance(command, Quit) for command in commands)
        if attention is not Attention.CLOSED:
            assert (attention is Attention.DEAF) == bool(session.faults & DEAFENING)
