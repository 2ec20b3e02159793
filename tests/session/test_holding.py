"""The mask is on."""

from __future__ import annotations

from itertools import pairwise

import pytest

from tests.session.conversation import Conversation
from voice_coach.language.intents import Intent
from voice_coach.language.wording import Message
from voice_coach.routines import USUAL_MILESTONES, Milestone, Phase
from voice_coach.session.commands import Hush, Sound
from voice_coach.session.timer import schedule

REMINDERS = 5


def test_bell_and_chime_are_exactly_the_hold_apart() -> None:
    for seconds in (20.0, 90.0, 900.0):
        conversation = Conversation.at(Phase.HOLDING, hold_seconds=seconds)
        conversation.wait(seconds + 10)
        due = {cue.sound: cue.due for cue in conversation.cues}
        assert due[Sound.CHIME] - due[Sound.BELL] == pytest.approx(seconds, abs=1e-6)
        assert conversation.phase is Phase.REMOVING


def test_the_last_ten_seconds_tick_once_each() -> None:
    conversation = Conversation.at(Phase.HOLDING)
    conversation.wait(1000)
    sounds = [cue.sound for cue in conversation.cues]
    assert sounds == [Sound.BELL, *[Sound.TICK] * 10, Sound.CHIME]
    chime = conversation.cues[-1].due
    assert [chime - cue.due for cue in conversation.cues[1:-1]] == pytest.approx(list(range(10, 0, -1)))


def test_every_sound_is_ordered_ahead() -> None:
    conversation = Conversation.at(Phase.HOLDING, hold_seconds=60)
    conversation.leads.clear()
    conversation.wait(70)
    assert len(conversation.leads) == 11
    assert conversation.leads == pytest.approx([0.3] * 11)


def test_the_hold_tells_its_milestones_and_five_reminders() -> None:
    conversation = Conversation.at(Phase.HOLDING)
    count = len(conversation.said)
    conversation.wait(1000)
    told = conversation.texts[count:]
    hold = conversation.session.routine.hold
    assert hold is not None
    reminders, nudge = hold.reminders, conversation.session.wording.say(Message.NUDGE)
    assert [text for text in told if text in reminders] == list(reminders)
    assert [text for text in told if text not in (*reminders, nudge)] == [
        "You're halfway. Seven and a half minutes are left.",
        "Five minutes are left.",
        "Two minutes are left.",
        "One minute is left.",
        conversation.session.routine.steps[4].text,
    ]


def test_the_removing_step_is_spoken_right_after_the_chime() -> None:
    conversation = Conversation.at(Phase.HOLDING, hold_seconds=30)
    conversation.wait(60)
    spoken_at, text = conversation.said[-1]
    assert text == conversation.session.routine.steps[4].text
    assert 0.5 < spoken_at - conversation.cues[-1].due < 1.5


@pytest.mark.parametrize("seconds", [1, 10, 20, 35])
def test_a_short_hold_has_nothing_to_say(seconds: float) -> None:
    assert schedule(seconds, REMINDERS) == ()


@pytest.mark.parametrize("minutes", range(2, 31))
def test_no_moment_collides_with_another_or_with_the_ticks(minutes: int) -> None:
    remaining = [minutes * 60.0, *(moment.remaining_seconds for moment in schedule(minutes * 60.0, REMINDERS)), 0.0]
    assert all(earlier - later >= 15 for earlier, later in pairwise(remaining))


def test_every_allowed_hold_has_its_milestones() -> None:
    for minutes in range(11, 21):
        assert {moment.mark for moment in schedule(minutes * 60.0, REMINDERS)} >= USUAL_MILESTONES
    assert USUAL_MILESTONES - {Milestone.HALF} <= {moment.mark for moment in schedule(600.0, REMINDERS)}


def test_time_passes_only_while_it_runs() -> None:
    conversation = Conversation.at(Phase.HOLDING)
    conversation.hear(Intent.PAUSE)
    left = conversation.remaining
    conversation.wait(10_000)
    assert conversation.remaining == left
    assert conversation.hear(Intent.RESUME).startswith("On we go.")
    conversation.wait(60)
    assert conversation.remaining <= left - 59


def test_a_pause_in_the_last_seconds_cancels_the_tick_and_resuming_ticks_on() -> None:
    conversation = Conversation.at(Phase.HOLDING, hold_seconds=30)
    conversation.wait(conversation.remaining - 5.2)
    conversation.hear(Intent.PAUSE)
    assert Hush() in conversation.last
    assert len([cue for cue in conversation.cues if cue.sound is Sound.TICK]) == 5
    conversation.wait(100)
    conversation.hear(Intent.RESUME)
    conversation.wait(20)
    assert len([cue for cue in conversation.cues if cue.sound is Sound.TICK]) == 10
    assert conversation.phase is Phase.REMOVING


def test_time_can_be_added_and_the_result_is_said() -> None:
    conversation = Conversation.at(Phase.HOLDING)
    before = conversation.remaining
    assert conversation.hear(Intent.ADD_TIME, minutes=2).startswith("Two minutes more. ")
    assert conversation.remaining == pytest.approx(before + 120)
    assert conversation.hear(Intent.ADD_TIME).startswith("One minute more. ")


def test_no_mask_stays_on_for_more_than_half_an_hour() -> None:
    conversation = Conversation.at(Phase.HOLDING)
    assert "longer than half an hour" in conversation.hear(Intent.ADD_TIME, minutes=20)
    assert conversation.view.countdown is not None
    assert conversation.view.countdown.total_seconds == 1800


def test_time_can_be_cut_but_to_end_it_is_asked_first() -> None:
    conversation = Conversation.at(Phase.HOLDING)
    assert conversation.hear(Intent.CUT_TIME, minutes=5).startswith("Five minutes less. ")
    assert conversation.hear(Intent.CUT_TIME, minutes=20).endswith("Take it off now?")
    assert conversation.phase is Phase.HOLDING


def test_changing_the_time_makes_sense_only_while_there_is_one() -> None:
    assert "hasn't started" in Conversation.at(Phase.APPLYING).hear(Intent.ADD_TIME)
    assert "over" in Conversation.at(Phase.REMOVING).hear(Intent.CUT_TIME)
    conversation = Conversation.at(Phase.AFTERCARE)
    conversation.hear(Intent.PAUSE)
    assert "over" in conversation.hear(Intent.ADD_TIME)


def test_a_milestone_that_was_told_is_not_told_again_when_time_is_added() -> None:
    conversation = Conversation.at(Phase.HOLDING)
    conversation.wait(900 - 290)
    conversation.hear(Intent.ADD_TIME, minutes=3)
    conversation.wait(1000)
    assert conversation.texts.count("Five minutes are left.") == 1


def test_a_moment_waits_until_the_coach_has_spoken() -> None:
    conversation = Conversation.at(Phase.HOLDING)
    conversation.wait(conversation.remaining - 301)
    conversation.hear(Intent.WHY)
    conversation.wait(5)
    assert conversation.texts[-1] == "Five minutes are left."


def test_a_milestone_that_has_to_wait_is_told_by_the_time_that_is_left_then() -> None:
    conversation = Conversation.at(Phase.HOLDING)
    conversation.wait(conversation.remaining - 301)
    conversation.hear(Intent.NEXT)  # asks, and waits twenty seconds for an answer
    conversation.wait(30)
    assert conversation.texts[-1] == "About four and a half minutes are left."


def test_a_moment_that_is_stale_is_dropped() -> None:
    conversation = Conversation.at(Phase.HOLDING)
    conversation.wait(conversation.remaining - 301)
    conversation.hear(Intent.NEXT)
    conversation.wait(19)
    conversation.hear(Intent.REPEAT)
    conversation.wait(60)
    assert "Five minutes are left." not in conversation.texts


def test_nothing_is_said_while_the_last_seconds_tick_unless_asked() -> None:
    conversation = Conversation.at(Phase.HOLDING)
    conversation.wait(conversation.remaining - 10)
    count = len(conversation.said)
    conversation.wait(9)
    assert len(conversation.said) == count
    assert conversation.hear(Intent.TIME_LEFT) == "One second is left."
