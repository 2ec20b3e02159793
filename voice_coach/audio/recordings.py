"""Reads recordings of any rate and number of channels as mono at 16 kHz.

The file that a person hands over may be anything: compressed so that it cannot seek, cut off in the middle, with a
header that its recorder never finished. It is read from the beginning to where it ends, and never as a whole before
it is known to fit into memory.
"""

from __future__ import annotations

import io
import os
import struct
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, NamedTuple

import numpy as np
import soundfile

from voice_coach.errors import RecordingError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Sound = NDArray[np.float32]
    from collections.abc import Callable, Iterator


_FRAME_SECONDS = 0.02
_VOICE = (150, 4_000)
"""Lowest and highest frequency, in Hz, in which a voice is looked for."""
_QUIETEST = -85.0
"""Level in dBFS below which an input has nothing connected to it."""
_LOUD, _QUIET = 95, 10
"""Percentiles of the frames' levels that are taken as the level of the voice, and of the room between words."""
_BETTER = 6.0
"""Decibels by which another channel must be better than the first one to be chosen."""
_CANCELLED = 0.1
"""Share of the power that the sum of unrelated channels has; less is left only where they are in antiphase."""


class ChannelLevels:
    """Measures all channels of a recording, block by block.

    Args:
        channels: the number of channels.
        rate: the rate in Hz.
    """

    def __init__(self, channels: int, rate: int) -> None:
        self._channels = channels
        self._rate = rate
        self._frames: list[NDArray[np.float64]] = []
        self._power = self._mixed_power = 0.0

    def take(self, block: Sound) -> None:
        """Measure the next block, shape (samples, channels)."""
        each, mixed = _powers(block)
        self._power += each
        self._mixed_power += mixed
        size = max(1, min(len(block), round(self._rate * _FRAME_SECONDS)))
        whole = len(block) // size * size
        frames = block[:whole].reshape(-1, size, self._channels).transpose(0, 2, 1) * np.hanning(size)
        low, high = (hertz * size // self._rate for hertz in _VOICE)
        spectra = np.fft.rfft(frames, axis=2)[:, :, low : max(low + 1, high)]
        power = (np.square(spectra.real) + np.square(spectra.imag)).sum(axis=2) / size**2
        self._frames.append(10 * np.log10(power + 1e-12))

    @property
    def best(self) -> int:
        """Index of the channel in which a voice rises most above the room; the first of nearly equal ones."""
        levels = np.maximum(np.concatenate([np.full((1, self._channels), _QUIETEST), *self._frames]), _QUIETEST)
        loud, quiet = np.percentile(levels, (_LOUD, _QUIET), axis=0)
        rises = np.where(loud > _QUIETEST, loud - quiet, -np.inf)
        return int(np.argmax(rises > rises.max() - _BETTER))

    @property
    def cancel_each_other(self) -> bool:
        """Whether the mean of all channels would have nearly nothing of what they hold."""
        return _is_cancelled(self._power, self._mixed_power)


def are_in_antiphase(sound: Sound) -> bool:
    """Whether the mean of all channels of a sound, shape (samples, channels), has nearly nothing of what they hold."""
    return _is_cancelled(*_powers(sound))


def _powers(sound: Sound) -> tuple[float, float]:
    """The energy of all channels, and that of their sum; they are equal where the channels have nothing in common."""
    each, mixed = np.square(sound, dtype=np.float64).sum(), np.square(sound.sum(axis=1, dtype=np.float64)).sum()
    return float(each), float(mixed)


def _is_cancelled(each: float, mixed: float) -> bool:
    return mixed < _CANCELLED * each


_CHUNK = struct.Struct("<4sI")
_UNKNOWN = 0xFFFFFFFF
"""The size by which libsndfile understands "to the end of the file"."""
_CHUNKS = 100
"""Chunks of a WAV file that are searched at most for the one that holds the sound."""


class UnsoughtSoundFile(soundfile.SoundFile):  # type: ignore[misc]  # soundfile has no types
    """A sound file that is read without seeking: GSM 6.10, G.721 and others cannot seek, nor can damaged files.

    By itself `soundfile` seeks after each block, if libsndfile says that it can.
    """

    def seekable(self) -> bool:
        """Return False, so that `soundfile` does not seek."""
        return False


def repaired(file: IO[bytes]) -> IO[bytes] | int:
    """A file as libsndfile should see it.

    A recorder that was cut off left the sizes in its header at 0: then all up to the end is sound.

    Returns:
        The descriptor of a file that is well, else a file that reads as if its header were finished.
    """
    at = _unfinished_size_at(file)
    file.seek(0)
    return file.fileno() if at is None else io.BufferedReader(_Patched(file.fileno(), at))


def _unfinished_size_at(file: IO[bytes]) -> int | None:
    """The offset of a size of 0 in the header of a file that has sound nevertheless; None for any other file."""
    header = file.read(12)
    if header[:4] == b".snd" and header[8:12] == b"\0\0\0\0":
        return 8
    if header[:4] != b"RIFF" or header[8:12] != b"WAVE":
        return None
    for _ in range(_CHUNKS):
        at = file.tell()
        chunk = file.read(_CHUNK.size)
        if len(chunk) < _CHUNK.size:
            return None
        name, size = _CHUNK.unpack(chunk)
        if name == b"data":
            return at + 4 if size == 0 and file.read(1) else None
        file.seek(size + size % 2, os.SEEK_CUR)
    return None


class _Patched(io.RawIOBase):
    """Reads a file as if its header held the size _UNKNOWN; the file itself stays as it is."""

    def __init__(self, descriptor: int, size_at: int) -> None:
        self._descriptor = descriptor
        self._size_at = size_at
        self._place = 0

    def readable(self) -> bool:
        """Return True, because the file can be read."""
        return True

    def seekable(self) -> bool:
        """Return True, because the file can seek."""
        return True

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Move to an offset, as in any file."""
        begin = {os.SEEK_SET: 0, os.SEEK_CUR: self._place, os.SEEK_END: os.fstat(self._descriptor).st_size}[whence]
        self._place = max(0, begin + offset)
        return self._place

    def readinto(self, buffer: Any) -> int:  # noqa: ANN401 - Python 3.12 has a name for what can be written to
        """Read bytes as from any file, but with the other size in the header."""
        view = memoryview(buffer).cast("B")
        data = bytearray(os.pread(self._descriptor, len(view), self._place))
        for index, byte in enumerate(_UNKNOWN.to_bytes(4, "little"), start=self._size_at - self._place):
            if 0 <= index < len(data):
                data[index] = byte
        view[: len(data)] = data
        self._place += len(data)
        return len(data)


RATE = 16_000
"""Rate in Hz of the samples that `read_recording` returns."""
LONGEST_SECONDS = 4 * 3600
"""Seconds that a recording may last, a whole evening; its samples take 0.9 GB."""
_RATES = range(1_000, 768_001)
_MOST_CHANNELS = 64
_BLOCK_SECONDS = 0.1
"""Seconds of sound that are read at a time, and that are lost at most where a damaged file breaks off."""
_REMEDY = "give a WAV or FLAC recording."


class _Form(NamedTuple):
    """The format of the sound in a file."""

    rate: int
    channels: int


def read_recording(path: str | Path, tell: Callable[[str], None] = lambda _sentence: None) -> Sound:
    """Read a whole recording.

    Args:
        path: A WAV or FLAC file (or another kind that libsndfile reads), any rate, up to 64 channels, up to
            LONGEST_SECONDS.
        tell: a function that is called with a sentence about the file if the person should know something.

    Returns:
        Shape (samples,), mono at 16 kHz, within -1...1. Where there are several channels, it is the
        one with the voice, because a mix of them may cancel itself; resampling is soxr's high quality.

    Raises:
        RecordingError: the file is missing, damaged, too long, without samples, or no file of sound at all.
    """
    path = Path(path)
    channel = _channel_with_voice(path, tell)
    sound = _mono(path, channel)
    if not sound.size:
        message = f"{path} holds no sound: {_REMEDY}"
        raise RecordingError(message)
    return sound


def read_channels(path: Path) -> Sound:
    """Read all channels of a short recording, shape (samples, channels), at 16 kHz.

    Raises:
        RecordingError: as for `read_recording`.
    """
    sounds = [_mono(path, channel) for channel in range(_form_of(path).channels)]
    return np.stack(sounds, axis=1)


def _channel_with_voice(path: Path, tell: Callable[[str], None]) -> int:
    form = _form_of(path)
    if form.channels == 1:
        return 0
    levels = ChannelLevels(form.channels, form.rate)
    for _, block in _blocks(path):
        levels.take(block)
    channel = levels.best
    if levels.cancel_each_other:
        tell(f"{path}: its channels are in antiphase and would cancel each other; channel {channel + 1} alone is used.")
    return channel


def _form_of(path: Path) -> _Form:
    form = next((form for form, _ in _blocks(path)), None)
    if form is None:
        message = f"{path} holds no sound: {_REMEDY}"
        raise RecordingError(message)
    return form


def _mono(path: Path, channel: int) -> Sound:
    import soxr  # noqa: PLC0415 - only who reads files needs it

    resampler = None
    samples = bytearray()  # grows in place; joining a list of blocks would take twice as much
    for form, block in _blocks(path):
        resampler = resampler or soxr.ResampleStream(form.rate, RATE, 1, dtype="float32")
        samples += resampler.resample_chunk(np.ascontiguousarray(block[:, channel])).tobytes()
        if len(samples) > LONGEST_SECONDS * RATE * 4:
            message = f"{path} is longer than {LONGEST_SECONDS / 3600:g} hours: cut it into pieces."
            raise RecordingError(message)
    if resampler is not None:
        samples += resampler.resample_chunk(np.zeros(0, np.float32), last=True).tobytes()
    return np.frombuffer(samples, np.float32)


def _blocks(path: Path) -> Iterator[tuple[_Form, Sound]]:
    """Read a file block by block, each of shape (samples, channels) within -1...1."""
    import soundfile  # noqa: PLC0415 - opens libsndfile; only who reads files needs it

    has_begun = False
    try:
        if not path.is_file():
            what = "is a folder" if path.is_dir() else "is no file" if path.exists() else "does not exist"
            message = f"{path} {what}: {_REMEDY}"
            raise RecordingError(message)
        with path.open("rb", buffering=0) as file, UnsoughtSoundFile(repaired(file), closefd=False) as recording:
            form = _checked(path, _Form(recording.samplerate, recording.channels))
            while len(block := recording.read(round(form.rate * _BLOCK_SECONDS), dtype="float32", always_2d=True)):
                has_begun = True
                yield form, _possible(block)
    except OSError as error:
        message = f"{path} cannot be read ({error.strerror or error}): {_REMEDY}"
        raise RecordingError(message) from error
    except soundfile.SoundFileError as error:
        if has_begun:  # cut off, or damaged from here on: what came before is good
            return
        what = "is empty" if path.stat().st_size == 0 else "is no sound file, or damaged"
        message = f"{path} {what}: {_REMEDY}"
        raise RecordingError(message) from error


def _checked(path: Path, form: _Form) -> _Form:
    if form.rate not in _RATES:
        message = f"{path} has an impossible sample rate ({form.rate} Hz): {_REMEDY}"
        raise RecordingError(message)
    if form.channels > _MOST_CHANNELS:
        message = f"{path} has {form.channels} channels, more than any recorder: {_REMEDY}"
        raise RecordingError(message)
    return form


def _possible(block: Sound) -> Sound:
    """Replace values that are no numbers, as in damaged files, by silence, and limit the others to -1...1."""
    with np.errstate(invalid="ignore", over="ignore"):
        return np.asarray(np.clip(np.nan_to_num(block, nan=0.0), -1.0, 1.0), np.float32)
