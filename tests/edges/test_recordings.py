"""Recordings of any rate and number of channels come out as mono at 16 kHz; what is none is refused in a sentence."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
import soundfile

from voice_coach.errors import RecordingError
from voice_coach.sound.recordings import RATE, read_recording

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray


def _tone(rate: int, seconds: float, hertz: float = 440.0) -> NDArray[np.float64]:
    return 0.5 * np.sin(2 * np.pi * hertz * np.arange(round(rate * seconds)) / rate)


@pytest.mark.parametrize("rate", [8_000, 11_025, 16_000, 22_050, 44_100, 48_000, 96_000])
@pytest.mark.parametrize("suffix", [".wav", ".flac"])
def test_any_rate_becomes_16_khz_with_pitch_and_length_kept(tmp_path: Path, rate: int, suffix: str) -> None:
    path = tmp_path / f"tone{suffix}"
    soundfile.write(path, _tone(rate, 12.0), rate)
    sound = read_recording(path)
    assert sound.dtype == np.float32
    assert abs(len(sound) - 12 * RATE) <= 2
    loudest = np.argmax(np.abs(np.fft.rfft(sound))) * RATE / len(sound)
    assert loudest == pytest.approx(440.0, abs=0.5)


def test_channels_are_averaged(tmp_path: Path) -> None:
    path = tmp_path / "stereo.wav"
    tone = _tone(RATE, 1.0)
    soundfile.write(path, np.stack([tone, np.zeros_like(tone)], axis=1), RATE)
    assert np.abs(read_recording(path)).max() == pytest.approx(0.25, abs=0.01)


def test_impossible_samples_are_made_possible(tmp_path: Path) -> None:
    path = tmp_path / "wild.wav"
    soundfile.write(path, np.array([np.nan, np.inf, -7.0, 0.1] * 4_000, np.float32), RATE, subtype="FLOAT")
    sound = read_recording(path)
    assert np.isfinite(sound).all()
    assert np.abs(sound).max() <= 1.0


def _random_bytes(path: Path) -> None:
    path.write_bytes(np.random.default_rng(1).bytes(50_000))


def _wav_header_of_random_bytes(path: Path) -> None:
    path.write_bytes(b"RIFF\xff\xff\xff\x7fWAVEfmt " + np.random.default_rng(2).bytes(5_000))


def _empty(path: Path) -> None:
    path.touch()


def _folder(path: Path) -> None:
    path.mkdir()


def _nothing(_path: Path) -> None:
    pass


def _no_samples(path: Path) -> None:
    soundfile.write(path, np.zeros(0), RATE)


def _one_hertz(path: Path) -> None:
    soundfile.write(path, np.zeros(100), 1)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (_random_bytes, "no sound file"),
        (_wav_header_of_random_bytes, "no sound file"),
        (_empty, "is empty"),
        (_folder, "is a folder"),
        (_nothing, "does not exist"),
        (_no_samples, "holds no sound"),
        (_one_hertz, "impossible sample rate"),
    ],
)
@pytest.mark.parametrize("name", ["sound.wav", "sound.raw", "sound"])
def test_what_is_no_recording_is_refused_in_one_sentence(tmp_path: Path, make: object, words: str, name: str) -> None:
    path = tmp_path / "sound.wav"
    make(path)  # type: ignore[operator]
    if path.exists():
        path = path.rename(tmp_path / name)
    with pytest.raises(RecordingError, match=words) as caught:
        read_recording(path)
    assert str(caught.value).endswith("give a WAV or FLAC recording.")
    assert "\n" not in str(caught.value)
