from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.session.conversation import SPEECH_SECONDS, Conversation
from tests.session.histories import QUICK, histories, live
from voice_coach.language.intents import Intent
from voice_coach.routines import Phase
from voice_coach.session.commands import Quit, Speak
from voice_coach.session.events import (
    EarsReady,
    Event,
    Fault,
    FaultCleared,
    FaultRaised,
    Started,
)
from voice_coach.session.faults import FAULT_MESSAGES, HEARS_NOW_AFTER
from voice_coach.session.scheduling import next_deadline

if TYPE_CHECKING:
    from random import Random

troubled = st.lists(
    st.tuples(
        st.sampled_from([0.0, 2.0, 9.0, 130.0]),
        st.one_of(
            st.builds(FaultRaised, fault=st.sampled_from(Fault)),
            st.builds(FaultCleared, fault=st.sampled_from(Fault)),
        ),
    ),
    max_size=12,
)


@QUICK
@given(histories, troubled, st.randoms(use_true_random=False))
def test_no_trouble_confuses_a_session(
    history: list[tuple[float, Event]], troubles: list[tuple[float, Event]], random: Random
) -> None:
    mixed = [*history, *troubles]
    random.shuffle(mixed)
    for _, _, session, commands in live(mixed):
        deadline = next_deadline(session)
        assert deadline is None or deadline > session.now, "or the loop would spin"
        if Fault.NO_SPEAKER in session.faults:
            assert not any(isinstance(command, Speak) for command in commands), "nobody would hear it"
            assert session.saying is None


def began(conversation: Conversation, trouble: Fault) -> None:
    conversation.send(FaultRaised(fault=trouble))


def over(conversation: Conversation, trouble: Fault) -> None:
    conversation.send(FaultCleared(fault=trouble))


@pytest.mark.parametrize("trouble", Fault)
def test_a_trouble_is_on_the_page_for_as_long_as_it_lasts(trouble: Fault) -> None:
    conversation = Conversation.at(Phase.APPLYING)
    began(conversation, trouble)
    assert len(conversation.view.faults) == 1
    over(conversation, trouble)
    assert not conversation.view.faults


@pytest.mark.parametrize("trouble", FAULT_MESSAGES)
def test_a_trouble_that_lasts_is_told_once(trouble: Fault) -> None:
    conversation = Conversation.at(Phase.APPLYING)
    before = len(conversation.texts)
    began(conversation, trouble)
    assert len(conversation.texts) == before
    conversation.wait(60)
    assert len(conversation.texts) == before + 1


def test_a_microphone_that_is_back_at_once_is_not_spoken_of() -> None:
    conversation = Conversation.at(Phase.APPLYING)
    before = len(conversation.texts)
    began(conversation, Fault.NO_MICROPHONE)
    conversation.wait(1)
    over(conversation, Fault.NO_MICROPHONE)
    conversation.wait(60)
    assert len(conversation.texts) == before


def test_a_recogniser_that_is_replaced_is_not_listening_meanwhile() -> None:
    conversation = Conversation.at(Phase.APPLYING)
    began(conversation, Fault.NO_RECOGNISER)
    assert not conversation.listens()
    conversation.send(EarsReady(engine="test"))
    over(conversation, Fault.NO_RECOGNISER)
    assert conversation.listens()


def test_a_sentence_cut_by_the_speakers_plug_is_said_when_it_is_back() -> None:
    conversation = Conversation.at(Phase.REMOVING)
    instruction = conversation.hear(Intent.NEXT)
    began(conversation, Fault.NO_SPEAKER)
    conversation.wait(30)
    over(conversation, Fault.NO_SPEAKER)
    assert conversation.answer == instruction


def test_of_what_nobody_could_hear_the_last_is_said() -> None:
    conversation = Conversation.at(Phase.REMOVING)
    began(conversation, Fault.NO_SPEAKER)
    for _ in range(3):
        assert conversation.hear(Intent.NEXT) == ""
        conversation.wait(5)
    over(conversation, Fault.NO_SPEAKER)
    assert "Press a few drops of serum" in conversation.answer


def test_a_question_that_nobody_could_hear_is_asked_again() -> None:
    conversation = Conversation.at(Phase.REMOVING)
    began(conversation, Fault.NO_SPEAKER)
    conversation.hear(Intent.QUIT)
    conversation.wait(10)
    over(conversation, Fault.NO_SPEAKER)
    assert conversation.answer == "Shall we end here?"
    assert conversation.question


def test_a_missed_milestone_is_told_by_the_time_that_is_left_now() -> None:
    conversation = Conversation.at(Phase.HOLDING)
    began(conversation, Fault.NO_SPEAKER)
    conversation.wait(500)
    over(conversation, Fault.NO_SPEAKER)
    assert "minutes are left" in conversation.answer
    assert "Half" not in conversation.answer


def test_a_time_that_ended_without_a_speaker_is_told_when_it_is_back() -> None:
    conversation = Conversation.at(Phase.HOLDING)
    began(conversation, Fault.NO_SPEAKER)
    conversation.wait(1000)
    over(conversation, Fault.NO_SPEAKER)
    assert conversation.answer.startswith("Time to take the mask off")


def test_a_goodbye_that_nobody_hears_does_not_keep_the_coach() -> None:
    conversation = Conversation.at(Phase.APPLYING)
    began(conversation, Fault.NO_SPEAKER)
    conversation.hear(Intent.QUIT)
    conversation.hear(Intent.YES)
    assert any(isinstance(command, Quit) for command in conversation.last)


def test_a_coach_that_starts_without_a_speaker_greets_when_there_is_one() -> None:
    conversation = Conversation()
    began(conversation, Fault.NO_SPEAKER)
    conversation.send(Started(is_daytime=True))
    assert conversation.texts == []
    over(conversation, Fault.NO_SPEAKER)
    assert conversation.answer.startswith("Hi")


@pytest.mark.parametrize("trouble", [fault for fault in Fault if fault in HEARS_NOW_AFTER])
def test_who_was_told_of_a_missing_microphone_is_told_once_that_the_coach_hears_now(trouble: Fault) -> None:
    conversation = Conversation.at(Phase.APPLYING)
    began(conversation, trouble)
    conversation.wait(10)
    over(conversation, trouble)
    assert conversation.answer == "I can hear you now."
    told = len(conversation.texts)
    conversation.wait(30)
    assert len(conversation.texts) == told


def test_the_coach_does_not_say_that_it_hears_while_anything_else_keeps_it_from_that() -> None:
    conversation = Conversation.at(Phase.APPLYING)
    for trouble in (Fault.NO_MICROPHONE, Fault.NO_RECOGNISER):
        began(conversation, trouble)
    conversation.wait(10)
    over(conversation, Fault.NO_MICROPHONE)
    over(conversation, Fault.NO_RECOGNISER)
    assert conversation.answer == ""
    conversation.send(EarsReady(engine="test"))
    assert conversation.answer == "I can hear you now."


def test_nor_while_it_says_something_else_but_as_soon_as_that_is_said() -> None:
    conversation = Conversation.at(Phase.APPLYING)
    began(conversation, Fault.NO_MICROPHONE)
    conversation.wait(10)
    conversation.hear(Intent.WHY)
    over(conversation, Fault.NO_MICROPHONE)
    assert conversation.answer == ""
    conversation.wait(SPEECH_SECONDS)
    assert conversation.texts[-1] == "I can hear you now."


def test_a_microphone_that_comes_and_goes_is_spoken_of_as_it_is_in_the_end() -> None:
    conversation = Conversation.at(Phase.APPLYING)
    began(conversation, Fault.NO_MICROPHONE)
    conversation.wait(10)
    conversation.hear(Intent.WHY)
    over(conversation, Fault.NO_MICROPHONE)
    began(conversation, Fault.NO_MICROPHONE)
    conversation.wait(30)
    assert conversation.texts[-1] == "I can't hear you: there's no microphone. Please plug one in."
    assert "I can hear you now." not in conversation.texts


def test_on_standby_nobody_is_told() -> None:
    conversation = Conversation.at(Phase.APPLYING)
    began(conversation, Fault.NO_MICROPHONE)
    conversation.wait(10)
    conversation.hear(Intent.SLEEP)
    conversation.wait(10)
    over(conversation, Fault.NO_MICROPHONE)
    conversation.wait(30)
    assert "I can hear you now." not in conversation.texts
