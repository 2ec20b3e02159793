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

from voice_coach.ears.recognizers.recognizer import SAMPLE_RATE

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
_FLOOR_SECONDS = 1.2
"""A tap that is turned on holds the gate open for so long."""
_VOICE_FALLS, _SIBILANCE_FALLS = 15.0, 18.0
"""dB below the loudest frame of a voice: what is softer is no word that goes on, but the room or the water."""
_WORD_GAP_FRAMES = 15
_SMOOTHING = 0.5
_BELOW_ECHO = 4.0
"""What is left of an echo is known better than noise is: speech need not be so far above it."""


class EnergyVad:
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
        self._peak = _QUIETEST
        """Level of the loudest frame of a voice in the words said in a row."""
        self._closed = 0
        """Frames since it closed."""

    @property
    def level(self) -> float:
        """The last frame's in the band of a voice."""
        return self._voice.level

    @property
    def floor(self) -> float:
        """The noise in the band of a voice."""
        return self._voice.floor

    def is_speech(self, frame: NDArray[np.float32], echo: NDArray[np.float32] | None = None) -> bool:
        """Whether this frame, shape (FRAME_SAMPLES,), may be speech, and no rest of an echo as loud as another."""
        voice, sibilance = (
            band.take(level_of(frame, hertz), _QUIETEST if echo is None else level_of(echo, hertz) - _BELOW_ECHO)
            for band, hertz in ((self._voice, _VOICE), (self._sibilance, _SIBILANCE))
        )
        if self._is_open:
            self._peak = max(self._peak, self._voice.level)
            is_voice = voice > self._closes_below and self._voice.level > self._peak - _VOICE_FALLS
            is_sibilant = sibilance > self._closes_below and self._sibilance.level > self._peak - _SIBILANCE_FALLS
            self._is_open = is_voice or is_sibilant
        elif voice > self._opens_above:
            self._peak = self._voice.level if self._closed > _WORD_GAP_FRAMES else max(self._peak, self._voice.level)
            self._is_open = True
        self._closed = 0 if self._is_open else self._closed + 1
        return self._is_open


class _Band:
    """The noise floor of one band."""

    def __init__(self) -> None:
        self.level = _QUIETEST
        self._smoothed = _FIRST_FLOOR
        self._recent = deque([_FIRST_FLOOR], maxlen=round(_FLOOR_SECONDS / FRAME_SECONDS))

    def take(self, level: float, masked: float) -> float:
        """How far the next frame's level is above the floor, and above what masks it."""
        self.level = level
        self._smoothed += _SMOOTHING * (level - self._smoothed)
        self._recent.append(self._smoothed)
        return level - max(self.floor, masked)

    @property
    def floor(self) -> float:
        """Of the last seconds, in dBFS."""
        return max(_QUIETEST, min(self._recent))


def level_of(frame: NDArray[np.float32], band: tuple[int, int]) -> float:
    """Level in dBFS of a frame, shape (FRAME_SAMPLES,), between two frequencies in Hz."""
    low, high = (hertz * FRAME_SAMPLES // SAMPLE_RATE for hertz in band)
    spectrum = np.fft.rfft(frame * _WINDOW)[low:high]
    power = 2 * float(np.vdot(spectrum, spectrum).real) / (FRAME_SAMPLES * _WINDOW_ENERGY)
    return 10 * math.log10(power + 1e-12)
