"""The microphone, in a process of its own, and the health of what it delivers.

A microphone of several channels is read with all of them; who reads gets the one with the voice (`channels.py`).
"""

from __future__ import annotations

import logging
import queue
import threading
import time
from collections import deque
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from voice_coach.ears.channel_follower import Captured, ChannelFollower, Stream
from voice_coach.errors import EarsError
from voice_coach.session.events import Fault, FaultCleared, FaultRaised
from voice_coach.supervised_process import START_SECONDS, SupervisedProcess

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from voice_coach.ears.echo.alignment import Reference
    from voice_coach.session.events import Event


NEVER_HEARD_SECONDS = 30.0
"""Of exact zeros from the start: then it is dead. No analogue microphone is ever so silent for a second."""
MUTED_SECONDS = 10.0
"""Of exact zeros, where there were never any while nobody spoke: somebody has muted it."""
GATED_SECONDS = 1200.0
"""Of exact zeros, where there often are: virtual cards and noise gates deliver them while nobody speaks."""
_GATED_AFTER_SECONDS = 3.0
"""Of exact zeros that end by themselves; the first second of some USB microphones is only zeros."""

CLIPPED = 0.99
"""Of full scale: samples from there on may be cut peaks ..."""
CLIPPED_SAMPLES = 3
"""... when so many of them follow each other."""
CLIPPED_SOUNDS = 3
"""So many loud sounds with cut peaks ..."""
CLIPPED_WITHIN_SECONDS = 60.0
"""... in this time are too many; so many clean ones, and as long without a cut peak, are enough."""
_LOUD = 0.03
"""Of full scale: a sound with such a peak may be a voice nearby."""
_GAP_SECONDS = 1.0
"""Between two sounds."""
_LONGEST_SOUND_SECONDS = 5.0
"""What goes on for longer counts as another sound."""


class InputHealth:
    """Follows one microphone through all its losses. Times are in seconds of one clock and never go back."""

    def __init__(self) -> None:
        self._silence = _Silence()
        self._clipping = _Clipping()

    def take(self, block: NDArray[np.float32], at: float, *, is_silent: bool) -> list[Event]:
        """The troubles that begin or end with the next block.

        Args:
            block: of the channel that is listened to, shape (samples,).
            at: when it was heard.
            is_silent: whether it has only zeros, and so has each other channel that might be listened to.
        """
        peak = float(np.abs(block).max(initial=0.0))
        return [*self._silence.take(at, is_zero=is_silent), *self._clipping.take(block, peak, at)]

    def reopened(self) -> None:
        """The stream is a new one: its silence begins now."""
        self._silence.reopened()


class _Silence:
    def __init__(self) -> None:
        self._zeros_since: float | None = None
        self._was_heard = self._is_gated = self._is_told = False

    def reopened(self) -> None:
        self._zeros_since = None

    def take(self, at: float, *, is_zero: bool) -> list[Event]:
        if not is_zero:
            return self._hear(at)
        if self._zeros_since is None:
            self._zeros_since = at
        if self._is_told or at - self._zeros_since < self._patience:
            return []
        self._is_told = True
        return [FaultRaised(fault=Fault.SILENT_MICROPHONE)]

    def _hear(self, at: float) -> list[Event]:
        since, self._zeros_since = self._zeros_since, None
        self._is_gated |= since is not None and at - since >= _GATED_AFTER_SECONDS
        self._was_heard = True
        if not self._is_told:
            return []
        self._is_told = False
        return [FaultCleared(fault=Fault.SILENT_MICROPHONE)]

    @property
    def _patience(self) -> float:
        if self._is_gated:
            return GATED_SECONDS
        return MUTED_SECONDS if self._was_heard else NEVER_HEARD_SECONDS


class _Clipping:
    def __init__(self) -> None:
        self._clipped: deque[float] = deque(maxlen=CLIPPED_SOUNDS)
        """When the last sounds with cut peaks began."""
        self._clipped_at = 0.0
        """When the last peak was cut."""
        self._clean = 0
        """Sounds that ended without a cut peak since then."""
        self._began: float | None = None
        """When the sound began that goes on; None between two."""
        self._loud_at = 0.0
        self._is_cut = self._is_told = False

    def take(self, block: NDArray[np.float32], peak: float, at: float) -> list[Event]:
        if self._began is not None and (at - self._loud_at > _GAP_SECONDS or at - self._began > _LONGEST_SOUND_SECONDS):
            self._clean += not self._is_cut
            self._began = None
        if peak >= _LOUD:
            if self._began is None:
                self._began, self._is_cut = at, False
            self._loud_at = at
        if peak >= CLIPPED and _is_cut(block):
            return self._cut(at)
        return self._mend(at)

    def _cut(self, at: float) -> list[Event]:
        self._clipped_at, self._clean = at, 0
        if not self._is_cut:
            self._is_cut = True
            self._clipped.append(at)
        if self._is_told or len(self._clipped) < CLIPPED_SOUNDS or at - self._clipped[0] > CLIPPED_WITHIN_SECONDS:
            return []
        self._is_told = True
        return [FaultRaised(fault=Fault.CLIPPING_MICROPHONE)]

    def _mend(self, at: float) -> list[Event]:
        is_mended = self._clean >= CLIPPED_SOUNDS and at - self._clipped_at >= CLIPPED_WITHIN_SECONDS
        if not (self._is_told and is_mended):
            return []
        self._is_told = False
        self._clipped.clear()
        return [FaultCleared(fault=Fault.CLIPPING_MICROPHONE)]


def _is_cut(block: NDArray[np.float32]) -> bool:
    """Whether several samples in a row are at the same end of the scale."""
    for side in (block, -block):
        run = np.convolve(side >= CLIPPED, np.ones(CLIPPED_SAMPLES), mode="valid")
        if run.max(initial=0.0) >= CLIPPED_SAMPLES:
            return True
    return False


_log = logging.getLogger(__name__)
_MODULE = "voice_coach.audio.microphone_process"
_BLOCK_SECONDS = 0.02
_QUEUE_SECONDS = 3.0
_SILENT_SECONDS = 1.0
"""After so long without a block there is no microphone."""


class _Recorded(NamedTuple):
    """A block as the process delivers it."""

    sound: NDArray[np.float32]
    """Shape (samples, channels)."""
    at: float
    stream: Stream


class Microphone:
    """One microphone, delivered as mono float32 at SAMPLE_RATE. It comes back by itself when it was lost.

    Args:
        name: which device, by number or part of its name; the default one if None.
        channel: which of its channels, from 1 on; the one with the voice if None.
        played: what the speaker plays, which is not to be taken for a voice.
    """

    def __init__(self, name: str | None = None, channel: int | None = None, played: Reference | None = None) -> None:
        self._process = SupervisedProcess(_MODULE, [] if name is None else [name], self._take, self._lose)
        self._blocks: queue.Queue[_Recorded | None] = queue.Queue(round(_QUEUE_SECONDS / _BLOCK_SECONDS))
        self._tell: Callable[[Event], None] | None = None
        self._health = InputHealth()
        self._channel = channel
        self._follower = ChannelFollower(channel, played)
        self._stream = Stream(0, 1)
        self._last_block_at = 0.0
        self._is_lost = False
        self._has_answered = threading.Event()
        self._complaint: str | None = None

    def open(self, tell: Callable[[Event], None] | None = None, *, wait_for_device: bool = False) -> None:
        """Start recording.

        Args:
            tell: is told when a Trouble begins or is over, on another thread. Without it, a lost microphone ends
                the sound: read returns None.
            wait_for_device: no microphone at the start is such a Trouble, and no error.

        Raises:
            EarsError: there is no microphone, or it can't be used.
        """
        self._tell = tell
        if not wait_for_device:
            self._complaint = "The microphone does not answer: pull it out, plug it in again and start anew."
        self._last_block_at = time.monotonic()
        self._process.start()
        if wait_for_device:
            return
        self._has_answered.wait(START_SECONDS)
        if self._complaint is not None:
            self.close()
            raise EarsError(self._complaint)

    @property
    def pid(self) -> int | None:
        """Of the process that records; None while it is replaced."""
        return self._process.pid

    def read(self) -> Captured | None:
        """The next block; waits until there is one; None after close. For one thread."""
        while (captured := self._follower.next()) is None:
            block = self._blocks.get()
            if block is None:
                self._put(None)
                return None
            self._follower.take(*block)
        return captured

    def close(self) -> None:
        """Stop recording; a waiting read returns None, and so does each after it."""
        self._process.stop()
        self._put(None)

    def _take(self, message: object) -> None:
        match message:
            case (float(at), bytes(sound)):
                self._take_block(np.frombuffer(sound, np.float32).reshape(-1, self._stream.channels), at)
            case (int(rate), int(channels)):
                self._open_at(rate, channels)
            case str(sentence):
                self._answer(sentence)
                self._lose()
            case _ if time.monotonic() - self._last_block_at > _SILENT_SECONDS:
                self._lose()

    def _open_at(self, rate: int, channels: int) -> None:
        self._stream = Stream(rate, channels)
        self._answer(self._complaint_about(channels))
        self._last_block_at = time.monotonic()
        self._health.reopened()

    def _complaint_about(self, channels: int) -> str | None:
        """A channel that there is not, is a mistake by hand; who waits, as a service does, gets another one."""
        if self._channel is None or self._channel <= channels:
            return None
        has = "one channel" if channels == 1 else f"{channels} channels"
        message = (
            f"The microphone has {has}, so there is no channel {self._channel}: name another one with --channel, or "
            "leave it out to have the one with the voice."
        )
        _log.warning("%s", message)
        return message

    def _answer(self, complaint: str | None) -> None:
        """What a waiting open shall know; the first answer counts."""
        if not self._has_answered.is_set():
            self._complaint = complaint
            self._has_answered.set()

    def _take_block(self, sound: NDArray[np.float32], at: float) -> None:
        """Take a block of shape (samples, channels)."""
        self._last_block_at = time.monotonic()
        if self._is_lost:
            self._is_lost = False
            self._post(FaultCleared(fault=Fault.NO_MICROPHONE))
        listened, is_silent = self._follower.listened(sound)
        for event in self._health.take(listened, at, is_silent=is_silent):
            self._post(event)
        self._put(_Recorded(sound, at, self._stream))

    def _lose(self) -> None:
        if self._is_lost:
            return
        self._is_lost = True
        if self._tell is None:
            self._put(None)
        self._post(FaultRaised(fault=Fault.NO_MICROPHONE))

    def _post(self, event: Event) -> None:
        if self._tell is not None:
            self._tell(event)

    def _put(self, block: _Recorded | None) -> None:
        """Add a block; when nobody reads, the oldest one makes room."""
        while True:
            try:
                self._blocks.put_nowait(block)
            except queue.Full:
                try:
                    self._blocks.get_nowait()
                except queue.Empty:
                    continue
            else:
                return
