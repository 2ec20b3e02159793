"""Timers by name, beside a mask and without one."""

from __future__ import annotations

import pytest

from tests.session.conversation import Conversation
from tests.session.walks import greeted
from voice_coach.language.intents import Intent
from voice_coach.routines import Phase
from voice_coach.session.commands import Sound
from voice_coach.session.events import Restored
from voice_coach.session.named_timers import MOST_TIMERS


def set_timer(conversation: Conversation, name: str, minutes: int | None) -> str:
    return conversation.hear(Intent.TIMER, slot_value=name, minutes=minutes)


def chimes(conversation: Conversation) -> list[float]:
    return [cue.due for cue in conversation.cues if cue.sound is Sound.CHIME]


def running(conversation: Conversation) -> list[str]:
    return [timer.name for timer in conversation.view.timers]


@pytest.mark.parametrize("phase", list(Phase))
def test_in_any_phase_a_timer_is_set_rings_and_is_announced(phase: Phase) -> None:
    conversation = Conversation.at(phase)
    begun = conversation.now
    assert set_timer(conversation, "eye_patches", 5) == "Eye patches: five minutes, from now."
    assert running(conversation) == ["Eye patches"]
    conversation.wait(310)
    assert any(due == pytest.approx(begun + 300, abs=0.01) for due in chimes(conversation))
    assert "Eye patches: time's up." in conversation.texts
    assert running(conversation) == []


def test_several_run_at_once_and_the_next_to_ring_is_shown_first() -> None:
    conversation = Conversation.at(Phase.APPLYING)
    set_timer(conversation, "hair_mask", 30)
    set_timer(conversation, "eye_patches", 10)
    set_timer(conversation, "", 5)
    assert running(conversation) == ["The timer of five minutes", "Eye patches", "Hair mask"]
    conversation.wait(60)
    assert conversation.hear(Intent.TIMER_LEFT, slot_value="eye_patches") == "Eye patches: nine minutes are left."
    assert conversation.hear(Intent.TIMER_LEFT).count("left") == 3


def test_a_timer_of_the_same_name_starts_anew() -> None:
    conversation = Conversation.at(Phase.APPLYING)
    set_timer(conversation, "eye_patches", 10)
    set_timer(conversation, "eye_patches", 2)
    assert [timer.countdown.total_seconds for timer in conversation.view.timers] == [120]


@pytest.mark.parametrize("phase", list(Phase))
def test_a_timer_without_a_time_is_asked_for(phase: Phase) -> None:
    conversation = Conversation.at(phase)
    assert set_timer(conversation, "eye_patches", None) == 'For how long? Say "ten minutes", for example.'
    assert running(conversation) == []
    assert conversation.hear(Intent.ON_FOR, minutes=10) == "Eye patches: ten minutes, from now."
    set_timer(conversation, "tea", None)
    conversation.hear(Intent.NO)
    assert running(conversation) == ["Eye patches"]


def test_a_stopped_timer_does_not_ring() -> None:
    conversation = Conversation.at(Phase.IDLE)
    set_timer(conversation, "eye_patches", 1)
    conversation.wait(59.8)  # its chime has been ordered
    assert conversation.hear(Intent.TIMER_STOP, slot_value="eye_patches") == "Eye patches: stopped."
    conversation.wait(60)
    assert "Eye patches: time's up." not in conversation.texts


def test_where_several_run_all_are_stopped_after_a_yes() -> None:
    conversation = Conversation.at(Phase.IDLE)
    set_timer(conversation, "eye_patches", 5)
    set_timer(conversation, "hair_mask", 20)
    assert conversation.hear(Intent.TIMER_STOP) == "Shall I stop all of them: eye patches, hair mask?"
    conversation.hear(Intent.NO)
    assert running(conversation) == ["Eye patches", "Hair mask"]
    conversation.hear(Intent.TIMER_STOP)
    assert conversation.hear(Intent.YES) == "Eye patches, hair mask: stopped."
    assert conversation.hear(Intent.TIMER_LEFT).startswith("No timer is running.")


def test_where_several_run_one_is_stopped_by_its_name_also_as_an_answer() -> None:
    conversation = Conversation.at(Phase.IDLE)
    set_timer(conversation, "eye_patches", 5)
    set_timer(conversation, "hair_mask", 20)
    conversation.hear(Intent.TIMER_STOP)
    assert conversation.hear(Intent.TIMER_STOP, slot_value="nails") == "There's no timer for that: nails."
    conversation.hear(Intent.TIMER_STOP, slot_value="hair_mask")
    assert conversation.hear(Intent.TIMER_STOP) == "Eye patches: stopped."


def test_a_timer_without_a_name_is_meant_by_its_length() -> None:
    conversation = Conversation.at(Phase.IDLE)
    set_timer(conversation, "", 5)
    set_timer(conversation, "", 20)
    assert conversation.hear(Intent.TIMER_LEFT, minutes=20) == "The timer of twenty minutes: twenty minutes are left."
    assert conversation.hear(Intent.TIMER_STOP, minutes=10).startswith("No timer")
    assert conversation.hear(Intent.TIMER_STOP, minutes=20) == "The timer of twenty minutes: stopped."
    assert running(conversation) == ["The timer of five minutes"]


def test_a_timer_that_rings_before_the_yes_is_not_stopped_but_announced() -> None:
    conversation = Conversation.at(Phase.IDLE)
    set_timer(conversation, "", 1)
    set_timer(conversation, "eye_patches", 1)
    conversation.wait(55)
    conversation.hear(Intent.TIMER_STOP)
    conversation.wait(30)
    assert running(conversation) == []
    assert "Eye patches: time's up." in " ".join(conversation.texts)


def test_without_a_mask_stop_and_time_left_are_about_the_timer() -> None:
    conversation = Conversation.at(Phase.IDLE)
    set_timer(conversation, "eye_patches", 5)
    assert conversation.hear(Intent.TIME_LEFT) == "Eye patches: five minutes are left."
    conversation.wait(5)
    assert conversation.hear(Intent.PAUSE, "stop the timer") == "Eye patches: stopped."


def test_a_paused_mask_does_not_pause_the_timer() -> None:
    conversation = Conversation.at(Phase.HOLDING)
    set_timer(conversation, "eye_patches", 5)
    conversation.hear(Intent.PAUSE)
    conversation.wait(310)
    assert "Eye patches: time's up." in conversation.texts


def test_a_timer_waits_with_its_words_while_something_is_asked_but_not_with_its_chime() -> None:
    conversation = Conversation.at(Phase.HOLDING)
    begun = conversation.now
    set_timer(conversation, "eye_patches", 1)
    conversation.wait(55)
    conversation.hear(Intent.NEXT)
    assert conversation.question
    conversation.wait(6)
    assert conversation.question
    assert begun + 60 in [pytest.approx(due, abs=0.01) for due in chimes(conversation)]
    conversation.wait(60)
    assert "Eye patches: time's up." in conversation.texts


def test_no_more_run_than_anybody_keeps_apart() -> None:
    conversation = Conversation.at(Phase.IDLE)
    for minutes in range(1, MOST_TIMERS + 1):
        set_timer(conversation, "", minutes)
    assert set_timer(conversation, "tea", 3) == "Eight timers are running. Stop one first."
    assert len(running(conversation)) == MOST_TIMERS


def test_while_a_timer_runs_the_screen_does_not_sleep_and_leaving_is_asked_about() -> None:
    conversation = greeted("en", "facial_mask")
    set_timer(conversation, "tea", 10)
    conversation.wait(400)
    assert not conversation.view.is_asleep
    conversation.hear(Intent.QUIT)
    assert conversation.question == "Shall we end here?"


@pytest.mark.parametrize("phase", [Phase.IDLE, Phase.APPLYING, Phase.HOLDING])
@pytest.mark.parametrize("away_seconds", [10.0, 400.0])
def test_a_timer_outlives_a_crash_and_rings_in_time(phase: Phase, away_seconds: float) -> None:
    before = Conversation.at(phase)
    begun = before.now
    set_timer(before, "eye_patches", 5)
    before.wait(20)
    snapshot = before.session.last_snapshot
    assert snapshot is not None
    taken_at = begun + 20
    restored = Conversation(now=taken_at + away_seconds)
    restored.send(
        Restored(
            is_daytime=True, snapshot=snapshot, taken_at=taken_at, away_seconds=away_seconds,
            read_at=taken_at + away_seconds,
        )
    )  # fmt: skip
    due = max(begun + 300, taken_at + away_seconds)
    restored.wait(400)
    assert any(one == pytest.approx(due, abs=0.01) for one in chimes(restored))
    assert "Eye patches: time's up." in restored.texts
