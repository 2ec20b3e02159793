"""What the speaker plays, on the microphone's time: written by the audio thread, read by the ears' own."""

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
_MARGIN_SECONDS = 0.02
"""Read on both sides of what is asked for, for the resampler."""
_UNREAD_BLOCKS = 500


class Played:
    """The recent past and near future of the speaker. Fulfils the mouth's EchoTap."""

    def __init__(self) -> None:
        self._new: deque[tuple[Sound, int, float]] = deque(maxlen=_UNREAD_BLOCKS)
        self._rate = 0
        self._end = 0
        """Frame after the last one written; frame n is heard at n / rate monotonic seconds."""
        self._jump = 0
        """First frame of sound after the last gap or overlap: its time is only as good as the device's report."""
        self._is_after_jump = True

    def played(self, block: Sound, rate: int, heard_at: float) -> None:
        """Take a block, shape (frames,), first heard at `heard_at` monotonic seconds; replaces what was there.

        For the audio thread: it only puts a copy aside.
        """
        self._new.append((block.copy(), rate, heard_at))

    def read(self, first: int, samples: int) -> Sound:
        """What is heard from a sample on, shape (samples,) at SAMPLE_RATE; sample n at n / SAMPLE_RATE seconds.

        Silence where nothing is known; at most the last _KEPT_SECONDS are.
        """
        self._take_new()
        if not self._rate:
            return np.zeros(samples, np.float32)
        common = math.gcd(self._rate, SAMPLE_RATE)
        step, native_step = SAMPLE_RATE // common, self._rate // common
        margin = math.ceil(_MARGIN_SECONDS * common)
        begin = first // step - margin
        steps = -(-samples // step) + 1 + 2 * margin
        native = self._kept(begin * native_step, steps * native_step)
        sound = soxr.resample(native, self._rate, SAMPLE_RATE, quality="MQ") if native.any() else native
        skipped = first - begin * step
        return np.pad(sound, (0, max(0, skipped + samples - len(sound))))[skipped : skipped + samples]

    @property
    def jumped_at(self) -> int:
        """The first sample of sound after the stream was restarted or corrected."""
        return round(self._jump / self._rate * SAMPLE_RATE) if self._rate else 0

    def _take_new(self) -> None:
        while self._new:
            block, rate, heard_at = self._new.popleft()
            first = round(heard_at * rate)
            if rate != self._rate:
                self._rate, self._end = rate, first
                self._ring = np.zeros(round(_KEPT_SECONDS * rate), np.float32)
            if first != self._end:
                self._is_after_jump = True
                self._erase(self._end, first)
            self._ring[np.arange(first, first + len(block)) % len(self._ring)] = block
            self._end = first + len(block)
            if self._is_after_jump and block.any():
                self._is_after_jump, self._jump = False, first

    def _erase(self, start: int, end: int) -> None:
        gap = min(max(0, end - start), len(self._ring))
        self._ring[np.arange(start, start + gap) % len(self._ring)] = 0.0

    def _kept(self, first: int, frames: int) -> Sound:
        places = np.arange(first, first + frames)
        is_known = (places < self._end) & (places >= self._end - len(self._ring))
        return np.where(is_known, self._ring[places % len(self._ring)], np.float32(0.0))
