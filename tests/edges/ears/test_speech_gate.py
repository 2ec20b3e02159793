"""Speech or not: the level against the room's own noise."""

from __future__ import annotations

import numpy as np
import pytest

from voice_coach.ears.speech_gate import FRAME_SAMPLES, SpeechGate, level_of


def noise(dbfs: float, seconds: float, seed: int = 0) -> np.ndarray[tuple[int, int], np.dtype[np.float32]]:
    """Frames of white noise of a level."""
    frames = round(seconds * 50)
    made = np.random.default_rng(seed).standard_normal((frames, FRAME_SAMPLES)) * 10 ** (dbfs / 20)
    return made.astype(np.float32)


def opened(gate: SpeechGate, frames: np.ndarray[tuple[int, int], np.dtype[np.float32]]) -> list[bool]:
    return [gate.is_speech(frame) for frame in frames]


def test_digital_silence_is_no_speech() -> None:
    assert not any(opened(SpeechGate(), np.zeros((100, FRAME_SAMPLES), np.float32)))


@pytest.mark.parametrize("room", [-80.0, -60.0, -45.0, -30.0])
def test_what_stands_out_of_the_room_opens_and_its_end_closes(room: float) -> None:
    gate = SpeechGate()
    opened(gate, noise(room, 3.0))
    voice = opened(gate, noise(max(room, -60) + 20, 0.5, seed=1))
    after = opened(gate, noise(room, 0.5, seed=2))
    assert all(voice[2:])
    assert not any(after[8:])


@pytest.mark.parametrize("water", [-40.0, -25.0, -15.0])
def test_running_water_opens_the_gate_only_until_it_is_known(water: float) -> None:
    gate = SpeechGate()
    opened(gate, noise(-70, 2.0))
    assert not any(opened(gate, noise(water, 6.0, seed=1))[150:])


def test_speech_over_running_water_still_opens_the_gate() -> None:
    gate = SpeechGate()
    opened(gate, noise(-35, 4.0))
    assert all(opened(gate, noise(-20, 0.4, seed=1))[2:])


@pytest.mark.parametrize("hertz", [50, 6_000])
def test_rumble_and_hiss_count_for_less_than_a_voice_of_the_same_level(hertz: float) -> None:
    time = np.arange(FRAME_SAMPLES) / 16_000
    other, voice = (np.sin(2 * np.pi * tone * time).astype(np.float32) for tone in (hertz, 500))
    assert level_of(voice) == pytest.approx(-3.0, abs=0.5)
    assert level_of(other) < level_of(voice) - 12
