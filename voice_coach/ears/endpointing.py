"""Voice activity detection, and endpointing: where an utterance begins, pauses and ends.

Each frame's level is compared with a noise floor that follows the room. The floor is the lowest smoothed level of the
last 1.2 s (minimum statistics, after R. Martin, "Noise power spectral density estimation based on optimal smoothing and
minimum statistics", 2001): speech has gaps, so the floor stays under it, and a fan or a tap becomes the floor after a
moment. Time is counted in frames of sound, not by a clock.
"""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

import numpy as np

from voice_coach.ears.recognizers.recognizer import SAMPLE_RATE

if TYPE_CHECKING:
    from numpy.typing import NDArray

FRAME_SAMPLES = SAMPLE_RATE // 50
"""Samples of a frame, which lasts 20 ms."""
FRAME_SECONDS = FRAME_SAMPLES / SAMPLE_RATE

_WINDOW = np.hanning(FRAME_SAMPLES).astype(np.float32)
_WINDOW_ENERGY = float(np.sum(_WINDOW * _WINDOW))
_VOICE = (150, 4_000)
"""Hz: the band of vowels."""
_SIBILANCE = (4_000, 7_900)
"""Hz: the band of an s, such as at the end of a word."""
_BANDS = [[hertz * FRAME_SAMPLES // SAMPLE_RATE for hertz in band] for band in (_VOICE, _SIBILANCE)]
"""The parts of a frame's spectrum that are the bands."""

_QUIETEST = -70.0
"""The lowest noise floor, in dBFS."""
_UNMASKED = (_QUIETEST, _QUIETEST)
_FIRST_FLOOR = -55.0
"""The noise floor before any sound is known, in dBFS."""
_FLOOR_SECONDS = 1.2
"""Seconds over which the noise floor is the lowest level; a tap that is turned on counts as speech for that long."""
_VOICE_FALLS, _SIBILANCE_FALLS = 15.0, 18.0
"""Decibels below the loudest frame of an utterance at which speech ends: softer sound is the room or water."""
_WORD_GAP_FRAMES = 15
"""Frames without speech after which the loudest frame is measured anew."""
_SMOOTHING = 0.5
_BELOW_ECHO = 4.0
"""Decibels by which speech may be nearer to the rest of an echo than to noise, as the echo is known better."""


class EnergyVad:
    """A detector of frames in which somebody may be speaking. Levels are in dBFS, differences in dB.

    Speech begins in the band of vowels, where running water is weak, and may go on in the band of an s. Beside a tap
    at a signal-to-noise ratio of 20 dB, 82 % of commands are understood so, and 53 % with one level of the differenced
    sound.
    """

    def __init__(self, *, opens_above: float = 10.0, closes_below: float = 6.0) -> None:
        self._opens_above = opens_above
        self._closes_below = closes_below
        self._voice = _Band()
        self._sibilance = _Band()
        self._is_open = False
        self._peak = _QUIETEST
        """Level of the loudest frame in the words that are said without a longer gap."""
        self._closed = 0
        """Frames since the last frame of speech."""

    @property
    def level(self) -> float:
        """The level of the last frame in the band of vowels, in dBFS."""
        return self._voice.level

    @property
    def floor(self) -> float:
        """The noise floor in the band of vowels, in dBFS."""
        return self._voice.floor

    def is_speech(self, frame: NDArray[np.float32], echo: NDArray[np.float32] | None = None) -> bool:
        """Return whether the next frame may be speech.

        Args:
            frame: shape (FRAME_SAMPLES,).
            echo: the echo that may be left in the frame, of the same shape; speech must be louder than it.
        """
        levels = levels_of(frame)
        masked = [level - _BELOW_ECHO for level in levels_of(echo)] if echo is not None and echo.any() else _UNMASKED
        bands = (self._voice, self._sibilance)
        voice, sibilance = (band.take(*levels) for band, *levels in zip(bands, levels, masked, strict=True))
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
    """The level and the noise floor of one band of frequencies, in dBFS."""

    def __init__(self) -> None:
        self.level = _QUIETEST
        self._smoothed = _FIRST_FLOOR
        self._recent = deque([_FIRST_FLOOR], maxlen=round(_FLOOR_SECONDS / FRAME_SECONDS))

    def take(self, level: float, masked: float) -> float:
        """Take the level of the next frame, and return how many dB it is above the floor and the level `masked`."""
        self.level = level
        self._smoothed += _SMOOTHING * (level - self._smoothed)
        self._recent.append(self._smoothed)
        return level - max(self.floor, masked)

    @property
    def floor(self) -> float:
        """The lowest smoothed level of the last _FLOOR_SECONDS, in dBFS."""
        return max(_QUIETEST, min(self._recent))


def levels_of(frame: NDArray[np.float32]) -> list[float]:
    """Return the levels in dBFS of a frame, shape (FRAME_SAMPLES,), in the bands of vowels and of an s."""
    spectrum = np.fft.rfft(frame * _WINDOW)
    parts = [spectrum[low:high] for low, high in _BANDS]
    powers = [2 * float(np.vdot(part, part).real) / (FRAME_SAMPLES * _WINDOW_ENERGY) for part in parts]
    return [10 * math.log10(power + 1e-12) for power in powers]


class EndpointEvent(Enum):
    """The meaning of the newest frame for the utterance."""

    NOTHING = "nothing"
    """There is no utterance."""
    BEGAN = "began"
    """An utterance has begun."""
    GOES_ON = "goes on"
    """The utterance goes on."""
    PAUSED = "paused"
    """The utterance has paused: it is decoded a first time, and may go on."""
    ENDING = "ending"
    """The utterance is probably over: it is decoded as a whole in advance, and may still go on."""
    ENDED = "ended"
    """The utterance is over, and is decoded a last time, unless that was done in advance."""
    WINDOW = "window"
    """The sound goes on without a pause: its last seconds are decoded."""
    TOO_LONG = "too long"
    """The utterance is over, and was longer than any command."""


@dataclass(frozen=True, slots=True)
class EndpointingParams:
    """The times by which an utterance begins and ends, in seconds; each is rounded to whole frames."""

    onset: float = 0.04
    """Seconds of speech within the last three frames that begin an utterance."""
    pause: float = 0.12
    """Seconds of silence after which an utterance is decoded a first time; the closure of a p, t or k is shorter."""
    ending: float = 0.2
    """Seconds of silence after which it is decoded as a whole, so that the answer is ready when it is over."""
    end: float = 0.3
    """Seconds of silence after which an utterance is over."""
    longest: float = 5.0
    """Seconds of speech that no command exceeds; a longer utterance is TOO_LONG."""
    window: float = 2.6
    """Seconds of sound without a pause after which its newest part is decoded, though the utterance goes on."""
    window_step: float = 0.8
    """Seconds between two such decodings; short enough that any command lies whole in the part of one of them."""


DEFAULT_ENDPOINTING = EndpointingParams()


class Endpointer:
    """Turns frames, each speech or silence, into the events of utterances.

    Args:
        params: the times by which utterances begin and end.
    """

    def __init__(self, params: EndpointingParams = DEFAULT_ENDPOINTING) -> None:
        self._onset = frames_of(params.onset)
        self._pause = frames_of(params.pause)
        self._ending = frames_of(params.ending)
        self._end = frames_of(params.end)
        self._longest = frames_of(params.longest)
        self._window = frames_of(params.window)
        self._window_step = frames_of(params.window_step)
        self.reset()

    def reset(self) -> None:
        """Forget the utterance, because it has been understood or a part of its sound is missing."""
        self._last_three = [False] * 3
        self._length = 0
        self._silent = 0

    @property
    def is_in_utterance(self) -> bool:
        """Whether an utterance has begun and not ended."""
        return self._length > 0

    def take(self, *, is_speech: bool) -> EndpointEvent:
        """Take the next frame, and return what it means."""
        self._last_three = [*self._last_three[1:], is_speech]
        if not self.is_in_utterance:
            return self._begin()
        self._length += 1
        self._silent = 0 if is_speech else self._silent + 1
        return self._goes_on()

    def _begin(self) -> EndpointEvent:
        if sum(self._last_three) < self._onset:
            return EndpointEvent.NOTHING
        self._length, self._silent = 1, 0
        return EndpointEvent.BEGAN

    def _goes_on(self) -> EndpointEvent:
        sounding = self._length - self._silent
        if self._silent >= self._end:
            self.reset()
            return EndpointEvent.TOO_LONG if sounding > self._longest else EndpointEvent.ENDED
        if self._silent == self._pause:
            return EndpointEvent.PAUSED
        if self._silent == self._ending and sounding <= self._longest:
            return EndpointEvent.ENDING
        is_window = sounding > self._window and sounding % self._window_step == 0 and not self._silent
        return EndpointEvent.WINDOW if is_window else EndpointEvent.GOES_ON


def frames_of(seconds: float) -> int:
    """Return the number of frames of FRAME_SECONDS that is nearest to a time, and at least one."""
    return max(1, round(seconds / FRAME_SECONDS))
