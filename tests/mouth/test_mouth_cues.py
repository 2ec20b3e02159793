from __future__ import annotations

import itertools

import numpy as np
import pytest

from voice_coach.mouth.speaker import PEAK, synthesise
from voice_coach.session.commands import Sound


@pytest.mark.parametrize("rate", [16_000, 44_100, 48_000])
@pytest.mark.parametrize("sound", Sound)
def test_a_cue_begins_at_once_fades_away_and_does_not_clip(sound: Sound, rate: int) -> None:
    samples = np.abs(synthesise(sound, rate))
    assert samples.dtype == np.float32
    assert samples[0] == 0.0
    assert samples[: round(0.01 * rate)].max() > 0.1
    assert samples[-round(0.002 * rate) :].max() < 0.01
    assert samples.max() <= PEAK + 1e-6


def test_cues_are_told_apart_by_pitch_or_length() -> None:
    lengths = {sound: len(synthesise(sound, 48_000)) for sound in Sound}
    assert lengths[Sound.TICK] < 0.2 * min(lengths[Sound.BELL], lengths[Sound.CHIME])
    for one, other in itertools.combinations(Sound, 2):
        assert abs(loudest_pitch(one) - loudest_pitch(other)) > 50.0


def loudest_pitch(sound: Sound) -> float:
    spectrum = np.abs(np.fft.rfft(synthesise(sound, 48_000), 48_000))
    return float(np.argmax(spectrum))
