from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from voice_coach.rehearsal.recorder import end_of_speech, find_onset, first_sound, seconds_of_sound

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


def bell(seconds: float) -> Sound:
    """Partials of 660 Hz that repeat every 15 ms and hardly fade: the hard case."""
    times = np.arange(round(seconds * RATE)) / RATE
    made = sum(np.sin(2 * np.pi * 660.0 * ratio * times) for ratio in (0.5, 1.0, 1.2, 1.5, 2.0))
    return (0.1 * made * np.exp(-times / 0.9)).astype(np.float32)


@pytest.mark.parametrize("onset", [0.1, 0.33, 0.4, 0.47, 0.6])
def test_a_ringing_bell_is_found_to_the_sample_under_talk(onset: float) -> None:
    recording = noise(0.9, 0.1)
    first = round(onset * RATE)
    recording[first:] += bell(1.6)[: len(recording) - first]
    sample, likeness = find_onset(recording, bell(1.6))
    assert sample == pytest.approx(first, abs=3)
    assert likeness > 0.5


def test_a_short_sound_is_found_though_the_recording_goes_on() -> None:
    recording = np.concatenate([silence(0.2), tone(0.1, hertz=880.0), silence(0.4)]) + noise(0.7, 0.01)
    sample, likeness = find_onset(recording, tone(0.1, hertz=880.0))
    assert sample == pytest.approx(0.2 * RATE, abs=3)
    assert likeness > 0.5


def test_another_sound_is_not_taken_for_the_known_one() -> None:
    _, likeness = find_onset(np.concatenate([silence(0.2), tone(1.0, hertz=300.0)]), bell(0.8))
    assert likeness < 0.3


def test_silence_holds_no_known_sound() -> None:
    assert find_onset(silence(0.5), bell(0.3)) == (0, 0.0)
    assert find_onset(tone(0.3), silence(0.1)) == (0, 0.0)
    assert find_onset(silence(0.0), bell(0.1)) == (0, 0.0)
