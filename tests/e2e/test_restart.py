"""The real program is killed in a session led by voice, and finds its place again."""

from __future__ import annotations

import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

from tests.e2e.lives import READY_SECONDS, Store, all_of, first_sight, kill, last_view, spoken
from tests.patience import patient
from voice_coach import clock
from voice_coach.language.intents import Intent
from voice_coach.library import load_routine

if TYPE_CHECKING:
    from pathlib import Path

    from voice_coach.rehearsal.virtual_card import VirtualCard

TO_THE_HOLD = {
    "start the mask": Intent.START,
    "next step": Intent.NEXT,
    "i'm ready": Intent.NEXT,
    "done with that": Intent.NEXT,
}
HOLD_STEP = 4
LEFT_WITHIN = 0.1
"""The clock is the same: no restart may cost or give any time, however long the program takes to start."""
ASKED_SECONDS = 10.0
SHORT_HOLD_SECONDS = 8
"""Long enough to kill the coach in it."""


@pytest.fixture
def store(card: VirtualCard, tmp_path: Path) -> Store:
    return Store(card, tmp_path)


def is_asked(sentence: str, coach_says: list[str]) -> bool:
    return any(sentence in text for text in coach_says)


def test_a_step_is_found_again_and_gone_on_with_by_voice(store: Store) -> None:
    with store.coach(60) as coach:
        store.lead(coach, {"start the mask": Intent.START, "next step": Intent.NEXT, "speak louder": Intent.LOUDER})
        voice = all_of(coach.state, "SavePreferences")[-1]["voice"]
        kill(coach)
    with store.coach(60) as coach:
        first, view = first_sight(coach)
        assert first["name"] == "Restored"
        assert (view["phase"], view["step_number"]) == ("briefing", 2)
        assert is_asked("Shall we go on?", spoken(coach))
        assert all_of(coach.state, "Speak")[0]["voice"] == voice
        store.lead(coach, {"yes please": Intent.YES})
        step = load_routine("facial_mask", "en").steps[1]
        assert coach.wait_until(lambda _state: step.text in spoken(coach), patient(ASKED_SECONDS))
        assert last_view(coach)["step_number"] == 2


def test_a_hold_goes_on_with_the_time_that_is_left_running_or_paused(store: Store) -> None:
    with store.coach(300) as coach:
        store.lead(coach, TO_THE_HOLD)
        running = last_view(coach)["countdown"]
        kill(coach)
    with store.coach(300) as coach:
        _, view = first_sight(coach)
        assert (view["phase"], view["step_number"]) == ("holding", HOLD_STEP)
        assert view["countdown"]["ends_at"] == pytest.approx(running["ends_at"], abs=LEFT_WITHIN)
        assert is_asked("left. Shall we go on?", spoken(coach))
        store.lead(coach, {"pause the timer": Intent.PAUSE})
        paused = last_view(coach)["countdown"]
        kill(coach)
    assert paused["ends_at"] is None
    with store.coach(300) as coach:
        _, view = first_sight(coach)
        assert (view["phase"], view["step_number"]) == ("paused", HOLD_STEP)
        assert view["countdown"]["ends_at"] is None
        assert view["countdown"]["remaining_seconds"] == pytest.approx(paused["remaining_seconds"], abs=LEFT_WITHIN)
        assert "Traceback" not in store.log.read_text()


def test_timers_beside_the_mask_go_on_to_the_same_time(store: Store) -> None:
    with store.coach(300) as coach:
        store.lead(coach, {"start the mask": Intent.START, "set a timer for five minutes": Intent.TIMER})
        store.lead(coach, {"time my eye patches": Intent.TIMER, "ten minutes": Intent.ON_FOR})
        before = last_view(coach)["timers"]
        kill(coach)
    assert [timer["name"] for timer in before] == ["The timer of five minutes", "Eye patches"]
    with store.coach(300) as coach:
        _, view = first_sight(coach)
        assert [timer["name"] for timer in view["timers"]] == [timer["name"] for timer in before]
        for timer, earlier in zip(view["timers"], before, strict=True):
            ends_at = earlier["countdown"]["ends_at"]
            assert timer["countdown"]["ends_at"] == pytest.approx(ends_at, abs=LEFT_WITHIN)


def test_a_mask_whose_time_is_over_meanwhile_comes_off_first_of_all(store: Store) -> None:
    with store.coach(SHORT_HOLD_SECONDS) as coach:
        store.lead(coach, TO_THE_HOLD)
        ends_at = last_view(coach)["countdown"]["ends_at"]
        kill(coach)
    time.sleep(max(0.0, ends_at - clock.now()))
    with store.coach(SHORT_HOLD_SECONDS) as coach:
        _, view = first_sight(coach)
        assert (view["phase"], view["step_number"]) == ("removing", HOLD_STEP + 1)
        assert view["countdown"] is None
        assert spoken(coach)[0].startswith("The time is over: take the mask off now.")


def test_the_second_coach_on_one_store_names_the_first_and_leaves(store: Store) -> None:
    with store.coach(60) as coach:
        first_sight(coach)
        second = subprocess.run(
            [sys.executable, "-m", "voice_coach", "start", "--json"],
            env=store.environment, capture_output=True, text=True, timeout=READY_SECONDS, check=False,
        )  # fmt: skip
        assert second.returncode != 0
        assert len(second.stderr.strip().splitlines()) == 1
        assert f"process {coach.pid}," in second.stderr
        assert coach.exit_status(0.0) is None
