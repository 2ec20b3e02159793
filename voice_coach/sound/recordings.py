"""Recordings: a sound file of any rate and number of channels, as the ears want it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from voice_coach.errors import RecordingError

if TYPE_CHECKING:
    from collections.abc import Iterator

    import soundfile
    from numpy.typing import NDArray

RATE = 16_000
"""Hz, of what `read_recording` returns."""
_RATES = range(1_000, 768_001)
_BLOCK_SECONDS = 10
_REMEDY = "give a WAV or FLAC recording."


def read_recording(path: str | Path) -> NDArray[np.float32]:
    """Read a whole recording.

    Args:
        path: A WAV or FLAC file (or another kind that libsndfile reads), any rate, any number of channels.

    Returns:
        Shape (samples,), mono at 16 kHz, within -1...1. Channels are averaged; resampling is soxr's high quality.

    Raises:
        RecordingError: it is missing, no file, no sound, damaged, or holds no samples.
    """
    import soundfile  # noqa: PLC0415 - opens libsndfile; only who reads files needs it

    path = Path(path)
    try:
        if not path.is_file():
            what = "is a folder" if path.is_dir() else "is no file" if path.exists() else "does not exist"
            message = f"{path} {what}: {_REMEDY}"
            raise RecordingError(message)
        with path.open("rb") as file, soundfile.SoundFile(file.fileno(), closefd=False) as recording:
            blocks = list(_blocks(path, recording))
    except OSError as error:
        message = f"{path} cannot be read ({error.strerror or error}): {_REMEDY}"
        raise RecordingError(message) from error
    except soundfile.SoundFileError as error:
        message = (
            f"{path} is empty: {_REMEDY}" if _is_empty(path) else f"{path} is no sound file, or damaged: {_REMEDY}"
        )
        raise RecordingError(message) from error
    sound = np.concatenate([np.zeros(0, np.float32), *blocks])
    if not sound.size:
        message = f"{path} holds no sound: {_REMEDY}"
        raise RecordingError(message)
    return sound


def _is_empty(path: Path) -> bool:
    return path.stat().st_size == 0


def _blocks(path: Path, recording: soundfile.SoundFile) -> Iterator[NDArray[np.float32]]:
    import soxr  # noqa: PLC0415 - as soundfile

    rate = recording.samplerate
    if rate not in _RATES:
        message = f"{path} has an impossible sample rate ({rate} Hz): {_REMEDY}"
        raise RecordingError(message)
    resampler = soxr.ResampleStream(rate, RATE, 1, dtype="float32")
    for block in recording.blocks(rate * _BLOCK_SECONDS, dtype="float32", always_2d=True):
        with np.errstate(invalid="ignore", over="ignore"):  # what is no number in a damaged file becomes silence
            mono = np.clip(np.nan_to_num(block.mean(axis=1), nan=0.0), -1.0, 1.0)
        yield resampler.resample_chunk(mono)
    yield resampler.resample_chunk(np.zeros(0, np.float32), last=True)
