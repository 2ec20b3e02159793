"""The sound that the speaker plays, by the time of the microphone, as the reference for echo cancellation.

The audio thread writes it, and the thread of the ears reads it.
"""

from __future__ import annotations

import math
from collections import deque
from typing import TYPE_CHECKING

import numpy as np
import soxr

from voice_coach.ears.recognizers.recognizer import SAMPLE_RATE

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Sound = NDArray[np.float32]

_KEPT_SECONDS = 8.0
"""Seconds of sound that are kept."""
_MARGIN_SECONDS = 0.02
"""Seconds that are read before and after the wanted sound, because the resampler needs them."""
_UNREAD_BLOCKS = 500
"""Blocks that may wait to be read; older ones are dropped."""


class Played:
    """A buffer of the sound that the speaker has lately played or will soon play; it fulfils the mouth's EchoTap."""

    def __init__(self) -> None:
        self._new: deque[tuple[Sound, int, float]] = deque(maxlen=_UNREAD_BLOCKS)
        self._rate = 0
        self._end = 0
        """The number of the frame after the last one written; frame n is heard at n / rate monotonic seconds."""
        self._sounding_until = 0
        """The number of the frame after the last one that was not silent."""
        self._jump = 0
        """The first frame that is not silent after the last gap or overlap; the device reports its time inexactly."""
        self._is_after_jump = True

    def played(self, block: Sound, rate: int, heard_at: float) -> None:
        """Take a block, shape (frames,), that is heard from `heard_at` on, in monotonic seconds.

        It replaces an earlier block of the same time. The audio thread calls this, so it only puts a copy aside.
        """
        self._new.append((block.copy(), rate, heard_at))

    def read(self, first: int, samples: int) -> Sound:
        """Return the sound that is heard from sample `first` on, shape (samples,) at SAMPLE_RATE.

        Sample n is heard at n / SAMPLE_RATE monotonic seconds. Silence stands where nothing was played or where the
        sound is older than _KEPT_SECONDS.
        """
        self._take_new()
        if not self._rate:
            return np.zeros(samples, np.float32)
        common = math.gcd(self._rate, SAMPLE_RATE)
        step, native_step = SAMPLE_RATE // common, self._rate // common
        margin = math.ceil(_MARGIN_SECONDS * common)
        begin = first // step - margin
        if begin * native_step >= self._sounding_until:  # as nearly always: the rest costs much for an idle coach
            return np.zeros(samples, np.float32)
        steps = -(-samples // step) + 1 + 2 * margin
        native = self._kept(begin * native_step, steps * native_step)
        sound = soxr.resample(native, self._rate, SAMPLE_RATE, quality="MQ") if native.any() else native
        skipped = first - begin * step
        return np.pad(sound, (0, max(0, skipped + samples - len(sound))))[skipped : skipped + samples]

    @property
    def jumped_at(self) -> int:
        """The number of the first sample that is not silent after the stream was last restarted or corrected."""
        return round(self._jump / self._rate * SAMPLE_RATE) if self._rate else 0

    def _take_new(self) -> None:
        while self._new:
            block, rate, heard_at = self._new.popleft()
            first = round(heard_at * rate)
            if rate != self._rate:
                self._rate, self._end, self._sounding_until = rate, first, first
                self._ring = np.zeros(round(_KEPT_SECONDS * rate), np.float32)
            if first != self._end:
                self._is_after_jump = True
                self._erase(self._end, first)
            self._ring[np.arange(first, first + len(block)) % len(self._ring)] = block
            self._end = first + len(block)
            if not block.any():
                continue
            self._sounding_until = self._end
            if self._is_after_jump:
                self._is_after_jump, self._jump = False, first

    def _erase(self, start: int, end: int) -> None:
        gap = min(max(0, end - start), len(self._ring))
        self._ring[np.arange(start, start + gap) % len(self._ring)] = 0.0

    def _kept(self, first: int, frames: int) -> Sound:
        places = np.arange(first, first + frames)
        is_known = (places < self._end) & (places >= self._end - len(self._ring))
        return np.where(is_known, self._ring[places % len(self._ring)], np.float32(0.0))
