"""Several microphone channels: the one with the voice in it is chosen, and followed.

Two channels are never mixed: a voice on one of them would be as loud as before beside the noise of both, and in
antiphase they cancel each other. Each is judged by how far its level in the band of a voice rises above its own noise
floor, and only by sounds whose level changes as that of speech does, so that neither hum nor a fan is taken for one.
"""

from __future__ import annotations

from collections import deque
from enum import Enum, auto
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import soxr

from voice_coach.ears.recognizers.recognizer import SAMPLE_RATE

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Sound = NDArray[np.float32]
    Levels = NDArray[np.float64]
    """dB, shape (channels,)."""
    from voice_coach.ears.echo.alignment import Reference


_VOICE = (150, 4_000)
"""Hz."""
_QUIETEST = -85.0
"""dBFS: what an input without a microphone delivers is softer."""
_FLOOR_BLOCKS = 75
"""Of 20 ms: 1.5 s, in which speech has a gap."""
_SMOOTHING = 0.5
_RISES = 10.0
"""dB above its floor: the speech gate opens there."""
_CHANGES = 2.5
"""dB of standard deviation: speech has 4 to 10, steady noise that begins 1."""
_WINDOW_BLOCKS = 40
"""0.8 s: a short command."""
_CLEARLY, _HARDLY = 12, 3
"""Blocks of the window: a channel with so many rising ones has a voice, one with so few has none."""
_LEARNING = 0.5
"""Share of the last utterance in what is thought of a channel."""
_BETTER = 6.0
"""dB that another channel must be ahead, so that two nearly equal ones don't take turns."""
_PAUSE_BLOCKS = 25
"""0.5 s: then the utterance is over."""


class Change(Enum):
    """That another channel is listened to from now on."""

    NOW = auto()
    """In the middle of a voice, of which the channel before had nothing: the last two seconds are to be heard anew."""
    IN_A_PAUSE = auto()
    """Both have the voice, but it is clearer there; nobody is speaking."""


class ChannelChooser:
    """Follows the voice over the channels of one microphone, block by block.

    Args:
        channels: how many there are. The first one is listened to until another is better.
    """

    def __init__(self, channels: int) -> None:
        self.chosen = 0
        """Index of the channel that is listened to."""
        self._blocks = 0
        self._smoothed: Levels | None = None
        self._floors = np.full((_FLOOR_BLOCKS, channels), np.inf)
        """The last smoothed levels, in turns."""
        self._levels = np.zeros((_WINDOW_BLOCKS, channels))
        self._rises = np.zeros((_WINDOW_BLOCKS, channels))
        """By how much each channel rose above its floor in the last blocks, in turns; 0 where that was too little."""
        self._now = np.zeros(channels)
        """dB by which the utterance that goes on rises, on each channel, in its loudest quarter of a second."""
        self._quality = np.zeros(channels)
        """The same of the last utterances of each."""
        self._pause = np.full(channels, 2 * _PAUSE_BLOCKS)
        """Blocks since each last had a voice."""

    def take(self, block: Sound, rate: int) -> Change | None:
        """Judge the next block.

        Args:
            block: shape (samples, channels), 20 ms. What the coach itself plays is not to be judged.
            rate: Hz.
        """
        levels = np.maximum(voice_levels(block, rate), _QUIETEST)
        rise = self._rise(levels)
        self._levels[self._blocks % _WINDOW_BLOCKS] = levels
        self._rises[self._blocks % _WINDOW_BLOCKS] = np.where(rise >= _RISES, rise, 0.0)
        self._blocks += 1
        self._pause += 1
        if rise.max() >= _RISES and self._hear(rise >= _RISES):
            return self._change_now()
        return self._change_in_a_pause() if (self._pause == _PAUSE_BLOCKS).any() else None

    def _rise(self, levels: Levels) -> Levels:
        before = levels if self._smoothed is None else self._smoothed
        self._smoothed = before + _SMOOTHING * (levels - before)
        self._floors[self._blocks % _FLOOR_BLOCKS] = self._smoothed
        rise: Levels = levels - self._floors.min(axis=0)
        return rise

    def _hear(self, rises: NDArray[np.bool_]) -> bool:
        """Measure the voices of the last block; whether there are any."""
        voices = self._changes_like_speech() & rises
        if not voices.any():
            return False
        self._pause[voices] = 0
        loudest = np.sort(self._rises, axis=0)[-_CLEARLY:].mean(axis=0)
        self._now = np.where(voices, np.maximum(self._now, loudest), self._now)
        return True

    def _changes_like_speech(self) -> NDArray[np.bool_]:
        """Of each channel whether the level of its rising blocks does."""
        is_rising = self._rises > 0.0
        count = np.maximum(is_rising.sum(axis=0), 1)
        mean = (self._levels * is_rising).sum(axis=0) / count
        variance = (np.square(self._levels - mean) * is_rising).sum(axis=0) / count
        is_voice: NDArray[np.bool_] = variance >= _CHANGES**2
        return is_voice

    def _change_now(self) -> Change | None:
        """To a channel that has a voice of which the chosen one has nothing."""
        count = np.count_nonzero(self._rises, axis=0)
        if count[self.chosen] > _HARDLY:
            return None
        risen = np.where((count >= _CLEARLY) & (self._pause == 0), self._now, 0.0)
        return self._choose(int(np.argmax(risen)), Change.NOW) if risen.any() else None

    def _change_in_a_pause(self) -> Change | None:
        """To a channel that is the better one after the utterance that it has just ended."""
        ended = self._pause == _PAUSE_BLOCKS
        before = np.where(self._quality > 0.0, self._quality, self._now)
        self._quality = np.where(ended, before + _LEARNING * (self._now - before), self._quality)
        best = int(np.argmax(np.where(ended, self._quality, 0.0)))
        rival = max(self._quality[self.chosen], self._now[self.chosen])  # its own utterance may not have ended yet
        self._now[ended] = 0.0
        return self._choose(best, Change.IN_A_PAUSE) if self._quality[best] > rival + _BETTER else None

    def _choose(self, channel: int, change: Change) -> Change:
        self.chosen = channel
        return change


def voice_levels(block: Sound, rate: int) -> Levels:
    """The level of each channel in the band of a voice, dBFS.

    Args:
        block: shape (samples, channels).
        rate: Hz.
    """
    window, energy = _window(len(block))
    low, high = (hertz * len(block) // rate for hertz in _VOICE)
    spectrum = np.fft.rfft(block.T * window)[:, low:high]
    power = 2 * (np.square(spectrum.real) + np.square(spectrum.imag)).sum(axis=1) / (len(block) * energy)
    levels: Levels = 10 * np.log10(power + 1e-12)
    return levels


@cache
def _window(samples: int) -> tuple[Sound, float]:
    window = np.hanning(samples).astype(np.float32)
    return window, float(np.sum(window * window))


_AGAIN_BLOCKS = 100
"""Two seconds that are heard anew on another channel: what was just begun to be said, and the room before it."""
_PLAYED_SECONDS = 0.12
"""How much of what is played after a block is compared with it, too: devices report times so badly that an echo may
seem to come first."""
_ECHO_SECONDS = 0.6
"""How long an echo may last."""


class Stream(NamedTuple):
    """A microphone that was opened, until it is lost."""

    rate: int
    """Hz."""
    channels: int


class Captured(NamedTuple):
    """A block of sound."""

    sound: Sound
    """Shape (samples,), mono at SAMPLE_RATE."""
    at: float
    """When its first sample was heard, monotonic seconds, as the device reports it."""
    channel: int = 0
    """Index of the channel it comes from. With another one than before, `at` may go back: that is heard anew."""


class ChannelFollower:
    """Delivers the channel that was asked for, or the one with the voice. `take` and `next` are for one thread.

    Args:
        channel: which one, from 1 on; None for the one with the voice. So is one that there is not.
        played: what the speaker plays: the coach's own voice is no reason to listen to a channel. (Some microphones
            have one that repeats what is played.)
    """

    def __init__(self, channel: int | None = None, played: Reference | None = None) -> None:
        self._wanted = None if channel is None else channel - 1
        self._played = played
        self._played_at = float("-inf")
        self._stream: Stream | None = None
        self._chooser: ChannelChooser | None = None
        self._channel = 0
        self._resample: soxr.ResampleStream | None = None
        self._recent: deque[tuple[Sound, float]] = deque(maxlen=_AGAIN_BLOCKS)
        self._ready: deque[tuple[Sound, float]] = deque()

    def take(self, block: Sound, at: float, stream: Stream) -> None:
        """Take what was recorded next.

        Args:
            block: shape (samples, channels), 20 ms.
            at: when its first sample was heard, monotonic seconds.
            stream: that it is of. With another one than before all begins anew.
        """
        if stream is not self._stream:
            self._begin(stream)
        if self._chooser is None:
            self._ready.append((block, at))
            return
        self._recent.append((block, at))
        change = None if self._is_echo(at) else self._chooser.take(block, stream.rate)
        if change is not None:
            self._listen_to(self._chooser.chosen, stream.rate)
        self._ready.extend(self._recent if change is Change.NOW else ((block, at),))

    def next(self) -> Captured | None:
        """The next block of the channel that is listened to; None when more must be taken first."""
        if not self._ready:
            return None
        block, at = self._ready.popleft()
        sound = np.ascontiguousarray(block[:, self._channel])
        return Captured(sound if self._resample is None else self._resample.resample_chunk(sound), at, self._channel)

    def listened(self, block: Sound) -> tuple[Sound, bool]:
        """What of a block counts for whether the microphone works; for any thread.

        Args:
            block: shape (samples, channels).

        Returns:
            The channel that is listened to, shape (samples,), and whether it has only zeros, and so has each other one
            that might be listened to.
        """
        fixed = self._fixed_of(block.shape[1])
        sound = block[:, min(self._channel, block.shape[1] - 1) if fixed is None else fixed]
        return sound, not (block if fixed is None else sound).any()

    def _fixed_of(self, channels: int) -> int | None:
        """Index of the channel that was asked for, if there are so many."""
        return self._wanted if self._wanted is not None and self._wanted < channels else None

    def _begin(self, stream: Stream) -> None:
        self._stream = stream
        fixed = self._fixed_of(stream.channels)
        self._chooser = ChannelChooser(stream.channels) if fixed is None and stream.channels > 1 else None
        self._recent.clear()
        self._listen_to(fixed or 0, stream.rate)

    def _listen_to(self, channel: int, rate: int) -> None:
        self._channel = channel
        is_other = rate != SAMPLE_RATE
        self._resample = soxr.ResampleStream(rate, SAMPLE_RATE, 1, dtype="float32", quality="LQ") if is_other else None

    def _is_echo(self, at: float) -> bool:
        """Whether what was heard from a time on may be what the speaker plays."""
        if self._played is None:
            return False
        if self._played.read(round(at * SAMPLE_RATE), round(_PLAYED_SECONDS * SAMPLE_RATE)).any():
            self._played_at = at
        return at - self._played_at < _ECHO_SECONDS
