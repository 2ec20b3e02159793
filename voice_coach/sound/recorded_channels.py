"""Which channel of a recording has the voice."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Sound = NDArray[np.float32]

_FRAME_SECONDS = 0.02
_VOICE = (150, 4_000)
"""Hz."""
_QUIETEST = -85.0
"""dBFS: an input that nothing is connected to is softer."""
_LOUD, _QUIET = 95, 10
"""Percentiles of the frames: the voice, and the room between its words."""
_BETTER = 6.0
"""dB that another channel must be ahead of the first one."""
_CANCELLED = 0.1
"""Of the power that the mean of unrelated channels has: so little is left only where they are in antiphase."""


class ChannelLevels:
    """Looks at all channels of a recording, block by block.

    Args:
        channels: how many.
        rate: Hz.
    """

    def __init__(self, channels: int, rate: int) -> None:
        self._channels = channels
        self._rate = rate
        self._frames: list[NDArray[np.float64]] = []
        self._power = self._mixed_power = 0.0

    def take(self, block: Sound) -> None:
        """Look at the next block, shape (samples, channels)."""
        each, mixed = _powers(block)
        self._power += each
        self._mixed_power += mixed
        size = max(1, min(len(block), round(self._rate * _FRAME_SECONDS)))
        whole = len(block) // size * size
        frames = block[:whole].reshape(-1, size, self._channels).transpose(0, 2, 1) * np.hanning(size)
        low, high = (hertz * size // self._rate for hertz in _VOICE)
        spectra = np.fft.rfft(frames, axis=2)[:, :, low : max(low + 1, high)]
        power = (np.square(spectra.real) + np.square(spectra.imag)).sum(axis=2) / size**2
        self._frames.append(10 * np.log10(power + 1e-12))

    @property
    def best(self) -> int:
        """Index of the channel in which a voice rises most above the room; the first of nearly equal ones."""
        levels = np.maximum(np.concatenate([np.full((1, self._channels), _QUIETEST), *self._frames]), _QUIETEST)
        loud, quiet = np.percentile(levels, (_LOUD, _QUIET), axis=0)
        rises = np.where(loud > _QUIETEST, loud - quiet, -np.inf)
        return int(np.argmax(rises > rises.max() - _BETTER))

    @property
    def cancel_each_other(self) -> bool:
        """Whether the mean of all channels would have nearly nothing of what they hold."""
        return _is_cancelled(self._power, self._mixed_power)


def are_in_antiphase(sound: Sound) -> bool:
    """Whether the mean of all channels of a sound, shape (samples, channels), has nearly nothing of what they hold."""
    return _is_cancelled(*_powers(sound))


def _powers(sound: Sound) -> tuple[float, float]:
    """Energy of all channels, and of their sum: they are equal, where the channels have nothing in common."""
    each, mixed = np.square(sound, dtype=np.float64).sum(), np.square(sound.sum(axis=1, dtype=np.float64)).sum()
    return float(each), float(mixed)


def _is_cancelled(each: float, mixed: float) -> bool:
    return mixed < _CANCELLED * each
