"""Running water, made here: the noise of a bathroom for rehearsals and benches, the same again for the same seed.

After what is heard of water: much air let in at once is a broad hiss, and each drop that falls in leaves a bubble that
rings, a decaying sine whose pitch is the bubble's size (K. van den Doel, "Physically based models for liquid sounds",
ACM Transactions on Applied Perception 2(4), 2005). All is filtered as a circle, so that the end goes on into the
beginning without a click.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Sound = NDArray[np.float32]
    Seed = int | np.random.Generator

_RATE = 16_000
_LEVEL = -30.0
"""dBFS."""
_DROP_SECONDS = 0.03


@dataclass(frozen=True, slots=True)
class _Water:
    """One way of running."""

    hiss: tuple[float, float]
    """Hz: the band of the hiss."""
    drops_a_second: int
    drop_pitches: tuple[float, float]
    """Hz."""
    drop_decays: tuple[float, float]
    """In 1/s."""
    drop_share: float
    """Level of all drops against the hiss."""
    swell: float
    """dB, standard deviation of the hiss's level."""


_TAP = _Water((400, 6_500), 60, (700, 4_000), (100, 400), 0.7, 1.5)
_SHOWER = _Water((300, 7_500), 400, (1_500, 6_500), (300, 900), 0.5, 0.7)


def running_tap(seed: Seed = 1, seconds: float = 20.0, rate: int = _RATE) -> Sound:
    """Water from a tap into a basin: broad hiss that swells a little, and splashes in it.

    Args:
        seed: of the same seed, length and rate comes the same water; or a generator to go on with.
        seconds: how long, at least 0.1.
        rate: in Hz.

    Returns:
        Shape (samples,), mono, -30 dBFS root mean square; repeated, it runs on without a click.
    """
    return _run(_TAP, np.random.default_rng(seed), seconds, rate)


def shower(seed: Seed = 1, seconds: float = 20.0, rate: int = _RATE) -> Sound:
    """A shower: steadier and brighter than a tap, of many small drops. Arguments and result as of running_tap."""
    return _run(_SHOWER, np.random.default_rng(seed), seconds, rate)


def _run(water: _Water, rng: np.random.Generator, seconds: float, rate: int) -> Sound:
    length = round(seconds * rate)
    swell = 10 ** (water.swell * _band_of_noise(rng, length, rate, (0, 3), order=1) / 20)
    hiss = _band_of_noise(rng, length, rate, water.hiss, order=2) * swell
    drops = _drops(water, rng, length, rate)
    sound = hiss + water.drop_share * drops / drops.std()
    return np.asarray(sound * 10 ** (_LEVEL / 20) / np.sqrt(np.mean(np.square(sound))), np.float32)


def _band_of_noise(
    rng: np.random.Generator, length: int, rate: int, band: tuple[float, float], order: int
) -> NDArray[np.float64]:
    """Gaussian noise of standard deviation 1, shaped as by a Butterworth bandpass (from 0 Hz on: a lowpass)."""
    low, high = band
    frequencies = np.maximum(np.fft.rfftfreq(length, 1 / rate), 1e-3)
    distance = (frequencies**2 - low * high) / (frequencies * (high - low))
    response = 1 / np.sqrt(1 + distance ** (2 * order))
    noise = np.fft.irfft(np.fft.rfft(rng.standard_normal(length)) * response, length)
    return np.asarray(noise / noise.std())


def _drops(water: _Water, rng: np.random.Generator, length: int, rate: int) -> NDArray[np.float64]:
    drops = np.zeros(length)
    time = np.arange(round(_DROP_SECONDS * rate)) / rate
    for start in rng.integers(length, size=max(1, length * water.drops_a_second // rate)):
        pitch, decay, size = rng.uniform(*water.drop_pitches), rng.uniform(*water.drop_decays), rng.exponential()
        drop = size * np.exp(-decay * time) * np.sin(2 * np.pi * pitch * time)
        drops[np.arange(start, start + len(time)) % length] += drop
    return drops
