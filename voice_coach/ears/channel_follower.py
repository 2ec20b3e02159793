"""Chooses the channel of a microphone that has the voice, and follows the voice from one channel to another.

Channels are never mixed: the noise of both would be added to a voice that is on one of them, and two channels in
antiphase would cancel each other. Each channel is rated by how far its level in the band of a voice rises above its own
noise floor. Only sounds whose level changes as that of speech does are counted, so that neither hum nor a fan is taken
for a voice.
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
    """Levels in dB, shape (channels,)."""
    from voice_coach.ears.echo.alignment import Reference


_VOICE = (150, 4_000)
"""Hz: the band of a voice."""
_QUIETEST = -85.0
"""The lowest level, in dBFS; an input without a microphone is softer."""
_BLOCK_SECONDS = 0.02
_FLOOR_BLOCKS = 75
"""Blocks over which the noise floor is the lowest level: 1.5 s, in which speech has a gap."""
_SMOOTHING = 0.5
_RISES = 10.0
"""Decibels above its noise floor from which a channel may have a voice; the same as in the voice activity detector."""
_CHANGES = 2.5
"""Decibels of standard deviation from which a level changes like speech, which has 4 to 10; steady noise has 1."""
_WINDOW_BLOCKS = 40
"""Blocks in which the voice is looked for: 0.8 s, as long as a short command."""
_CLEARLY, _HARDLY = 12, 3
"""Loud blocks of the window from which a channel has a voice, and up to which it has none."""
_LEARNING = 0.5
"""Weight of the last utterance in the quality of a channel, 0 to 1."""
_BETTER = 6.0
"""Decibels by which another channel must be better, so that two nearly equal ones are not changed all the time."""
_PAUSE_BLOCKS = 25
"""Blocks without a voice after which the utterance is over: 0.5 s."""


class Change(Enum):
    """The kind of a change to another channel."""

    NOW = auto()
    """A change during an utterance that the former channel does not have: the last two seconds are delivered again."""
    IN_A_PAUSE = auto()
    """A change between two utterances, because the voice is clearer on the other channel."""


class ChannelChooser:
    """The choice of the channel with the voice, revised with each block of sound.

    Args:
        channels: the number of channels. The first one is chosen until another is better.
    """

    def __init__(self, channels: int) -> None:
        self.chosen = 0
        """The index of the channel that is listened to."""
        self._blocks = 0
        self._smoothed: Levels | None = None
        self._floors = np.full((_FLOOR_BLOCKS, channels), np.inf)
        """The last smoothed levels of each channel, in a ring buffer."""
        self._levels = np.zeros((_WINDOW_BLOCKS, channels))
        self._rises = np.zeros((_WINDOW_BLOCKS, channels))
        """Decibels of each channel above its floor in the last blocks, in a ring buffer; 0 below _RISES."""
        self._now = np.zeros(channels)
        """Decibels of the present utterance above the floor of each channel, in its loudest quarter of a second."""
        self._quality = np.zeros(channels)
        """The same decibels, averaged over the last utterances of each channel; newer ones weigh more."""
        self._pause = np.full(channels, 2 * _PAUSE_BLOCKS)
        """The number of blocks since each channel last had a voice."""

    def take(self, block: Sound, rate: int) -> Change | None:
        """Take the next block, and return the change to another channel if it brings one.

        Args:
            block: shape (samples, channels), 20 ms, without the coach's own voice in it.
            rate: the sampling rate in Hz.
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
        """Measure the voices of the last block, and return whether there are any."""
        voices = self._changes_like_speech() & rises
        if not voices.any():
            return False
        self._pause[voices] = 0
        loudest = np.sort(self._rises, axis=0)[-_CLEARLY:].mean(axis=0)
        self._now = np.where(voices, np.maximum(self._now, loudest), self._now)
        return True

    def _changes_like_speech(self) -> NDArray[np.bool_]:
        """Return for each channel whether the level of its loud blocks changes as that of speech does."""
        is_rising = self._rises > 0.0
        count = np.maximum(is_rising.sum(axis=0), 1)
        mean = (self._levels * is_rising).sum(axis=0) / count
        variance = (np.square(self._levels - mean) * is_rising).sum(axis=0) / count
        is_voice: NDArray[np.bool_] = variance >= _CHANGES**2
        return is_voice

    def _change_now(self) -> Change | None:
        """Change to a channel that has a voice which the chosen channel does not have."""
        count = np.count_nonzero(self._rises, axis=0)
        if count[self.chosen] > _HARDLY:
            return None
        risen = np.where((count >= _CLEARLY) & (self._pause == 0), self._now, 0.0)
        return self._choose(int(np.argmax(risen)), Change.NOW) if risen.any() else None

    def _change_in_a_pause(self) -> Change | None:
        """Change to a channel on which an utterance has just ended, if it is better than the chosen one."""
        ended = self._pause == _PAUSE_BLOCKS
        before = np.where(self._quality > 0.0, self._quality, self._now)
        self._quality = np.where(ended, before + _LEARNING * (self._now - before), self._quality)
        best = int(np.argmax(np.where(ended, self._quality, 0.0)))
        chosen = max(self._quality[self.chosen], self._now[self.chosen])  # its own utterance may not have ended yet
        self._now[ended] = 0.0
        return self._choose(best, Change.IN_A_PAUSE) if self._quality[best] > chosen + _BETTER else None

    def _choose(self, channel: int, change: Change) -> Change:
        self.chosen = channel
        return change


def voice_levels(block: Sound, rate: int) -> Levels:
    """Return the level of each channel in the band of a voice, in dBFS.

    Args:
        block: shape (samples, channels).
        rate: the sampling rate in Hz.
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
"""Blocks that are delivered again after a change of channel: two seconds, with the begin of the utterance."""
_PLAYED_SECONDS = 0.12
"""Seconds after the start of a block in which sound that is played makes the block an echo.

They are longer than a block, because devices report times so imprecisely that an echo may seem to come first.
"""
_ECHO_SECONDS = 0.6
"""Seconds for which an echo may last."""


class Stream(NamedTuple):
    """The properties of a microphone, from its opening until it is lost."""

    rate: int
    """The sampling rate in Hz."""
    channels: int


class Captured(NamedTuple):
    """A block of sound from one channel of the microphone."""

    sound: Sound
    """Shape (samples,), mono at SAMPLE_RATE."""
    at: float
    """The time of its first sample in monotonic seconds, as the device reports it."""
    channel: int = 0
    """The index of its channel. When it changes, `at` may go back, and the sound since then is delivered again."""


class ChannelFollower:
    """The delivery of the wanted channel, or of the one with the voice. `take` and `next` are for one thread.

    Args:
        channel: the number of the wanted channel, from 1. The channel with the voice is delivered if this is None or
            if there is no such channel.
        played: the sound that the speaker plays, so that the coach's own voice is not followed. (Some microphones
            have a channel that repeats what is played.)
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
        """Take the next block that was recorded.

        Args:
            block: shape (samples, channels).
            at: the time of its first sample in monotonic seconds.
            stream: the stream of the block. When it is another one than before, nothing of the former one is kept.
        """
        if stream is not self._stream:
            self._begin(stream)
        if self._chooser is None:
            self._ready.append((block, at))
            return
        step = round(_BLOCK_SECONDS * stream.rate)
        for start in range(0, len(block), step):
            self._choose(self._chooser, block[start : start + step], at + start / stream.rate, stream.rate)

    def _choose(self, chooser: ChannelChooser, block: Sound, at: float, rate: int) -> None:
        """Take a block of _BLOCK_SECONDS of all channels, and choose the channel anew if it shows a better one."""
        self._recent.append((block, at))
        change = None if self._is_echo(at) else chooser.take(block, rate)
        if change is not None:
            self._listen_to(chooser.chosen, rate)
        self._ready.extend(self._recent if change is Change.NOW else ((block, at),))

    def next(self) -> Captured | None:
        """Return the next block of the channel that is listened to; None when another block must be taken first."""
        if not self._ready:
            return None
        block, at = self._ready.popleft()
        sound = np.ascontiguousarray(block[:, self._channel])
        return Captured(sound if self._resample is None else self._resample.resample_chunk(sound), at, self._channel)

    def listened(self, block: Sound) -> tuple[Sound, bool]:
        """Return the part of a block that shows whether the microphone works. Any thread may call this.

        Args:
            block: shape (samples, channels).

        Returns:
            The sound of the channel that is listened to, shape (samples,), and whether this channel, and each other one
            that might be chosen, has only zeros.
        """
        fixed = self._fixed_of(block.shape[1])
        sound = block[:, min(self._channel, block.shape[1] - 1) if fixed is None else fixed]
        return sound, not (block if fixed is None else sound).any()

    def _fixed_of(self, channels: int) -> int | None:
        """Return the index of the wanted channel; None when there is no such channel."""
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
        """Return whether the block that was heard at a time may be an echo of the speaker's sound."""
        if self._played is None:
            return False
        if self._played.read(round(at * SAMPLE_RATE), round(_PLAYED_SECONDS * SAMPLE_RATE)).any():
            self._played_at = at
        return at - self._played_at < _ECHO_SECONDS
