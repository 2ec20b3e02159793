"""Speech or not: the level against the room's own noise."""

from __future__ import annotations

import numpy as np
import pytest

from voice_coach.ears.endpointing import FRAME_SAMPLES, EnergyVad


def noise(dbfs: float, seconds: float, seed: int = 0) -> np.ndarray[tuple[int, int], np.dtype[np.float32]]:
    """Frames of white noise of a level."""
    frames = round(seconds * 50)
    made = np.random.default_rng(seed).standard_normal((frames, FRAME_SAMPLES)) * 10 ** (dbfs / 20)
    return made.astype(np.float32)


def opened(gate: EnergyVad, frames: np.ndarray[tuple[int, int], np.dtype[np.float32]]) -> list[bool]:
    return [gate.is_speech(frame) for frame in frames]


def test_digital_silence_is_no_speech() -> None:
    assert not any(opened(EnergyVad(), np.zeros((100, FRAME_SAMPLES), np.float32)))


@pytest.mark.parametrize("room", [-80.0, -60.0, -45.0, -30.0])
def test_what_stands_out_of_the_room_opens_and_its_end_closes(room: float) -> None:
    gate = EnergyVad()
    opened(gate, noise(room, 3.0))
    voice = opened(gate, noise(max(room, -60) + 20, 0.5, seed=1))
    after = opened(gate, noise(room, 0.5, seed=2))
    assert all(voice[2:])
    assert not any(after[8:])


@pytest.mark.parametrize("water", [-40.0, -25.0, -15.0])
def test_running_water_opens_the_gate_only_until_it_is_known(water: float) -> None:
    gate = EnergyVad()
    opened(gate, noise(-70, 2.0))
    assert not any(opened(gate, noise(water, 6.0, seed=1))[150:])


def test_speech_over_running_water_still_opens_the_gate() -> None:
    gate = EnergyVad()
    opened(gate, noise(-35, 4.0))
    assert all(opened(gate, noise(-20, 0.4, seed=1))[2:])


def tone(hertz: float) -> np.ndarray[tuple[int, int], np.dtype[np.float32]]:
    """A tone of -23 dBFS, in a room of -60 dBFS."""
    time = np.arange(FRAME_SAMPLES * 20) / 16_000
    made = 0.1 * np.sin(2 * np.pi * hertz * time).astype(np.float32).reshape(-1, FRAME_SAMPLES)
    return made + noise(-60, 0.4)


def test_only_the_band_of_a_voice_opens_the_gate() -> None:
    for hertz, is_voice in [(40, False), (300, True), (2_000, True), (6_000, False)]:
        gate = EnergyVad()
        opened(gate, noise(-60, 2.0))
        assert any(opened(gate, tone(hertz))) == is_voice


def test_an_s_at_the_end_of_a_word_keeps_the_gate_open() -> None:
    gate = EnergyVad()
    opened(gate, noise(-60, 2.0))
    assert all(opened(gate, tone(300))[2:])
    assert all(opened(gate, tone(6_000)))
