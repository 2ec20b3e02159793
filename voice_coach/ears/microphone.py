"""The microphone, whose stream is a process of its own, and a bounded queue of what it delivers."""

from __future__ import annotations

import queue
import threading
import time
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import soxr

from voice_coach.core.events import Trouble, TroubleBegan, TroubleOver
from voice_coach.ears.evidence import SAMPLE_RATE
from voice_coach.ears.input_health import InputHealth
from voice_coach.errors import EarsError
from voice_coach.sound.watched_process import START_SECONDS, WatchedProcess

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from voice_coach.core.events import Event

_MODULE = "voice_coach.sound.microphone_process"
_BLOCK_SECONDS = 0.02
_QUEUE_SECONDS = 3.0
_SILENT_SECONDS = 1.0
"""After so long without a block there is no microphone."""


class Captured(NamedTuple):
    """A block of sound."""

    sound: NDArray[np.float32]
    """Shape (samples,), mono at SAMPLE_RATE."""
    at: float
    """When its first sample was heard, monotonic seconds, as the device reports it."""


class Microphone:
    """One microphone, delivered as mono float32 at SAMPLE_RATE. It comes back by itself when it was lost.

    Args:
        name: which device, by number or part of its name; the default one if None.
    """

    def __init__(self, name: str | None = None) -> None:
        self._process = WatchedProcess(_MODULE, [] if name is None else [name], self._take, self._lose)
        self._blocks: queue.Queue[Captured | None] = queue.Queue(round(_QUEUE_SECONDS / _BLOCK_SECONDS))
        self._tell: Callable[[Event], None] | None = None
        self._health = InputHealth()
        self._resample: soxr.ResampleStream | None = None
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
        """The next block; waits until there is one; None after close."""
        block = self._blocks.get()
        if block is None:
            self._put(None)
        return block

    def close(self) -> None:
        """Stop recording; a waiting read returns None, and so does each after it."""
        self._process.stop()
        self._put(None)

    def _take(self, message: object) -> None:
        match message:
            case (float(at), bytes(sound)):
                self._take_block(np.frombuffer(sound, np.float32), at)
            case int(rate):
                self._open_at(rate)
            case str(sentence):
                self._answer(sentence)
                self._lose()
            case _ if time.monotonic() - self._last_block_at > _SILENT_SECONDS:
                self._lose()

    def _open_at(self, rate: int) -> None:
        self._answer(None)
        self._last_block_at = time.monotonic()
        self._health.reopened()
        is_other = rate != SAMPLE_RATE
        self._resample = soxr.ResampleStream(rate, SAMPLE_RATE, 1, dtype="float32", quality="LQ") if is_other else None

    def _answer(self, complaint: str | None) -> None:
        """What a waiting open shall know; the first answer counts."""
        if not self._has_answered.is_set():
            self._complaint = complaint
            self._has_answered.set()

    def _take_block(self, sound: NDArray[np.float32], at: float) -> None:
        self._last_block_at = time.monotonic()
        if self._is_lost:
            self._is_lost = False
            self._post(TroubleOver(trouble=Trouble.NO_MICROPHONE))
        for event in self._health.take(sound, at):
            self._post(event)
        self._put(Captured(sound if self._resample is None else self._resample.resample_chunk(sound), at))

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

    def _put(self, block: Captured | None) -> None:
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
