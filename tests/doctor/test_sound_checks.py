"""Levels and the loop: judged from made sounds, and looked at on the virtual sound card."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

import numpy as np
import pytest
import soundfile

from tests.doctor.circumstances import circumstances_with
from tests.ears.two_channels import two_channels
from tests.patience import patient
from voice_coach.doctor import sound_measurements
from voice_coach.doctor.finding import CheckContext, CheckState, Finding, load_texts
from voice_coach.doctor.sound_measurements import TimedBlock, joined
from voice_coach.library import load_language
from voice_coach.memory.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from numpy.typing import NDArray

    from voice_coach.rehearsal.virtual_card import VirtualCard

RATE = 16_000
NOBODY = circumstances_with()
TEXTS = load_texts(load_language("en"))


def noise(level_dbfs: float, seconds: float = 1.0, rate: int = RATE) -> NDArray[np.float32]:
    sound = np.random.default_rng(5).standard_normal(round(seconds * rate)) * 10 ** (level_dbfs / 20)
    return np.asarray(np.clip(sound, -1.0, 1.0), np.float32)


def probe(card: VirtualCard, name: str, circumstances: CheckContext = NOBODY) -> Finding:
    """The check as the doctor makes it, in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "voice_coach.doctor.probe", name, json.dumps(circumstances.as_json())],
        env=card.environment, capture_output=True, text=True, check=True, timeout=patient(60),
    )  # fmt: skip
    return Finding.from_json(json.loads(done.stdout))


@contextmanager
def said(card: VirtualCard, path: Path, sound: NDArray[np.float32]) -> Iterator[None]:
    """Somebody makes a sound at the microphone meanwhile."""
    soundfile.write(path, sound, 48_000)
    speaking = threading.Thread(target=card.say, args=(path,))
    speaking.start()
    yield
    speaking.join()


@pytest.mark.parametrize(
    ("sound", "state", "words"),
    [
        (noise(-55), CheckState.OK, "-55 dBFS"),
        (noise(-15), CheckState.WARNING, "It is loud"),
        (noise(-88), CheckState.WARNING, "next to nothing"),
        (noise(0), CheckState.WARNING, "clips"),
        (np.zeros(RATE, np.float32), CheckState.FAILURE, "only zeros"),
    ],
    ids=["a quiet room", "a loud one", "a deaf microphone", "one that clips", "a dead one"],
)
def test_a_second_of_the_microphone_is_judged(sound: NDArray[np.float32], state: CheckState, words: str) -> None:
    found = sound_measurements.judge_level(sound_measurements.levels_of(sound, RATE), NOBODY)
    assert found.state is state
    assert words in found.meaning
    assert bool(found.remedy) == (state is not CheckState.OK)


VOICE, HISS, DEAD = noise(-55), noise(-90), np.zeros(RATE, np.float32)


@pytest.mark.parametrize(
    ("sides", "channel", "state", "words", "heard"),
    [
        ((VOICE, HISS), None, CheckState.OK, "Channel 1 of 2: -55 dBFS", 1),
        ((DEAD, VOICE), None, CheckState.OK, "The others: channel 1 only zeros.", 2),
        ((noise(-15), VOICE), None, CheckState.OK, "The others: channel 1 at -15 dBFS.", 2),
        ((DEAD, DEAD), None, CheckState.FAILURE, "only zeros", 1),
        ((VOICE, -VOICE), None, CheckState.OK, "in antiphase", 1),
        ((VOICE, DEAD), 2, CheckState.FAILURE, "only zeros", 2),
        ((DEAD, VOICE), 2, CheckState.OK, "Channel 2 of 2", 2),
        ((VOICE, VOICE), 3, CheckState.FAILURE, "ask for channel 3, but the microphone has 2", None),
    ],
)
def test_every_channel_of_a_microphone_is_judged(
    sides: tuple[NDArray[np.float32], ...], channel: int | None, state: CheckState, words: str, heard: int | None
) -> None:
    found = sound_measurements.judge_channels(
        np.stack(sides, axis=1), RATE, circumstances_with(Settings(channel=channel))
    )
    assert found.state is state
    assert words in found.meaning
    assert found.figures.get("channel") == heard
    assert ("antiphase" in found.meaning) is (words == "in antiphase")
    assert bool(found.remedy) == (state is not CheckState.OK)


def test_a_channel_of_the_settings_that_is_dead_is_mended_in_the_settings() -> None:
    found = sound_measurements.judge_channels(
        np.stack([VOICE, DEAD], axis=1), RATE, circumstances_with(Settings(channel=2))
    )
    assert "Take the line “channel” out of the settings" in found.remedy


def test_channels_that_the_server_mixes_are_told() -> None:
    found = sound_measurements.judge_channels(VOICE[:, np.newaxis], RATE, NOBODY, mixed=4)
    assert "mixes its 4 channels into one" in found.meaning


def test_channels_are_told_in_korean_too() -> None:
    found = sound_measurements.judge_channels(
        np.stack([VOICE, -VOICE], axis=1), RATE, circumstances_with(Settings(language="ko"))
    )
    assert "2개 채널 중 1번" in found.meaning
    assert "위상이 반대" in found.meaning


@pytest.mark.parametrize(
    ("places", "words"),
    [("front-left,front-right", "Channel 1 of 2"), ("aux0,aux1", "mixes its 2 channels into one")],
    ids=["channels that ALSA can ask for", "channels that it can not"],
)
def test_a_microphone_of_two_channels_is_looked_at_on_both(
    card: VirtualCard, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, places: str, words: str
) -> None:
    with two_channels(card, tmp_path, monkeypatch, places) as microphone:
        microphone.play_on(np.stack([noise(-40, 5.0, 48_000), -noise(-40, 5.0, 48_000) * 0.5], axis=1))
        done = subprocess.run(
            [sys.executable, "-m", "voice_coach.doctor.probe", "microphone_level", json.dumps(NOBODY.as_json())],
            env=microphone.environment, capture_output=True, text=True, check=True, timeout=patient(60),
        )  # fmt: skip
    found = Finding.from_json(json.loads(done.stdout))
    assert found.state is CheckState.OK
    assert words in found.meaning


def test_what_is_taken_by_a_running_coach_is_no_failure() -> None:
    assert sound_measurements.judge_level(None, circumstances_with(is_running=True)).state is CheckState.WARNING


def test_a_silent_microphone_of_a_real_stream_delivers_only_zeros(card: VirtualCard) -> None:
    found = probe(card, "microphone_level")
    assert found.state is CheckState.FAILURE
    assert "only zeros" in found.meaning


@pytest.mark.parametrize(
    ("level", "measured", "words"),
    [(-50.0, -55.0, "nothing clips"), (6.0, -6.0, "at the limit")],
    ids=["well", "clipped"],
)
def test_what_somebody_says_is_measured(
    card: VirtualCard, tmp_path: Path, level: float, measured: float, words: str
) -> None:
    """The microphone is recorded at 16 kHz, which takes two thirds of white noise away: 5 dB."""
    with said(card, tmp_path / "sound.wav", noise(level, 8.0, 48_000)):
        found = probe(card, "microphone_level")
    assert words in found.meaning
    assert found.figures["level_dbfs"] == pytest.approx(measured, abs=2)


def test_microphone_and_speaker_are_told_with_their_rates(card: VirtualCard) -> None:
    for name in ("microphone", "speaker"):
        found = probe(card, name, circumstances_with(Settings(input="microphone", output="speaker")))
        assert found.state is CheckState.OK
        assert found.figures["device"] == name
        assert 16_000 in found.figures["rates"]


def test_a_device_that_the_settings_name_and_nobody_has_is_a_failure(card: VirtualCard) -> None:
    found = probe(card, "microphone", circumstances_with(Settings(input="mikrophone")))
    assert found.state is CheckState.FAILURE
    assert 'did you mean "microphone"' in found.meaning
    assert found.remedy == "voice-coach devices"


def test_the_sound_server_answers(card: VirtualCard) -> None:
    found = probe(card, "sound_server")
    assert found.state is CheckState.OK
    assert found.figures["server"].startswith("pulseaudio")


@pytest.mark.alone  # on a busy machine the loop may lose blocks of each chirp, and with them some of the level
def test_the_loop_tells_how_late_and_how_loud_the_speaker_reaches_the_microphone(card: VirtualCard) -> None:
    card.let_microphone_hear_speaker(-10.0)
    try:
        found = probe(card, "loop")
    finally:
        card.deafen_microphone_to_speaker()
    assert found.state is CheckState.OK, found
    assert found.figures["level_db"] == pytest.approx(-10.0, abs=2.0)
    assert 0 < found.figures["delay_ms"] < 1_000


def test_a_speaker_that_the_microphone_does_not_hear_is_a_warning(card: VirtualCard) -> None:
    found = probe(card, "loop")
    assert found.state is CheckState.WARNING
    assert found.figures["is_heard"] is False


@pytest.mark.parametrize("gain_db", [0.0, -20.0, -40.0])
def test_a_chirp_is_found_in_a_room_and_never_in_noise(gain_db: float) -> None:
    heard = noise(-70.0, 2.0, 48_000)
    assert (
        sound_measurements.judge_echo(sound_measurements.find_chirp(heard, 48_000), 0.0, TEXTS).state
        is CheckState.WARNING
    )
    wave = sound_measurements.chirp(48_000) * 10 ** (gain_db / 20)
    heard[24_000 : 24_000 + len(wave)] += wave
    found = sound_measurements.find_chirp(heard, 48_000)
    assert found.seconds == pytest.approx(0.5, abs=0.001)
    assert found.gain_db == pytest.approx(gain_db, abs=1.0)
    assert sound_measurements.judge_echo(found, 0.1, TEXTS).state is CheckState.OK


def test_a_chirp_that_lost_blocks_does_not_count_beside_a_whole_one() -> None:
    def recorded(lost_blocks: int) -> sound_measurements.RecordedChirp:
        heard = noise(-70.0, 1.4, 48_000)
        wave = 10 ** (-10.0 / 20) * sound_measurements.chirp(48_000)
        middle = len(wave) // 2
        rest = np.delete(wave, slice(middle, middle + lost_blocks * 960))
        heard[4_800 : 4_800 + len(rest)] += rest
        return sound_measurements.RecordedChirp(sound_measurements.Recorded(heard[:, np.newaxis], 48_000, 20.0), 20.0)

    torn = sound_measurements.clearest([recorded(1)])
    echo, delay = sound_measurements.clearest([recorded(1), recorded(0), recorded(2)])
    assert torn[0] is not None
    assert echo is not None
    assert torn[0].gain_db < -12.0
    assert echo.gain_db == pytest.approx(-10.0, abs=0.5)
    assert delay == pytest.approx(0.1, abs=0.001)


def test_the_chirp_is_quiet() -> None:
    assert np.abs(sound_measurements.chirp(44_100)).max() <= 0.1


def test_blocks_that_came_late_do_not_move_the_beginning() -> None:
    blocks = [TimedBlock(np.zeros((160, 1), np.float32), at) for at in (5.01, 5.09, 5.03)]
    assert joined(blocks, RATE).began_at == pytest.approx(5.0)
