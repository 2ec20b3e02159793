from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from voice_coach.rehearsal.acoustics import end_of_speech, find_pattern, first_sound, seconds_of_sound

RATE = 48_000
Sound = NDArray[np.float32]


def tone(seconds: float, level: float = 0.1, hertz: float = 300.0) -> Sound:
    times = np.arange(round(seconds * RATE)) / RATE
    return (level * np.sin(2 * np.pi * hertz * times)).astype(np.float32)


def silence(seconds: float) -> Sound:
    return np.zeros(round(seconds * RATE), np.float32)


def noise(seconds: float, level: float) -> Sound:
    return np.random.default_rng(1).normal(0.0, level, round(seconds * RATE)).astype(np.float32)


@given(before=st.floats(0.0, 1.0), lasting=st.floats(0.1, 1.0), after=st.floats(0.1, 1.0))
def test_the_last_word_ends_where_its_sound_ends(before: float, lasting: float, after: float) -> None:
    sound = np.concatenate([silence(before), tone(lasting), silence(after)])
    assert end_of_speech(sound, RATE) == pytest.approx(before + lasting, abs=0.01)


def test_a_pause_between_words_is_not_the_end() -> None:
    sound = np.concatenate([tone(0.3), silence(0.4), tone(0.2), silence(0.5)])
    assert end_of_speech(sound, RATE) == pytest.approx(0.9, abs=0.01)


def test_a_soft_last_consonant_still_counts_as_speech() -> None:
    sound = np.concatenate([tone(0.5, level=0.2), tone(0.1, level=0.004), silence(0.5)])
    assert end_of_speech(sound, RATE) == pytest.approx(0.6, abs=0.01)


def test_the_noise_of_a_room_does_not_lengthen_the_last_word() -> None:
    sound = np.concatenate([silence(0.3), tone(0.5), silence(0.7)])
    assert end_of_speech(sound + noise(1.5, 0.001), RATE) == pytest.approx(0.8, abs=0.015)


def test_silence_has_no_end_of_speech_and_no_first_sound() -> None:
    assert end_of_speech(silence(1.0), RATE) is None
    assert end_of_speech(silence(0.0), RATE) is None
    assert first_sound(silence(1.0), RATE) is None


def test_the_first_sound_after_a_moment_is_found_to_a_frame() -> None:
    sound = np.concatenate([tone(0.2), silence(0.5), tone(0.2)])
    assert first_sound(sound, RATE) == 0.0
    assert first_sound(sound, RATE, after=0.25) == pytest.approx(0.7, abs=0.005)
    assert first_sound(sound, RATE, after=0.95) is None


def test_seconds_of_sound_leave_out_the_silences() -> None:
    sound = np.concatenate([silence(0.5), tone(0.3), silence(0.5), tone(0.2)])
    assert seconds_of_sound(sound, RATE) == pytest.approx(0.5, abs=0.02)


def test_a_known_sound_is_found_to_the_sample_under_louder_talk() -> None:
    chime = tone(0.4, level=0.1, hertz=880.0) * np.linspace(1, 0, round(0.4 * RATE), dtype=np.float32)
    recording = np.concatenate([silence(0.5), chime, silence(0.5)]) + noise(1.4, 0.05)
    sample, likeness = find_pattern(recording, chime)
    assert sample == pytest.approx(0.5 * RATE, abs=3)
    assert likeness > 0.3


def test_another_sound_is_not_taken_for_the_known_one() -> None:
    chime = tone(0.3, hertz=880.0)
    _, likeness = find_pattern(np.concatenate([silence(0.2), tone(1.0, hertz=300.0)]), chime)
    assert likeness < 0.3


def test_a_recording_shorter_than_the_known_sound_holds_none() -> None:
    assert find_pattern(tone(0.1), tone(0.3)) == (0, 0.0)
    assert find_pattern(tone(0.3), silence(0.1)) == (0, 0.0)
