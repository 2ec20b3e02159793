"""Recordings: a sound file of any rate and number of channels, as the ears want it.

What a person hands over may be anything: compressed so that it can't be sought in, cut off in the middle, with a
header that its recorder never finished. It is read from the beginning to where it ends, and never as a whole before
it is known to be of a size that fits into memory.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from voice_coach.errors import RecordingError
from voice_coach.sound.recorded_channels import ChannelLevels

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    Sound = NDArray[np.float32]

RATE = 16_000
"""Hz, of what `read_recording` returns."""
LONGEST_SECONDS = 4 * 3600
"""An evening: 0.9 GB of samples."""
_RATES = range(1_000, 768_001)
_MOST_CHANNELS = 64
_BLOCK_SECONDS = 0.1
"""So much is lost where a damaged file breaks off."""
_REMEDY = "give a WAV or FLAC recording."


class _Form(NamedTuple):
    """Of what a file holds."""

    rate: int
    channels: int


def read_recording(path: str | Path, tell: Callable[[str], None] = lambda _sentence: None) -> Sound:
    """Read a whole recording.

    Args:
        path: A WAV or FLAC file (or another kind that libsndfile reads), any rate, up to 64 channels, up to
            LONGEST_SECONDS.
        tell: is told what a person should know of it, in a sentence.

    Returns:
        Shape (samples,), mono at 16 kHz, within -1...1. Of several channels it is the one with the voice, for mixed
        they may cancel each other; resampling is soxr's high quality.

    Raises:
        RecordingError: it is missing, no file, no sound, damaged, too long, or holds no samples.
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
        RecordingError: as read_recording.
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
    """What is in the file, block by block, each of shape (samples, channels) within -1...1."""
    import soundfile  # noqa: PLC0415 - opens libsndfile; only who reads files needs it

    from voice_coach.sound.sound_file import UnsoughtSoundFile, repaired  # noqa: PLC0415 - as above

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
    """What is no number in a damaged file becomes silence."""
    with np.errstate(invalid="ignore", over="ignore"):
        return np.asarray(np.clip(np.nan_to_num(block, nan=0.0), -1.0, 1.0), np.float32)
