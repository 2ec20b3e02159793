"""The microphone: PortAudio's callback copies a block into a bounded queue, and does nothing else."""

from __future__ import annotations

import queue
import time
from typing import TYPE_CHECKING, Any, NamedTuple

import soxr

from voice_coach.ears.evidence import SAMPLE_RATE
from voice_coach.errors import EarsError
from voice_coach.sound.devices import find_input

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

BLOCK_SECONDS = 0.02
"""With no block size of its own, PortAudio may deliver blocks of a fifth of a second."""
_QUEUE_SECONDS = 3.0
_LONGEST_DELAY_SECONDS = 1.0


class Captured(NamedTuple):
    """A block of sound."""

    sound: NDArray[np.float32]
    """Shape (samples,), mono at SAMPLE_RATE."""
    at: float
    """When its first sample was heard, monotonic seconds, as the device reports it."""


class Microphone:
    """One input stream, delivered as mono float32 at SAMPLE_RATE.

    Args:
        name: which device, by number or part of its name; the default one if None.
    """

    def __init__(self, name: str | None = None) -> None:
        self._name = name
        self._blocks: queue.Queue[Captured | None] = queue.Queue(round(_QUEUE_SECONDS / BLOCK_SECONDS))

    def open(self) -> None:
        """Start recording.

        Raises:
            EarsError: there is no microphone, or it can't be used.
        """
        import sounddevice  # noqa: PLC0415 - importing it opens PortAudio, which find_input reports on first

        device = find_input(self._name)
        rate = self._rate_of(device.index)
        self._resample = soxr.ResampleStream(rate, SAMPLE_RATE, 1, dtype="float32", quality="LQ")
        self._is_resampling = rate != SAMPLE_RATE
        try:
            self._stream = sounddevice.InputStream(
                device=device.index,
                samplerate=rate,
                blocksize=round(rate * BLOCK_SECONDS),
                channels=1,
                dtype="float32",
                callback=self._copy,
            )
            self._stream.start()
        except sounddevice.PortAudioError as error:
            message = (
                f"The microphone '{device.name}' can't be opened ({error.args[0]}). Close other programs that use it, "
                "or name another one with --input (see: voice-coach devices)."
            )
            raise EarsError(message) from error

    def read(self) -> Captured | None:
        """The next block; waits until there is one; None after close."""
        block = self._blocks.get()
        if block is None or not self._is_resampling:
            return block
        return block._replace(sound=self._resample.resample_chunk(block.sound))

    def close(self) -> None:
        """Stop recording; a waiting read returns None."""
        self._stream.abort()
        self._stream.close()
        self._put(None)

    def _copy(self, indata: NDArray[np.float32], frames: int, timing: Any, _status: object) -> None:  # noqa: ANN401
        delay = self._stream.time - timing.inputBufferAdcTime  # PortAudio has a clock of its own
        if not 0 <= delay < _LONGEST_DELAY_SECONDS:  # some drivers don't tell
            delay = frames / self._stream.samplerate
        self._put(Captured(indata[:, 0].copy(), time.monotonic() - delay))

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

    @staticmethod
    def _rate_of(index: int) -> int:
        """SAMPLE_RATE if the device can, else its own rate; many USB microphones refuse 16 kHz."""
        import sounddevice  # noqa: PLC0415 - see open

        try:
            sounddevice.check_input_settings(device=index, channels=1, dtype="float32", samplerate=SAMPLE_RATE)
        except sounddevice.PortAudioError:
            return int(sounddevice.query_devices(index)["default_samplerate"])
        return SAMPLE_RATE
