"""One channel out of what a microphone of several delivers, at the ears' rate."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import soxr

from voice_coach.ears.channel_chooser import Change, ChannelChooser
from voice_coach.ears.evidence import SAMPLE_RATE

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from voice_coach.ears.echo_alignment import Reference

    Sound = NDArray[np.float32]

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
