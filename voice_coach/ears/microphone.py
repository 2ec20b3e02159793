"""The microphone, which is recorded by a process of its own, and the faults of the sound that it delivers.

All channels of a microphone are recorded; `read` delivers the one with the voice (see `channel_follower.py`).
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
from voice_coach.errors import DeviceProblem, MicrophoneError
from voice_coach.session.events import Fault, FaultCleared, FaultRaised
from voice_coach.supervised_process import START_SECONDS, SupervisedProcess

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from voice_coach.ears.echo.alignment import Reference
    from voice_coach.session.events import Event


NEVER_HEARD_SECONDS = 30.0
"""Seconds of exact zeros since the start after which a microphone counts as silent.

An analogue microphone does not deliver exact zeros even for one second.
"""
MUTED_SECONDS = 10.0
"""Seconds of exact zeros after which a microphone that was heard counts as silent: somebody has muted it."""
GATED_SECONDS = 1200.0
"""Seconds of exact zeros after which a gated microphone counts as silent.

Virtual sound cards and noise gates deliver zeros whenever nobody speaks.
"""
_GATED_AFTER_SECONDS = 3.0
"""Seconds of exact zeros that, once they have ended by themselves, show that a microphone is gated.

The first second of some USB microphones is only zeros.
"""

CLIPPED = 0.99
"""The share of full scale from which a sample may belong to a clipped peak."""
CLIPPED_SAMPLES = 3
"""The number of such samples in a row that make a clipped peak."""
CLIPPED_SOUNDS = 3
"""The number of loud sounds with clipped peaks, within CLIPPED_WITHIN_SECONDS, that raise the fault."""
CLIPPED_WITHIN_SECONDS = 60.0
"""Seconds within which clipped sounds raise the fault.

The fault is cleared after as many seconds without a clipped peak and CLIPPED_SOUNDS clean sounds.
"""
_LOUD = 0.03
"""The share of full scale that the peak of a loud sound, such as a voice nearby, reaches."""
_GAP_SECONDS = 1.0
"""Seconds without a loud peak after which a sound is over."""
_LONGEST_SOUND_SECONDS = 5.0
"""Seconds after which a sound that goes on counts as another one."""


class InputHealth:
    """The detection of a silent or a clipping microphone. Times are in seconds of one clock and never go back."""

    def __init__(self) -> None:
        self._silence = _Silence()
        self._clipping = _Clipping()

    def take(self, block: NDArray[np.float32], at: float, *, is_silent: bool) -> list[Event]:
        """Return the events of faults that begin or end with the next block.

        Args:
            block: the sound of the channel that is listened to, shape (samples,).
            at: the time of the block.
            is_silent: whether this channel, and each other one that might be chosen, has only zeros.
        """
        peak = float(np.abs(block).max(initial=0.0))
        return [*self._silence.take(at, is_zero=is_silent), *self._clipping.take(block, peak, at)]

    def reopened(self) -> None:
        """Count silence from now on, because the microphone was opened anew."""
        self._silence.reopened()


class _Silence:
    """The detection of a microphone that delivers only zeros."""

    def __init__(self) -> None:
        self._zeros_since: float | None = None
        self._was_heard = self._is_gated = self._is_told = False

    def reopened(self) -> None:
        self._zeros_since = None

    def take(self, at: float, *, is_zero: bool) -> list[Event]:
        if not is_zero:
            return self._end_silence(at)
        if self._zeros_since is None:
            self._zeros_since = at
        if self._is_told or at - self._zeros_since < self._patience:
            return []
        self._is_told = True
        return [FaultRaised(fault=Fault.SILENT_MICROPHONE)]

    def _end_silence(self, at: float) -> list[Event]:
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
    """The detection of a microphone whose peaks are cut off."""

    def __init__(self) -> None:
        self._clipped: deque[float] = deque(maxlen=CLIPPED_SOUNDS)
        """The time of the first clipped peak in each of the last sounds that have one."""
        self._clipped_at = 0.0
        """The time of the last clipped peak."""
        self._clean = 0
        """The number of sounds without a clipped peak that have ended since then."""
        self._began: float | None = None
        """The time at which the present sound began; None between two sounds."""
        self._loud_at = 0.0
        self._is_clipped = self._is_told = False

    def take(self, block: NDArray[np.float32], peak: float, at: float) -> list[Event]:
        if self._began is not None and (at - self._loud_at > _GAP_SECONDS or at - self._began > _LONGEST_SOUND_SECONDS):
            self._clean += not self._is_clipped
            self._began = None
        if peak >= _LOUD:
            if self._began is None:
                self._began, self._is_clipped = at, False
            self._loud_at = at
        if peak >= CLIPPED and _is_clipped(block):
            return self._note_clipped(at)
        return self._note_clean(at)

    def _note_clipped(self, at: float) -> list[Event]:
        self._clipped_at, self._clean = at, 0
        if not self._is_clipped:
            self._is_clipped = True
            self._clipped.append(at)
        if self._is_told or len(self._clipped) < CLIPPED_SOUNDS or at - self._clipped[0] > CLIPPED_WITHIN_SECONDS:
            return []
        self._is_told = True
        return [FaultRaised(fault=Fault.CLIPPING_MICROPHONE)]

    def _note_clean(self, at: float) -> list[Event]:
        is_over = self._clean >= CLIPPED_SOUNDS and at - self._clipped_at >= CLIPPED_WITHIN_SECONDS
        if not (self._is_told and is_over):
            return []
        self._is_told = False
        self._clipped.clear()
        return [FaultCleared(fault=Fault.CLIPPING_MICROPHONE)]


def _is_clipped(block: NDArray[np.float32]) -> bool:
    """Return whether CLIPPED_SAMPLES in a row are at the same end of the scale."""
    for side in (block, -block):
        run = np.convolve(side >= CLIPPED, np.ones(CLIPPED_SAMPLES), mode="valid")
        if run.max(initial=0.0) >= CLIPPED_SAMPLES:
            return True
    return False


_log = logging.getLogger(__name__)
_MODULE = "voice_coach.audio.microphone_process"
"""The module that runs in the process that records."""
_NO_ANSWER = MicrophoneError("The microphone does not answer: pull it out, plug it in again and start anew.")
_BLOCK_SECONDS = 0.02
_QUEUE_SECONDS = 3.0
_SILENT_SECONDS = 1.0
"""Seconds without a block after which the microphone is lost."""


class _Recorded(NamedTuple):
    """A block of sound as the process that records delivers it."""

    sound: NDArray[np.float32]
    """Shape (samples, channels)."""
    at: float
    stream: Stream


class Microphone:
    """One microphone, delivered as mono float32 at SAMPLE_RATE. It is opened again by itself after it was lost.

    Args:
        name: the number of the device, or part of its name; None for the default device.
        channel: the number of its channel to deliver, from 1; None for the one with the voice.
        played: the sound that the speaker plays, so that it is not taken for a voice.
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
        self._guard = threading.Lock()
        """Guards `_is_lost` and `_is_followed`."""
        self._is_started = False
        self._is_lost = False
        self._is_followed = False
        """Whether `open` was called, so that somebody learns of a loss."""
        self._has_answered = threading.Event()
        self._complaint: MicrophoneError | None = _NO_ANSWER

    def start(self) -> None:
        """Begin to look for the microphone, if that has not been done; `open` does it otherwise."""
        if not self._is_started:
            self._is_started = True
            self._last_block_at = time.monotonic()
            self._process.start()

    def wait_until_open(self) -> None:
        """Wait until the microphone is open.

        Raises:
            MicrophoneError: there is none, or it can't be used.
        """
        self._has_answered.wait(START_SECONDS)
        if self._complaint is not None:
            raise self._complaint

    def open(self, tell: Callable[[Event], None] | None = None, *, wait_for_device: bool = False) -> None:
        """Start recording, if `start` has not yet begun, and tell what happens to the microphone.

        Args:
            tell: called on another thread with FaultRaised and FaultCleared. Without it, `read` returns None once the
                microphone is lost.
            wait_for_device: whether a missing microphone raises a Fault at the start, and no error.

        Raises:
            MicrophoneError: there is no microphone, or it can't be used.
        """
        with self._guard:
            self._tell, self._is_followed = tell, True
            if self._is_lost:
                self._tell_lost()
        self.start()
        if wait_for_device:
            return
        try:
            self.wait_until_open()
        except MicrophoneError:
            self.close()
            raise

    @property
    def pid(self) -> int | None:
        """The process id of the process that records; None while it is replaced."""
        return self._process.pid

    def read(self) -> Captured | None:
        """Wait for the next block and return it; None after `close`. Only one thread may call this."""
        while (captured := self._follower.next()) is None:
            block = self._blocks.get()
            if block is None:
                self._put(None)
                return None
            self._follower.take(*block)
        return captured

    def close(self) -> None:
        """Stop recording; a waiting `read` returns None, and so does each later one."""
        self._process.stop()
        self._put(None)

    def _take(self, message: object) -> None:
        match message:
            case (float(at), bytes(sound)):
                self._take_block(np.frombuffer(sound, np.float32).reshape(-1, self._stream.channels), at)
            case (int(rate), int(channels)):
                self._open_at(rate, channels)
            case (str(why), str(sentence)):
                self._answer(MicrophoneError(sentence, DeviceProblem(why)))
                self._lose()
            case _ if time.monotonic() - self._last_block_at > _SILENT_SECONDS:
                self._lose()

    def _open_at(self, rate: int, channels: int) -> None:
        self._stream = Stream(rate, channels)
        self._answer(self._complaint_about(channels))
        self._last_block_at = time.monotonic()
        self._health.reopened()

    def _complaint_about(self, channels: int) -> MicrophoneError | None:
        """Return the error that the wanted channel does not exist; None when it does. It is also logged.

        It is an error for a person who starts the coach; a service that waits for the device uses another channel.
        """
        if self._channel is None or self._channel <= channels:
            return None
        has = "one channel" if channels == 1 else f"{channels} channels"
        message = (
            f"The microphone has {has}, so there is no channel {self._channel}: name another one with --channel, or "
            "leave it out to have the one with the voice."
        )
        _log.warning("%s", message)
        return MicrophoneError(message, DeviceProblem.UNKNOWN)

    def _answer(self, complaint: MicrophoneError | None) -> None:
        """Let a waiting `open` return, or raise the complaint; only the first answer counts."""
        if not self._has_answered.is_set():
            self._complaint = complaint
            self._has_answered.set()

    def _take_block(self, sound: NDArray[np.float32], at: float) -> None:
        """Check the next block, shape (samples, channels), for faults and put it into the queue."""
        self._last_block_at = time.monotonic()
        with self._guard:
            was_lost, self._is_lost = self._is_lost, False
        if was_lost:
            self._post(FaultCleared(fault=Fault.NO_MICROPHONE))
        listened, is_silent = self._follower.listened(sound)
        for event in self._health.take(listened, at, is_silent=is_silent):
            self._post(event)
        self._put(_Recorded(sound, at, self._stream))

    def _lose(self) -> None:
        with self._guard:
            if self._is_lost:
                return
            self._is_lost = True
            if self._is_followed:
                self._tell_lost()

    def _tell_lost(self) -> None:
        if self._tell is None:
            self._put(None)
        self._post(FaultRaised(fault=Fault.NO_MICROPHONE))

    def _post(self, event: Event) -> None:
        if self._tell is not None:
            self._tell(event)

    def _put(self, block: _Recorded | None) -> None:
        """Add a block to the queue; drop the oldest one when the queue is full."""
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
