"""Speech or not, frame by frame, by level against a noise floor that follows the room.

The floor is the lowest smoothed level of the last seconds (minimum statistics, after R. Martin, "Noise power spectral
density estimation based on optimal smoothing and minimum statistics", 2001): speech has gaps, so the floor stays under
it, and a fan or a tap becomes the floor after a moment.
"""

from __future__ import annotations

import math
from collections import deque
from typing import TYPE_CHECKING

import numpy as np

from voice_coach.ears.evidence import SAMPLE_RATE

if TYPE_CHECKING:
    from numpy.typing import NDArray

FRAME_SAMPLES = SAMPLE_RATE // 50
"""20 ms."""
FRAME_SECONDS = FRAME_SAMPLES / SAMPLE_RATE

_WINDOW = np.hanning(FRAME_SAMPLES).astype(np.float32)
_WINDOW_ENERGY = float(np.sum(_WINDOW * _WINDOW))
_VOICE = (150, 4_000)
_SIBILANCE = (4_000, 7_900)
"""Hz: bands of a vowel, and of the s at the end of a word."""

_QUIETEST = -70.0
_FIRST_FLOOR = -55.0
_FLOOR_SECONDS = 1.6
_SMOOTHING = 0.5


class SpeechGate:
    """Says of each frame whether somebody may be speaking. Levels are in dBFS, differences in dB.

    It opens on the band of a voice, in which running water has little, and stays open on that of an s too. Measured
    against one level of the differenced sound: beside a tap at 20 dB, 82 instead of 53 % of commands.
    """

    def __init__(self, *, opens_above: float = 10.0, closes_below: float = 6.0) -> None:
        self._opens_above = opens_above
        self._closes_below = closes_below
        self._voice = _Band()
        self._sibilance = _Band()
        self._is_open = False

    def is_speech(self, frame: NDArray[np.float32]) -> bool:
        """Whether this frame, shape (FRAME_SAMPLES,), may be speech."""
        voice = self._voice.take(level_of(frame, _VOICE))
        sibilance = self._sibilance.take(level_of(frame, _SIBILANCE))
        self._is_open = max(voice, sibilance) > self._closes_below if self._is_open else voice > self._opens_above
        return self._is_open


class _Band:
    """The noise floor of one band."""

    def __init__(self) -> None:
        self._smoothed = _FIRST_FLOOR
        self._recent = deque([_FIRST_FLOOR], maxlen=round(_FLOOR_SECONDS / FRAME_SECONDS))

    def take(self, level: float) -> float:
        """How far the next frame's level is above the floor."""
        self._smoothed += _SMOOTHING * (level - self._smoothed)
        self._recent.append(self._smoothed)
        return level - max(_QUIETEST, min(self._recent))


def level_of(frame: NDArray[np.float32], band: tuple[int, int]) -> float:
    """Level in dBFS of a frame, shape (FRAME_SAMPLES,), between two frequencies in Hz."""
    low, high = (hertz * FRAME_SAMPLES // SAMPLE_RATE for hertz in band)
    spectrum = np.fft.rfft(frame * _WINDOW)[low:high]
    power = 2 * float(np.vdot(spectrum, spectrum).real) / (FRAME_SAMPLES * _WINDOW_ENERGY)
    return 10 * math.log10(power + 1e-12)
