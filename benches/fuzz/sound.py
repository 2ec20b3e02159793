"""Recordings: any bytes, headers that promise anything, and right files with faults."""

from __future__ import annotations

import io
import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import soundfile
from hypothesis import strategies as st

from benches.fuzz.targets import Target, demand, demand_sentence, flipped
from voice_coach.audio.recordings import read_recording
from voice_coach.errors import RecordingError

if TYPE_CHECKING:
    from pathlib import Path


_KINDS = (("WAV", "PCM_16"), ("WAV", "FLOAT"), ("WAV", "ULAW"), ("WAV", "IMA_ADPCM"), ("FLAC", "PCM_16"),
          ("AIFF", "PCM_24"), ("OGG", "VORBIS"), ("W64", "PCM_16"))  # fmt: skip
_BIG_32, _BIG_16 = 2**32 - 1, 2**16 - 1
_UINT_32 = st.one_of(st.sampled_from((0, 1, 8_000, 16_000, 48_000, 768_000, 768_001, 2**31, _BIG_32)),
                     st.integers(0, _BIG_32))  # fmt: skip
_UINT_16 = st.one_of(st.sampled_from((0, 1, 2, 3, 8, 16, 24, 32, 64, 1_000, 1_024, _BIG_16)), st.integers(0, _BIG_16))
_FORMATS = st.one_of(st.sampled_from((1, 2, 3, 6, 7, 17, 49, 85, 0xFFFE)), _UINT_16)
_LONGEST_SECONDS = 3600


def targets() -> tuple[Target, ...]:
    """Sound files."""
    randoms = st.randoms(use_true_random=False)
    headers = st.builds(_Header, _FORMATS, _UINT_16, _UINT_32, _UINT_16, _UINT_16, _UINT_32, st.booleans())
    promising = st.builds(_Header.before, headers, st.binary(max_size=300))
    return (
        Target("recordings, any bytes", st.binary(max_size=300), check),
        Target("recordings, any header", promising, check, weight=2),
        Target("recordings, damaged", st.builds(flipped, st.sampled_from(_right()), randoms), check, weight=2),
    )


def check(content: bytes, folder: Path) -> None:
    """Reading gives a sound or our error."""
    path = folder / "sound.wav"
    path.write_bytes(content)
    try:
        sound = read_recording(path)
    except RecordingError as error:
        demand_sentence(error)
        demand(str(path) in str(error), f"the error does not name the file: {error}")
        return
    demand(sound.ndim == 1 and sound.dtype == np.float32 and len(sound), "no sound")
    demand(len(sound) < 16_000 * _LONGEST_SECONDS, "a sound longer than its file")
    demand(np.isfinite(sound).all(), "a sound that is not finite")


@dataclass(frozen=True, slots=True)
class _Header:
    """The fields of a WAV file's header."""

    kind: int
    channels: int
    rate: int
    align: int
    bits: int
    promised: int
    """The bytes of sound that the header promises."""
    is_honest: bool
    """Whether the header promises the bytes that follow, with the matching alignment, instead of `promised`."""

    def before(self, data: bytes) -> bytes:
        """The whole file."""
        size = len(data) if self.is_honest else self.promised
        align = (self.channels * self.bits // 8) & _BIG_16 if self.is_honest else self.align
        pace = (self.rate * align) & _BIG_32
        form = struct.pack("<HHIIHH", self.kind, self.channels, self.rate, pace, align, self.bits)
        body = b"WAVEfmt " + struct.pack("<I", len(form)) + form + b"data" + struct.pack("<I", size) + data
        return b"RIFF" + struct.pack("<I", len(body) if self.is_honest else self.promised) + body


def _right() -> list[bytes]:
    """Short recordings of several kinds."""
    noise = np.random.default_rng(5).normal(0, 0.1, (1_000, 2)).astype(np.float32)
    made = []
    for container, encoding in _KINDS:
        file = io.BytesIO()
        soundfile.write(file, noise, 16_000, format=container, subtype=encoding)
        made.append(file.getvalue())
    return made
