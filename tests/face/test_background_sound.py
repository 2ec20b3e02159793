"""Rain while a mask works, and other players that are turned down: on a real sound server, with a real player."""

from __future__ import annotations

import subprocess
import time
from dataclasses import replace
from typing import TYPE_CHECKING
from unittest.mock import Mock

import numpy as np
import pulsectl
import pytest

from tests.patience import wait_until
from voice_coach.ears.echo.playback_reference import Played
from voice_coach.face.background_sound import HoldSound, PlayerDucker, gain_for
from voice_coach.library import load_language
from voice_coach.mouth import open_mouth
from voice_coach.mouth.speaker import background
from voice_coach.rehearsal.recorder import levels
from voice_coach.routines import Phase
from voice_coach.session.commands import BACKGROUNDS
from voice_coach.session.view import Attention, CountdownView, View

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from voice_coach.rehearsal.virtual_card import VirtualCard

RATE = 48_000
HOLDING = View(
    phase=Phase.HOLDING,
    attention=Attention.LISTENING,
    countdown=CountdownView(600.0, ends_at=600.0, total_seconds=900.0),
)
IDLE = View(phase=Phase.IDLE, attention=Attention.LISTENING)
TALKING = {
    "saying": replace(HOLDING, saying="Five minutes are left."),
    "asking": replace(HOLDING, question="Take it off now?"),
    "hearing": replace(HOLDING, is_hearing=True),
}


def test_it_sounds_only_while_the_time_of_a_mask_runs_and_nothing_hurts() -> None:
    assert gain_for(HOLDING) == 1.0
    silent = [View(phase=phase) for phase in Phase]
    silent += [replace(HOLDING, phase=Phase.PAUSED), replace(HOLDING, is_in_pain=True)]
    assert {gain_for(view) for view in silent} == {0.0}


@pytest.mark.parametrize("kind", TALKING)
def test_it_gives_way_to_words(kind: str) -> None:
    assert 0 < gain_for(TALKING[kind]) < 0.2


def test_the_mouth_is_told_only_of_changes_and_of_silence_at_the_end() -> None:
    told: list[float] = []
    face = HoldSound(told.append)
    for view in (IDLE, HOLDING, HOLDING, TALKING["saying"], TALKING["asking"], HOLDING):
        face.show(view)
    face.stop()
    assert told == [1.0, gain_for(TALKING["saying"]), 1.0, 0.0]


@pytest.mark.parametrize("kind", BACKGROUNDS)
def test_a_background_is_soft_even_and_has_no_seam(kind: str) -> None:
    sound = background(kind, RATE)
    assert len(sound) == 20 * RATE
    assert np.sqrt(np.mean(sound**2)) == pytest.approx(0.025, rel=0.01)
    assert np.abs(sound).max() < 0.3
    steps = np.abs(np.diff(np.concatenate([sound[-RATE:], sound[:RATE]])))
    assert steps[RATE - 2 : RATE + 1].max() <= steps.max()
    seconds = np.sqrt(np.mean(sound.reshape(20, -1) ** 2, axis=1))
    assert seconds.max() / seconds.min() < (1.3 if kind == "rain" else 6.0), "rain is even, waves swell"


def test_rain_is_heard_from_the_speaker_softly_under_words(
    sound_card: VirtualCard, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    echo = Mock(spec=Played)
    mouth = open_mouth(load_language("en"), tap=echo)
    mouth.start(lambda _event: None)
    try:
        face = HoldSound(lambda gain: mouth.background("rain", gain))
        face.show(HOLDING)
        wait_until(lambda: level_of(sound_card) > 0.01)  # it is made first
        time.sleep(1.0)  # it comes slowly
        level = {"alone": level_of(sound_card)}
        face.show(TALKING["hearing"])
        time.sleep(1.0)
        level["ducked"] = level_of(sound_card)
        face.show(IDLE)
        time.sleep(1.0)
        level["idle"] = level_of(sound_card)
    finally:
        mouth.stop()
    assert level["alone"] == pytest.approx(0.025, rel=0.3)
    assert level["ducked"] == pytest.approx(level["alone"] * gain_for(TALKING["hearing"]), rel=0.3)
    assert level["idle"] < 0.0005
    assert echo.played.call_count == 0, "it is no echo to be cancelled: its times are not exact"


def level_of(card: VirtualCard) -> float:
    """The level of the speaker's sound in the next second, as root mean square."""
    card.start_recording()
    time.sleep(1.0)
    recording = card.stop_recording()
    return float(np.median(levels(recording.speaker, recording.rate)))


@pytest.fixture
def player(sound_card: VirtualCard) -> Iterator[Callable[[], float]]:
    """Music in a program that is not ours; tells how loud it is, from 0 to 1."""
    command = ["sh", "-c", "cat /dev/zero | paplay --raw --device=speaker & wait"]  # its parent is not this process
    with (
        subprocess.Popen(command, env=dict(sound_card.environment), start_new_session=True) as shell,
        pulsectl.Pulse("test") as server,
    ):

        def volume() -> float:
            mine = [one for one in server.sink_input_list() if one.proplist.get("application.name") == "paplay"]
            return float(mine[0].volume.value_flat) if mine else -1.0

        wait_until(lambda: volume() > 0)
        yield volume
        subprocess.run(["pkill", "-s", str(shell.pid)], check=False)


@pytest.fixture
def ducker() -> Iterator[PlayerDucker]:
    """Looks after the players of the sound server."""
    ducker = PlayerDucker()
    ducker.start(lambda _event: None)
    yield ducker
    ducker.stop()


def test_a_player_is_turned_down_for_words_and_up_again_afterwards(
    player: Callable[[], float], ducker: PlayerDucker
) -> None:
    usual = player()
    ducker.show(TALKING["saying"])
    wait_until(lambda: player() < 0.5 * usual)
    ducker.show(HOLDING)
    wait_until(lambda: player() == pytest.approx(usual, abs=0.02))
    ducker.show(TALKING["hearing"])
    wait_until(lambda: player() < 0.5 * usual)
    ducker.stop()
    assert player() == pytest.approx(usual, abs=0.02), "whoever ends leaves nobody soft"


def test_a_player_that_the_person_turns_is_left_as_it_is(player: Callable[[], float], ducker: PlayerDucker) -> None:
    usual = player()
    ducker.show(TALKING["saying"])
    wait_until(lambda: player() < 0.5 * usual)
    with pulsectl.Pulse("person") as server:
        (mine,) = [one for one in server.sink_input_list() if one.proplist.get("application.name") == "paplay"]
        server.volume_set_all_chans(mine, 0.6)
    ducker.show(HOLDING)
    time.sleep(2.0)  # longer than players stay turned down; that nothing comes has no event to wait for
    assert player() == pytest.approx(0.6, abs=0.02)


def test_without_a_sound_server_it_does_nothing_and_ends(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PULSE_SERVER", f"unix:{tmp_path}/nobody")
    ducker = PlayerDucker()
    ducker.start(lambda _event: None)
    ducker.show(TALKING["saying"])
    ducker.stop()
