"""The real program on a machine that sleeps with a mask on: it wakes up to what is right, and says it."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from tests.e2e.lives import SPEAKS_FAST, Store, all_of, first_sight, kill, last_view, spoken
from tests.e2e.test_restart import TO_THE_HOLD
from tests.machine_sleep import SleepyMachine
from voice_coach.mouth.speaker import synthesise
from voice_coach.rehearsal.recorder import find_onset
from voice_coach.session.commands import Sound

if TYPE_CHECKING:
    from pathlib import Path

    from voice_coach.rehearsal.recorder import Recording
    from voice_coach.rehearsal.virtual_card import VirtualCard

HOLD_SECONDS = 300
TWENTY_MINUTES = 1200
AWAKE_SECONDS = 20.0
HEARD_SECONDS = 3.0
ALIKE = 0.3
WITHIN_SECONDS = 60
TIME_OVER = "The time is over: take the mask off now."


@pytest.fixture
def machine(tmp_path: Path) -> SleepyMachine:
    return SleepyMachine(tmp_path / "machine")


@pytest.fixture
def store(card: VirtualCard, tmp_path: Path, machine: SleepyMachine) -> Store:
    return Store(card, tmp_path, machine.variables)


def has_chime(recording: Recording) -> bool:
    _, likeness = find_onset(recording.speaker, synthesise(Sound.CHIME, recording.rate))
    return likeness > ALIKE


def _tells_time(text: str) -> bool:
    return text.endswith(" left.")


def test_after_twenty_minutes_of_sleep_the_mask_comes_off_at_once(
    card: VirtualCard, store: Store, machine: SleepyMachine
) -> None:
    with store.coach(HOLD_SECONDS, *SPEAKS_FAST) as coach:
        store.lead(coach, TO_THE_HOLD)
        assert coach.wait_until(lambda state: state.is_silent, AWAKE_SECONDS)
        count = len(spoken(coach))
        card.start_recording()
        machine.sleep(TWENTY_MINUTES)
        assert coach.wait_until(lambda state: state.phase.value == "removing", AWAKE_SECONDS)
        assert coach.wait_until(lambda _state: len(spoken(coach)) > count, AWAKE_SECONDS)
        assert spoken(coach)[count].startswith(TIME_OVER)
        time.sleep(HEARD_SECONDS)
        assert has_chime(card.stop_recording())
        assert not any(_tells_time(text) for text in spoken(coach)[count:])
        assert last_view(coach)["countdown"] is None
        assert coach.exit_status(0.0) is None


def test_a_sleep_costs_a_running_hold_and_a_killed_one_the_same_time(store: Store, machine: SleepyMachine) -> None:
    with store.coach(HOLD_SECONDS, *SPEAKS_FAST) as coach:
        store.lead(coach, TO_THE_HOLD)
        assert coach.wait_until(lambda state: state.is_silent, AWAKE_SECONDS)
        before = all_of(coach.state, "Show")[-1]
        left = before["view"]["countdown"]["ends_at"] - before["at"]
        machine.sleep(left / 2 + 20)  # over its half, which is told late
        count = len(spoken(coach))
        assert coach.wait_until(lambda _state: any(_tells_time(text) for text in spoken(coach)[count:]), AWAKE_SECONDS)
        after = all_of(coach.state, "Show")[-1]["view"]["countdown"]
        assert after["ends_at"] == before["view"]["countdown"]["ends_at"]
        assert after["remaining_seconds"] == pytest.approx(left / 2 - 20, abs=WITHIN_SECONDS)
        kill(coach)
    machine.sleep(left)
    with store.coach(HOLD_SECONDS) as coach:
        _, view = first_sight(coach)
        assert view["phase"] == "removing"
        assert spoken(coach)[0].startswith(TIME_OVER)
