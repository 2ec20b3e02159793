"""Speech with stiff lips, imitated: a person whose lips do not close, for tests. No recording of real clay exists here.

Lips that do not close leave p, b and m without their burst, and those that do not round muffle the vowels; what is
left is softer above 1.8 kHz. That softening is all that is imitated.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Sound = NDArray[np.float32]

_CORNER = 1_800.0
"""Hz."""
_LEAST = 0.25
"""Gain of what lies far above."""


def with_stiff_lips(sound: Sound, rate: int) -> Sound:
    """The same words, shape (samples,), as if the lips could not close."""
    spectrum = np.fft.rfft(sound)
    hertz = np.fft.rfftfreq(len(sound), 1 / rate)
    gain = _LEAST + (1 - _LEAST) / (1 + (hertz / _CORNER) ** 4)
    return np.asarray(np.fft.irfft(spectrum * gain, len(sound)), np.float32)
