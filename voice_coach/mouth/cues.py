"""The coach's sounds besides speech, made here from decaying tones: a bell, a tick, a chime."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

import numpy as np

from voice_coach.session.commands import Sound

if TYPE_CHECKING:
    from numpy.typing import NDArray

PEAK = 0.6
"""Highest sample of every cue, where full scale is 1: this leaves room for speech beside it."""
_ATTACK_SECONDS = 0.003
"""Seconds in which a cue fades in: short enough to be on time, long enough not to click."""
_RELEASE_SECONDS = 0.02
"""Seconds in which a cue fades out."""
_BELL = ((0.5, 0.35, 1.4), (1.0, 1.0, 0.9), (1.2, 0.5, 0.7), (1.5, 0.35, 0.5), (2.0, 0.45, 0.45), (2.66, 0.2, 0.25))
"""Partials of a small bell: ratio to the strike note, amplitude, seconds to decay to 1/e (hum, prime, tierce, quint,
nominal, superquint: https://en.wikipedia.org/wiki/Strike_tone)."""
_BAR = ((1.0, 1.0, 1.0), (2.76, 0.25, 0.3), (5.4, 0.08, 0.12))
"""Partials of a free metal bar, as in a glockenspiel (https://en.wikipedia.org/wiki/Euler-Bernoulli_beam_theory)."""


def synthesise(sound: Sound, rate: int) -> NDArray[np.float32]:
    """Make a cue's samples, shape (frames,), one channel, `rate` frames a second."""
    match sound:
        case Sound.BELL:
            samples = _struck(660.0, _BELL, 1.6, rate)
        case Sound.TICK:
            samples = 0.5 * _struck(1050.0, ((1.0, 1.0, 0.018), (2.4, 0.3, 0.008)), 0.09, rate)
        case Sound.CHIME:
            samples = _chime((523.25, 659.26, 783.99, 1046.5), 0.16, rate)  # C5 E5 G5 C6
        case _:
            assert_never(sound)
    return samples.astype(np.float32)


def _chime(notes: tuple[float, ...], seconds_between: float, rate: int) -> NDArray[np.float64]:
    """Make rising notes of a struck bar, each of which rings on under the next."""
    one = round(1.8 * rate)
    step = round(seconds_between * rate)
    samples = np.zeros(one + step * (len(notes) - 1))
    for number, note in enumerate(notes):
        bar = tuple((ratio, amplitude, 0.45 * seconds) for ratio, amplitude, seconds in _BAR)
        samples[number * step : number * step + one] += _struck(note, bar, 1.8, rate)
    return _at_peak(samples)


def _struck(
    note: float, partials: tuple[tuple[float, float, float], ...], seconds: float, rate: int
) -> NDArray[np.float64]:
    """Sum partials (ratio to the note, amplitude, decay in seconds) of a note in Hz; faded in and out, at PEAK."""
    time = np.arange(round(seconds * rate)) / rate
    samples = np.zeros_like(time)
    for ratio, amplitude, decay_seconds in partials:
        samples += amplitude * np.exp(-time / decay_seconds) * np.sin(2 * np.pi * note * ratio * time)
    samples *= np.minimum(1.0, time / _ATTACK_SECONDS)
    samples *= np.clip((seconds - time) / _RELEASE_SECONDS, 0.0, 1.0)
    return _at_peak(samples)


def _at_peak(samples: NDArray[np.float64]) -> NDArray[np.float64]:
    loudest: float = np.abs(samples).max()
    return samples * (PEAK / loudest)
