"""Time jumps in the hold, because the machine has slept: the coach wakes up to what is right now, and no more."""

from __future__ import annotations

import pytest

from tests.session.conversation import Conversation
from voice_coach.language.intents import Intent
from voice_coach.routines import Phase
from voice_coach.session.commands import Cue, Hush, Sound, Speak
from voice_coach.session.events import (
    CommandHeard,
    CommandRejected,
    EarsReady,
    Event,
    Fault,
    FaultCleared,
    FaultRaised,
    RejectionReason,
    SpeechEnded,
    Ticked,
)

TIME_OVER = "The time is over: take the mask off now."
REMOVING = 4


def asleep(conversation: Conversation, seconds: float, event: Event | None = None) -> list[Cue | Hush | Speak]:
    """Let the machine sleep; returns what is heard when it wakes up; `event` is the first thing then."""
    conversation.now += seconds
    commands = conversation.send(event or Ticked())
    return [command for command in commands if isinstance(command, Cue | Hush | Speak)]


@pytest.mark.parametrize("seconds", [900.0, 1200.0, 20 * 3600.0, 30 * 86_400.0])
def test_the_first_words_are_that_the_time_is_over(seconds: float) -> None:
    conversation = Conversation.at(Phase.HOLDING)
    hush, chime, speak = asleep(conversation, seconds)
    assert hush == Hush()
    assert isinstance(chime, Cue)
    assert (chime.sound, chime.due) == (Sound.CHIME, conversation.now)
    assert isinstance(speak, Speak)
    assert speak.text == f"{TIME_OVER} {conversation.session.routine.steps[REMOVING].text}"
    assert conversation.phase is Phase.REMOVING


def test_nothing_of_the_hold_is_made_up_for() -> None:
    conversation = Conversation.at(Phase.HOLDING)
    asleep(conversation, 1200)
    said, sounds = len(conversation.said), len(conversation.cues)
    conversation.wait(60)
    assert conversation.said[said:] == []
    assert conversation.cues[sounds:] == []


def test_whatever_happens_first_the_mask_comes_off() -> None:
    for event in (
        Ticked(),
        EarsReady(engine="test"),
        SpeechEnded(utterance_id=1),
        FaultRaised(fault=Fault.NO_MICROPHONE),
        FaultCleared(fault=Fault.NO_MICROPHONE),
        CommandHeard(intent=Intent.TIME_LEFT, text="how much time is left"),
    ):
        conversation = Conversation.at(Phase.HOLDING)
        asleep(conversation, 1200, event)
        assert conversation.phase is Phase.REMOVING
        assert any(TIME_OVER in text for text in conversation.texts)


@pytest.mark.parametrize("intent", [Intent.NEXT, Intent.BACK, Intent.PAUSE, Intent.ADD_TIME, Intent.QUIT])
def test_the_key_that_wakes_the_machine_is_no_wish(intent: Intent) -> None:
    conversation = Conversation.at(Phase.HOLDING)
    asleep(
        conversation, 1200, CommandHeard(intent=intent, text=conversation.session.wording.phrases[intent], minutes=5)
    )
    assert conversation.phase is Phase.REMOVING
    assert conversation.answer.startswith(TIME_OVER)
    conversation.wait(10)
    conversation.hear(Intent.NEXT)
    assert conversation.view.step_number == REMOVING + 2


def test_it_stings_is_never_too_late() -> None:
    conversation = Conversation.at(Phase.HOLDING)
    asleep(conversation, 1200, CommandHeard(intent=Intent.STINGS, text="it stings"))
    assert conversation.answer.endswith(conversation.session.wording.say(Intent.STINGS))


def test_with_time_left_only_that_is_told() -> None:
    conversation = Conversation.at(Phase.HOLDING, hold_seconds=900)
    conversation.wait(10)
    heard = asleep(conversation, conversation.remaining - 240)  # over half, five minutes and some reminders
    assert [type(command) for command in heard] == [Speak]
    assert conversation.answer == "Four minutes are left."
    twin = Conversation.at(Phase.HOLDING, hold_seconds=900)  # was awake all the time
    twin.wait(twin.remaining - 240)
    said, of_twin = len(conversation.said), len(twin.said)
    for one in (conversation, twin):
        one.wait(245)
    assert conversation.texts[said:] == twin.texts[of_twin:]  # nothing of the past comes after it
    assert conversation.phase is Phase.REMOVING


def test_a_milestone_that_has_just_gone_by_is_not_told_after_the_time_that_is_left() -> None:
    conversation = Conversation.at(Phase.HOLDING, hold_seconds=900)
    asleep(conversation, conversation.remaining - 285)
    assert conversation.answer == "About five minutes are left."
    said = len(conversation.said)
    conversation.wait(20)
    assert conversation.texts[said:] == []


def test_in_the_last_seconds_it_ticks_on_and_says_nothing() -> None:
    conversation = Conversation.at(Phase.HOLDING)
    heard = asleep(conversation, conversation.remaining - 4.5)
    assert heard == []
    conversation.wait(10)
    assert [cue.sound for cue in conversation.cues[-5:]] == [*[Sound.TICK] * 4, Sound.CHIME]
    assert TIME_OVER not in conversation.texts[-1]


def test_a_chime_that_was_ordered_just_before_the_sleep_comes_once() -> None:
    conversation = Conversation.at(Phase.HOLDING)
    conversation.wait(conversation.remaining - 0.1)
    assert conversation.cues[-1].sound is Sound.CHIME
    asleep(conversation, 1200)
    assert [cue.sound for cue in conversation.cues if cue.due > conversation.now - 60] == [Sound.CHIME]


def test_a_pause_outlasts_any_sleep() -> None:
    conversation = Conversation.at(Phase.PAUSED)
    left = conversation.remaining
    assert asleep(conversation, 1200) == []
    assert conversation.phase is Phase.PAUSED
    assert conversation.remaining == left


def test_a_question_lapses_in_the_sleep_and_the_time_is_told() -> None:
    conversation = Conversation.at(Phase.HOLDING, hold_seconds=900)
    conversation.hear(Intent.NEXT)
    assert conversation.question
    asleep(conversation, 300)
    assert not conversation.question
    assert conversation.answer.endswith("left.")
    asleep(conversation, 1200)
    assert conversation.answer.startswith(TIME_OVER)


def test_a_question_that_is_still_open_is_not_talked_over() -> None:
    conversation = Conversation.at(Phase.HOLDING, hold_seconds=900)
    conversation.hear(Intent.NEXT)
    question = conversation.question
    conversation.send(CommandRejected(text="", reason=RejectionReason.UNCLEAR))  # a note that fades after 8 s
    assert asleep(conversation, 15) == []
    assert conversation.question == question


def test_a_question_that_outlasts_a_reminder_is_no_sleep() -> None:
    conversation = Conversation.at(Phase.HOLDING, hold_seconds=900)
    holding = conversation.session.holding
    while holding and not isinstance(holding.next_announcement, int):
        conversation.wait(5)
        holding = conversation.session.holding
    assert holding
    assert holding.next_announcement_at
    conversation.wait(holding.next_announcement_at - conversation.now - 3)
    conversation.hear(Intent.NEXT)
    said = len(conversation.said)
    conversation.wait(25)
    assert not conversation.question
    assert conversation.texts[said:] == []


def test_a_coach_that_is_only_a_little_late_says_what_it_always_says() -> None:
    conversation = Conversation.at(Phase.HOLDING)
    conversation.wait(conversation.remaining - 0.5)
    heard = asleep(conversation, 3.5)  # a disk may keep it so long
    assert [type(command) for command in heard] == [Cue, Speak]
    assert conversation.answer == conversation.session.routine.steps[REMOVING].text


def test_a_speaker_that_comes_back_after_the_sleep_says_it_once_more() -> None:
    conversation = Conversation.at(Phase.HOLDING)
    asleep(conversation, 1200)
    conversation.send(FaultRaised(fault=Fault.NO_SPEAKER))
    conversation.now += 3
    conversation.send(FaultCleared(fault=Fault.NO_SPEAKER))
    assert conversation.answer.startswith(TIME_OVER)


@pytest.mark.parametrize("phase", [Phase.IDLE, Phase.BRIEFING, Phase.APPLYING, Phase.REMOVING, Phase.AFTERCARE])
def test_elsewhere_a_sleep_is_silent(phase: Phase) -> None:
    conversation = Conversation.at(phase)
    assert asleep(conversation, 1200) == []
    assert conversation.phase is phase
