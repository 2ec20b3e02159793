"""The microphone, whose stream is a process of its own, and a bounded queue of what it delivers.

A microphone of several channels is read with all of them; who reads gets the one with the voice (`channels.py`).
"""

from __future__ import annotations

import logging
import queue
import threading
import time
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from voice_coach.core.events import Trouble, TroubleBegan, TroubleOver
from voice_coach.ears.channels import Captured, ChannelFollower, Stream
from voice_coach.ears.input_health import InputHealth
from voice_coach.errors import EarsError
from voice_coach.supervised_process import START_SECONDS, SupervisedProcess

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from voice_coach.core.events import Event
    from voice_coach.ears.echo_alignment import Reference

_log = logging.getLogger(__name__)
_MODULE = "voice_coach.sound.microphone_process"
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
            self._post(TroubleOver(trouble=Trouble.NO_MICROPHONE))
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
        self._post(TroubleBegan(trouble=Trouble.NO_MICROPHONE))

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
