"""Streams of sound for a second or two. They run in a process of their own, which is ended when they hang."""

from __future__ import annotations

import queue
import time
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from voice_coach.sound.devices import Device

_BLOCK_SECONDS = 0.02
_PATIENCE_SECONDS = 2.0


@dataclass(frozen=True, slots=True, eq=False)
class Block:
    """A piece of what a microphone heard."""

    sound: NDArray[np.float32]
    """Shape (samples, channels)."""
    arrived_at: float
    """Monotonic seconds at which PortAudio delivered it."""


@dataclass(frozen=True, slots=True, eq=False)
class Recorded:
    """What a microphone heard."""

    sound: NDArray[np.float32]
    """Shape (samples, channels)."""
    rate: int
    began_at: float
    """Monotonic seconds: a sample at t seconds was delivered, at the earliest, at began_at + t."""


class Microphone:
    """An open input stream."""

    def __init__(self, sounddevice: Any, device: Device, rate: int, channels: int = 1) -> None:  # noqa: ANN401 - a module without types
        self._sounddevice = sounddevice
        self._device = device
        self._channels = channels
        self.rate = rate
        self._blocks: queue.SimpleQueue[Block] = queue.SimpleQueue()

    @contextmanager
    def recording(self) -> Iterator[None]:
        """Record inside of the block. Raises PortAudioError."""
        options = {
            "device": self._device.index, "samplerate": self.rate, "channels": self._channels, "dtype": "float32",
            "blocksize": round(self.rate * _BLOCK_SECONDS),
        }  # fmt: skip
        with self._sounddevice.InputStream(callback=self._take, **options):
            yield

    def read(self, seconds: float) -> Recorded:
        """What was heard since the last read, and goes on to be, for so long; less when nothing comes any more."""
        blocks: list[Block] = []
        while sum(len(block.sound) for block in blocks) < seconds * self.rate:
            try:
                blocks.append(self._blocks.get(timeout=_PATIENCE_SECONDS))
            except queue.Empty:
                break
        return joined(blocks, self.rate, self._channels)

    def _take(self, block: NDArray[np.float32], _frames: int, _timing: object, _status: object) -> None:
        self._blocks.put(Block(block.copy(), time.monotonic()))


def joined(blocks: list[Block], rate: int, channels: int = 1) -> Recorded:
    """Blocks in a row as one recording.

    Args:
        blocks: without gaps.
        rate: of all, Hz.
        channels: of all.
    """
    if not blocks:
        return Recorded(np.zeros((0, channels), np.float32), rate, 0.0)
    ends = np.cumsum([len(block.sound) for block in blocks]) / rate
    began_at = min(block.arrived_at - end for block, end in zip(blocks, ends, strict=True))
    return Recorded(np.concatenate([block.sound for block in blocks]), rate, float(began_at))


class Player:
    """An output stream that plays one sound and then silence."""

    def __init__(self, sounddevice: Any, device: Device, sound: NDArray[np.float32], rate: int) -> None:  # noqa: ANN401 - a module without types
        self._sounddevice = sounddevice
        self._device = device
        self._sound = sound
        self._rate = rate
        self._next: int | None = None
        self.asked_at = 0.0
        """Monotonic seconds at which PortAudio took the first sample."""

    @contextmanager
    def open(self) -> Iterator[None]:
        """Play silence inside of the block, and the sound after `play`. Raises PortAudioError."""
        options = {
            "device": self._device.index, "samplerate": self._rate, "dtype": "float32",
            "channels": min(2, self._device.output_channels), "blocksize": round(self._rate * _BLOCK_SECONDS),
        }  # fmt: skip
        with self._sounddevice.OutputStream(callback=self._give, **options):
            yield

    def play(self) -> None:
        """Begin with the next block."""
        self._next = 0

    def _give(self, block: NDArray[np.float32], frames: int, _timing: object, _status: object) -> None:
        block.fill(0.0)
        if self._next is None:
            return
        if self._next == 0:
            self.asked_at = time.monotonic()
        piece = self._sound[self._next : self._next + frames]
        block[: len(piece)] = piece[:, np.newaxis]
        self._next += frames
