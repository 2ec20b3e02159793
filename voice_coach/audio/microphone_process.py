"""The microphone as a process of its own: it opens PortAudio's stream, loses it, and looks for it again.

    python -m voice_coach.audio.microphone_process [NAME] DESCRIPTOR

Its messages to the parent (voice_coach.ears.microphone), each of which is also a heartbeat:

    (RATE, COUNT)   the microphone is open and delivers float32 at RATE Hz, COUNT channels side by side
    (AT, BYTES)     a block of samples, the first of which was heard at AT (monotonic seconds); longer while it is quiet
    (WHY, SENTENCE) there is no microphone, or no sound from it: a DeviceProblem's value, and a sentence for the person
    None            nothing new
"""

from __future__ import annotations

import contextlib
import os
import sys
import threading
import time
from math import inf
from operator import mul
from typing import TYPE_CHECKING, Any, NamedTuple

from voice_coach.audio.channel_layout import Direction, Placement, opening_for
from voice_coach.audio.devices import find_input, list_devices, portaudio
from voice_coach.errors import CoachError, DeviceProblem, MicrophoneError
from voice_coach.supervised_process import pipe_to_parent

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

    from voice_coach.audio.devices import SoundDevice

BLOCK_SECONDS = 0.02
"""Seconds of sound in a block. Without a given size, PortAudio may deliver blocks of a fifth of a second."""
PREFERRED_RATE = 16_000
"""Hz that the ears need; many USB microphones refuse it and are opened at their own rate."""
_LONGEST_DELAY_SECONDS = 1.0
"""Seconds beyond which a delay that a driver reports is not believed."""
_STDERR = 2
_HEARTBEAT_SECONDS = 0.2
_SILENT_SECONDS = 0.75
"""Seconds without a block after which the stream counts as dead."""
_FIRST_BLOCK_SECONDS = 3.0
"""Seconds that the first block may take: an idle PulseAudio null sink works in blocks of two seconds."""


JOINED_SECONDS = 0.1
"""Seconds of quiet sound that are delivered as one block."""
QUIET_AFTER_SECONDS = 1.0
"""Seconds of quiet sound after a louder one that are delivered as they come: a pause between words is shorter."""
_LOUDER = 6.3
"""How many times the power of the background a block must have to be no part of it: 8 dB."""
_RISE_PER_SECOND = 4.0
"""How many times greater the background's power may become in a second: 6 dB."""
_FAINTEST = 1e-10
"""The least power of a background, -100 dBFS; a gated microphone delivers zeros."""
_MISSING_SECONDS = 0.05
"""Seconds by which a block may come later than the ones before it end; beyond that, sound is missing between them."""


class Block(NamedTuple):
    """A piece of sound."""

    at: float
    """When its first sample was heard, in seconds."""
    sound: bytes
    """Samples in float32, the channels side by side."""


class QuietBlocks:
    """Delivers blocks as they come, or joined while it is quiet, so that an idle coach wakes up less often.

    A block costs the coach about the same, however long it is: two threads wake up for it. While nobody speaks, nothing
    hangs on a tenth of a second. As soon as a block is louder than the background, all are delivered at once, and those
    that follow as they come, until it has been quiet for a second; so a reply comes no later.

    Args:
        rate: samples of each channel in a second.
        channels: the number of channels.
    """

    def __init__(self, rate: int, channels: int) -> None:
        self._bytes_per_second = rate * channels * 4
        self._background = inf
        self._quiet_seconds = 0.0
        self._waiting: list[Block] = []

    def take(self, block: Block) -> list[Block]:
        """Take the next block, and return those that are to be delivered now, earliest first."""
        seconds = self._seconds_of(block)
        self._quiet_seconds = self._quiet_seconds + seconds if self._is_background(block.sound, seconds) else 0.0
        before = self._all_waiting() if self._is_gap_before(block) else []
        self._waiting.append(block)
        joined = sum(map(self._seconds_of, self._waiting))
        is_full = joined + seconds / 2 > JOINED_SECONDS
        return before + (self._all_waiting() if is_full or self._quiet_seconds <= QUIET_AFTER_SECONDS else [])

    def _all_waiting(self) -> list[Block]:
        waiting, self._waiting = self._waiting, []
        return [Block(waiting[0].at, b"".join(block.sound for block in waiting))] if waiting else []

    def _is_gap_before(self, block: Block) -> bool:
        if not self._waiting:
            return False
        last = self._waiting[-1]
        return block.at - (last.at + self._seconds_of(last)) > _MISSING_SECONDS

    def _seconds_of(self, block: Block) -> float:
        return len(block.sound) / self._bytes_per_second

    def _is_background(self, sound: bytes, seconds: float) -> bool:
        """Return whether a block is as quiet as the background, which falls at once and rises slowly."""
        samples = memoryview(sound).cast("f").tolist()  # NumPy would cost this process 20 MB
        power: float = sum(map(mul, samples, samples)) / max(1, len(samples))
        self._background = max(_FAINTEST, min(power, self._background * _RISE_PER_SECOND**seconds))
        return power <= _LOUDER * self._background


class _Wire:
    """The pipe to the parent, shared by the audio thread and the main thread."""

    def __init__(self, pipe: Connection) -> None:
        self._pipe = pipe
        self._lock = threading.Lock()

    def tell(self, message: object) -> None:
        """Send a message. Raises OSError when the parent is gone."""
        with self._lock:
            self._pipe.send(message)


class _Recording:
    """One input stream, from its opening until it is lost.

    Raises:
        MicrophoneError: there is no microphone, or it can't be opened.
    """

    def __init__(self, name: str | None, wire: _Wire) -> None:
        self._wire = wire
        self._sounddevice = portaudio(MicrophoneError)
        device = find_input(name)
        self._name = device.name
        self._is_trusted = False
        """Whether blocks are sent to the parent; before, the stream may still be on the wrong device."""
        self._last_block_at: float | None = None
        try:
            self._stream = self._open_all_channels(device)
        except self._sounddevice.PortAudioError as error:
            message = (
                f"The microphone '{device.name}' can't be opened ({error.args[0]}). Close other programs that use it, "
                "or name another one with --input (see: voice-coach devices)."
            )
            raise MicrophoneError(message) from error

    def follow(self) -> None:
        """Watch the stream; return when it has ended, fallen silent or been moved.

        Raises:
            MicrophoneError: no sound came, or the server delivers the speaker's sound instead.
        """
        placement = Placement(Direction.INPUT)
        try:
            if placement.hears_ourselves():
                message = "There is no microphone but the speaker's own sound: plug one in."
                raise MicrophoneError(message, DeviceProblem.ABSENT)
            self._wire.tell((self._rate, self._channels))
            self._is_trusted = True
            self._follow(placement)
        finally:
            self._is_trusted = False
            placement.close()
        if self._last_block_at is None:
            message = f"The microphone '{self._name}' delivers no sound: pull it out and plug it in again."
            raise MicrophoneError(message)

    def close(self) -> None:
        """End the stream."""
        with contextlib.suppress(self._sounddevice.PortAudioError):
            self._stream.abort()
        self._stream.close()

    def _open_all_channels(self, device: SoundDevice) -> Any:  # noqa: ANN401 - the module sounddevice has no types
        """Open a stream of all channels, or of one where more are refused. Raises PortAudioError."""
        rate = preferred_rate(self._sounddevice, device, 1)
        channels = opening_for(self._sounddevice, device, rate, list_devices()).channels
        if channels > 1:
            with contextlib.suppress(self._sounddevice.PortAudioError):
                return self._open(device, channels)
        return self._open(device, 1)

    def _open(self, device: SoundDevice, channels: int) -> Any:  # noqa: ANN401 - as above
        self._channels = channels
        self._rate = preferred_rate(self._sounddevice, device, channels)
        self._blocks = QuietBlocks(self._rate, channels)
        stream = self._sounddevice.RawInputStream(
            device=device.index,
            samplerate=self._rate,
            blocksize=round(self._rate * BLOCK_SECONDS),
            channels=channels,
            dtype="float32",
            callback=self._take,
        )
        try:
            stream.start()
        except self._sounddevice.PortAudioError:
            stream.close()
            raise
        return stream

    def _follow(self, placement: Placement) -> None:
        opened_at = time.monotonic()
        while self._stream.active and not placement.wait(_HEARTBEAT_SECONDS):
            now, last = time.monotonic(), self._last_block_at
            limit = opened_at + _FIRST_BLOCK_SECONDS if last is None else last + _SILENT_SECONDS
            if now > limit:
                return
            if last is None or now - last > _HEARTBEAT_SECONDS:
                self._wire.tell(None)

    def _take(self, indata: Any, frames: int, timing: Any, _status: object) -> None:  # noqa: ANN401 - PortAudio's
        if not self._is_trusted:
            return
        now = time.monotonic()
        delay = self._stream.time - timing.inputBufferAdcTime  # PortAudio has a clock of its own
        if not 0 <= delay < _LONGEST_DELAY_SECONDS:  # some drivers don't tell
            delay = frames / self._rate
        self._last_block_at = now
        try:
            for block in self._blocks.take(Block(now - delay, bytes(indata))):
                self._wire.tell(tuple(block))
        except OSError:
            raise self._sounddevice.CallbackAbort from None


def main() -> None:
    """Record until the parent is gone."""
    wire = _Wire(pipe_to_parent())
    name = sys.argv[1] if len(sys.argv) > 2 else None  # noqa: PLR2004 - the module, a name, the descriptor
    with contextlib.suppress(OSError):
        while True:
            try:
                _record(name, wire)
            except MicrophoneError as error:
                wire.tell((error.problem.value, str(error)))
            _rest(wire)
            _forget_devices()


def _record(name: str | None, wire: _Wire) -> None:
    recording = _Recording(name, wire)
    try:
        recording.follow()
    finally:
        recording.close()


def _rest(wire: _Wire) -> None:
    """Wait before the microphone is looked for again.

    This is needed after a loss, too: a device that is being pulled out can still be opened for some milliseconds, and
    the server then moves that stream before we know where it was.
    """
    _drop_complaints()
    for _ in range(2):
        time.sleep(_HEARTBEAT_SECONDS)
        wire.tell(None)


def _drop_complaints() -> None:
    """Discard stderr, because ALSA complains there at each search for a device, which would fill the log."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, _STDERR)
    os.close(nowhere)


def _forget_devices() -> None:
    """Restart PortAudio, because it makes its list of devices only when it starts."""
    with contextlib.suppress(CoachError):
        sounddevice = portaudio()
        with contextlib.suppress(sounddevice.PortAudioError):
            sounddevice._terminate()  # noqa: SLF001 - there is no public way
            sounddevice._initialize()  # noqa: SLF001


def preferred_rate(sounddevice: Any, device: SoundDevice, channels: int) -> int:  # noqa: ANN401 - a module without types
    """Return the rate in Hz at which to open a microphone: PREFERRED_RATE if the device allows it, else its own.

    Args:
        sounddevice: the module `sounddevice`.
        device: the microphone.
        channels: the number of channels with which it is opened.
    """
    options = {"device": device.index, "channels": channels, "dtype": "float32", "samplerate": PREFERRED_RATE}
    try:
        sounddevice.check_input_settings(**options)
    except sounddevice.PortAudioError:
        return device.rate
    return PREFERRED_RATE


if __name__ == "__main__":
    main()
