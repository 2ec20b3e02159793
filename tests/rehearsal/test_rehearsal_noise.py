from __future__ import annotations

import time
from typing import TYPE_CHECKING

import numpy as np
import pytest
import soundfile

from tests.patience import patient
from voice_coach.errors import RehearsalError
from voice_coach.rehearsal.dialogue import SPEAKING_LEVEL
from voice_coach.rehearsal.noise import load_noise, playing

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from voice_coach.rehearsal.virtual_card import VirtualCard


PATIENCE_SECONDS = patient(10.0)


def level(sound: NDArray[np.float32]) -> float:
    return float(20 * np.log10(np.sqrt(np.mean(np.square(sound)))))


def test_a_noise_is_so_far_below_the_voice_as_was_asked(tmp_path: Path) -> None:
    path = tmp_path / "fan.flac"
    soundfile.write(path, np.random.default_rng(1).normal(0, 0.2, (44_100, 2)), 44_100)
    voice = 20 * np.log10(SPEAKING_LEVEL)
    for name, snr in ((str(path), 6.0), ("water", 20.0), ("shower", -3.0)):
        assert level(load_noise(name, snr).sound) == pytest.approx(voice - snr, abs=0.1)


def test_a_silent_file_is_no_noise(tmp_path: Path) -> None:
    path = tmp_path / "nothing.wav"
    soundfile.write(path, np.zeros(1600), 16_000)
    with pytest.raises(RehearsalError, match="only silence"):
        load_noise(str(path), 20.0)


def wait_until_heard(card: VirtualCard) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    card.start_recording()
    while not card.recorder.so_far().microphone.any():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_only_the_microphone_hears_the_noise_and_it_goes_on_and_on(card: VirtualCard) -> None:
    noise = load_noise("water", 10.0)
    with playing(noise, card):
        wait_until_heard(card)
        card.start_recording()
        time.sleep(0.7)
        heard = card.stop_recording()
    in_band = level(noise.sound)
    assert level(heard.microphone) == pytest.approx(in_band, abs=1.5)
    assert not heard.speaker.any()
    time.sleep(0.3)
    card.start_recording()
    time.sleep(0.3)
    assert not card.stop_recording().microphone[4800:].any()
