"""Whether what was heard is what was played, however bent on its way: by rooms, a wrong delay, an overloaded speaker.

Compared are the levels of bands over time, each band against its own mean: the room's colour, the loudness and the
phase do not count. Measured: the coach itself, through rooms, 0.67 and more, overloaded besides 0.35 and more; a person
over its cancelled echo 0.56 at most; a person who says the very words it is saying, in the same second, 0.34 to 0.77.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Sound = NDArray[np.float32]
    Levels = NDArray[np.float64]

_HOP_SECONDS = 0.01
_BANDS = 16
_LOWEST, _HIGHEST = 200.0, 6_000.0
"""Hz."""
_DEEPEST = 30.0
"""dB below the loudest that still counts."""
_LINGERING = 10 ** (-6 * _HOP_SECONDS / 0.6)
"""Of a frame's power in the next one, in a room where sound falls by 60 dB in 0.6 s."""
_FEWEST = 10
"""Frames that are enough to tell."""


def likeness(heard: Sound, reference: Sound, rate: int) -> float:
    """How alike a sound is to the likest part of a reference: 1 the same, 0 or less nothing alike.

    Args:
        heard: shape (samples,).
        reference: shape (more samples,): the difference is how far is searched.
        rate: of both, Hz.
    """
    one, played = band_powers(heard, rate), band_powers(reference, rate)
    if len(one) < _FEWEST or len(played) < len(one):
        return 0.0
    return max(_likeness(in_decibels(one), in_decibels(other)) for other in (played, reverberated(played)))


def _likeness(one: Levels, other: Levels) -> float:
    length = len(one)
    centred = one - one.mean(axis=0)
    windows = np.lib.stride_tricks.sliding_window_view(other, length, axis=0)  # (lags, bands, length)
    centred_windows = windows - windows.mean(axis=2, keepdims=True)
    product = np.einsum("lbt,tb->l", centred_windows, centred)
    scale = np.linalg.norm(centred) * np.linalg.norm(centred_windows, axis=(1, 2))
    return float(np.max(product / (scale + 1e-9)))


def band_powers(sound: Sound, rate: int) -> Levels:
    """Power of each band over time, shape (frames, bands): a frame every 10 ms, 20 ms long."""
    hop = round(_HOP_SECONDS * rate)
    count = len(sound) // hop - 1
    if count < 1:
        return np.zeros((0, _BANDS))
    frames = np.lib.stride_tricks.sliding_window_view(sound, 2 * hop)[::hop][:count]
    power = np.square(np.abs(np.fft.rfft(frames * np.hanning(2 * hop), axis=1)))
    edges = np.unique(np.round(np.geomspace(_LOWEST, _HIGHEST, _BANDS + 1) * 2 * hop / rate).astype(int))
    summed: Levels = np.add.reduceat(power, edges, axis=1)[:, :-1]
    return summed


def reverberated(powers: Levels) -> Levels:
    """The same in a room that takes its time to fall silent."""
    sounding = powers.copy()
    for frame in range(1, len(sounding)):
        sounding[frame] += _LINGERING * sounding[frame - 1]
    return sounding


def in_decibels(powers: Levels) -> Levels:
    """Levels; the softest are cut off."""
    levels = 10 * np.log10(powers + 1e-12)
    cut: Levels = np.maximum(levels, levels.max() - _DEEPEST)
    return cut
