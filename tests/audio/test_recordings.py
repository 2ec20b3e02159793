"""Recordings of any rate and number of channels come out as mono at 16 kHz; what is none is refused in a sentence."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import numpy as np
import pytest
import soundfile

from voice_coach.audio import recordings
from voice_coach.audio.recordings import RATE, read_recording
from voice_coach.errors import RecordingError

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


def _voice(seconds: float = 3.0) -> NDArray[np.float64]:
    """A tone that comes and goes as syllables do."""
    return _tone(RATE, seconds, 500.0) * (np.sin(2 * np.pi * 2.0 * np.arange(round(RATE * seconds)) / RATE) > 0.3)


def _noise(level: float, seconds: float = 3.0) -> NDArray[np.float64]:
    return np.random.default_rng(1).normal(0, level, round(RATE * seconds))


def _heard(path: Path, sides: list[NDArray[np.float64]]) -> tuple[NDArray[np.float32], list[str]]:
    """What is read from a file with these channels, and what is told of it."""
    told: list[str] = []
    soundfile.write(path, np.stack(sides, axis=1), RATE, subtype="FLOAT")
    return read_recording(path, told.append), told


@pytest.mark.parametrize(
    ("sides", "chosen"),
    [
        ([_noise(0.05), _voice() + _noise(0.001)], 1),
        ([_voice() + _noise(0.001), _noise(0.05)], 0),
        ([np.zeros(3 * RATE), _voice()], 1),
        ([np.zeros(3 * RATE), _noise(0.05)], 1),
        ([_voice() * 0.8, _voice()], 0),
        ([_noise(0.01)] * 5 + [_voice() + _noise(0.001)], 5),
    ],
    ids=["noise left", "noise right", "left dead", "left dead, noise", "nearly equal", "the last of six"],
)
def test_of_several_channels_the_one_with_the_voice_is_heard_as_it_is(
    tmp_path: Path, sides: list[NDArray[np.float64]], chosen: int
) -> None:
    sound, told = _heard(tmp_path / "sides.wav", sides)
    assert np.allclose(sound, sides[chosen], atol=1e-6)
    assert not told


def test_channels_in_antiphase_are_heard_and_told_of(tmp_path: Path) -> None:
    voice = _voice() + _noise(0.001)
    sound, told = _heard(tmp_path / "antiphase.wav", [voice, -voice])
    assert np.allclose(sound, voice, atol=1e-6)
    assert len(told) == 1
    assert "antiphase.wav: its channels are in antiphase" in told[0]
    assert "channel 1 alone" in told[0]


@pytest.mark.parametrize("subtype", ["GSM610", "G721_32", "NMS_ADPCM_16", "NMS_ADPCM_24", "IMA_ADPCM", "ULAW"])
def test_what_cannot_be_sought_in_is_read_to_its_end(tmp_path: Path, subtype: str) -> None:
    path = tmp_path / "sound.wav"
    soundfile.write(path, _tone(8_000, 3.3), 8_000, subtype=subtype)
    sound = read_recording(path)
    assert len(sound) / RATE == pytest.approx(3.3, abs=0.1)
    assert np.argmax(np.abs(np.fft.rfft(sound))) * RATE / len(sound) == pytest.approx(440.0, abs=1.0)


def _unfinished(path: Path, magic: bytes, size: bytes) -> None:
    """Put a size into the header of a file that a recorder never finished."""
    content = bytearray(path.read_bytes())
    place = 8 if magic == b".snd" else content.index(magic) + 4
    content[place : place + 4] = size
    path.write_bytes(bytes(content))


@pytest.mark.parametrize("size", [b"\0\0\0\0", b"\xff\xff\xff\xff", b"\0\0\xff\x7f"], ids=["0", "all ones", "too much"])
@pytest.mark.parametrize("channels", [1, 2])
@pytest.mark.parametrize("name", ["sound.wav", "sound.au"])
def test_a_recorder_that_was_cut_off_has_left_all_sound_up_to_the_end(
    tmp_path: Path, name: str, channels: int, size: bytes
) -> None:
    path = tmp_path / name
    soundfile.write(path, np.repeat(_tone(RATE, 2.0)[:, np.newaxis], channels, axis=1), RATE)
    whole = read_recording(path)
    if name.endswith("wav"):
        _unfinished(path, b"RIFF", size)
    _unfinished(path, b"data" if name.endswith("wav") else b".snd", size if name.endswith("wav") else size[::-1])
    assert np.array_equal(read_recording(path), whole)


@pytest.mark.parametrize("form", ["WAV", "FLAC", "AIFF", "W64", "RF64"])
def test_of_a_file_that_breaks_off_what_is_there_is_read(tmp_path: Path, form: str) -> None:
    path = tmp_path / "sound"
    soundfile.write(path, _noise(0.1, 4.0), RATE, format=form, subtype="PCM_16")
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    assert len(read_recording(path)) / RATE == pytest.approx(2.0, abs=0.4)


def test_flac_whose_length_was_never_written_is_read_whole(tmp_path: Path) -> None:
    """As a program writes it into a pipe, where it can't go back to the header."""
    path = tmp_path / "streamed.flac"
    soundfile.write(path, _noise(0.1, 4.0), RATE)
    whole = read_recording(path)
    content = bytearray(path.read_bytes())
    content[21:26] = bytes([content[21] & 0xF0, 0, 0, 0, 0])
    path.write_bytes(bytes(content))
    assert np.array_equal(read_recording(path), whole)


def test_a_recording_that_is_too_long_is_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "long.wav"
    soundfile.write(path, _noise(0.1), RATE)
    monkeypatch.setattr(recordings, "LONGEST_SECONDS", 2)
    with pytest.raises(RecordingError, match=r"is longer than .* hours: cut it into pieces\.$"):
        read_recording(path)


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


def _rate(path: Path, hertz: int) -> None:
    soundfile.write(path, np.zeros(100), RATE)
    content = bytearray(path.read_bytes())
    content[24:28] = hertz.to_bytes(4, "little")
    path.write_bytes(bytes(content))


def _one_hertz(path: Path) -> None:
    _rate(path, 1)


def _a_gigahertz(path: Path) -> None:
    _rate(path, 10**9)


def _no_channels(path: Path) -> None:
    soundfile.write(path, np.zeros(100), RATE)
    content = bytearray(path.read_bytes())
    content[22:24] = b"\0\0"
    path.write_bytes(bytes(content))


def _a_thousand_channels(path: Path) -> None:
    soundfile.write(path, np.zeros((100, 1_000)), RATE)


def _only_a_header(path: Path) -> None:
    soundfile.write(path, np.zeros(100), RATE)
    path.write_bytes(path.read_bytes()[:40] + b"\0\0\0\0")


def _fifo(path: Path) -> None:
    os.mkfifo(path)


def _endless(path: Path) -> None:
    path.symlink_to("/dev/zero")


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
        (_a_gigahertz, "impossible sample rate"),
        (_no_channels, "no sound file"),
        (_a_thousand_channels, "1000 channels"),
        (_only_a_header, "holds no sound"),
        (_fifo, "is no file"),
        (_endless, "is no file"),
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
