"""How much later one sound comes than another: from the first sentence on, and again and again, for clocks drift."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Sound = NDArray[np.float32]

_LOWEST, _HIGHEST = 200, 6_000
"""Hz: where speech gives a sharp peak."""


class Lag(NamedTuple):
    """Where two sounds fit best."""

    samples: float
    clearness: float
    """Of `find_delay`: the peak over the root mean square of everything else, speech beside its echo has 10 and more.
    Of `find_shift`: the likeness there, -1...1."""


def find_delay(heard: Sound, reference: Sound, rate: int) -> Lag:
    """How many samples of `reference` come before the first one that is in `heard`: a whole number.

    Generalised cross-correlation with phase transform: C. Knapp and G. Carter, "The generalized correlation method for
    estimation of time delay", IEEE Trans. ASSP 24 (1976).

    Args:
        heard: shape (samples,).
        reference: shape (more samples,); the difference is how far is searched.
        rate: of both, Hz.
    """
    size = 1 << (len(reference) + len(heard)).bit_length()
    cross = np.fft.rfft(reference, size) * np.fft.rfft(heard, size).conj()
    low, high = (hertz * size // rate for hertz in (_LOWEST, _HIGHEST))
    power = np.abs(cross)
    whitened = np.zeros_like(cross)
    whitened[low:high] = cross[low:high] / (power[low:high] + 1e-3 * power[low:high].mean() + 1e-12)
    likeness = np.fft.irfft(whitened)[: len(reference) - len(heard) + 1]
    best = int(np.argmax(likeness))
    rest = np.sqrt(np.mean(np.square(likeness))) + 1e-12
    return Lag(best, float(likeness[best] / rest))


def find_shift(heard: Sound, predicted: Sound, farthest: int) -> Lag:
    """How many samples later `heard` comes than `predicted`, both of shape (samples,), to a fraction of one."""
    one, other = np.diff(heard), np.diff(predicted)
    scale = float(np.linalg.norm(one) * np.linalg.norm(other))
    if not scale:
        return Lag(0.0, 0.0)
    size = 1 << (2 * len(one)).bit_length()
    product = np.fft.irfft(np.fft.rfft(one, size) * np.fft.rfft(other, size).conj())
    near = np.concatenate([product[-farthest:], product[: farthest + 1]]) / scale
    best = int(np.argmax(near))
    fraction = 0.0
    if 0 < best < len(near) - 1:
        before, peak, after = (float(value) for value in near[best - 1 : best + 2])
        fraction = 0.5 * (before - after) / (before - 2 * peak + after)
    return Lag(best - farthest + fraction, float(near[best]))
