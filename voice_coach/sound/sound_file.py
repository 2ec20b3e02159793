"""Sound files that can't be sought in, and those whose header was never finished, opened with libsndfile."""

from __future__ import annotations

import io
import os
import struct
from typing import IO, Any

import soundfile

_CHUNK = struct.Struct("<4sI")
_UNKNOWN = 0xFFFFFFFF
"""A size that libsndfile takes for "to the end of the file"."""
_CHUNKS = 100
"""Looked at for the one that holds the sound."""


class UnsoughtSoundFile(soundfile.SoundFile):  # type: ignore[misc]  # soundfile has no types
    """A sound file that is only read on: GSM 6.10, G.721 and others can't be sought in, and damaged ones neither.

    By itself `soundfile` seeks after each block, if libsndfile says that it can.
    """

    def seekable(self) -> bool:
        """No."""
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
    """Where the size of the sound stands that is 0 though there is some; None in any other file."""
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
    """A file in whose place another size is read; the file itself stays as it is."""

    def __init__(self, descriptor: int, size_at: int) -> None:
        self._descriptor = descriptor
        self._size_at = size_at
        self._place = 0

    def readable(self) -> bool:
        """Yes."""
        return True

    def seekable(self) -> bool:
        """Yes."""
        return True

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """As of any file."""
        begin = {os.SEEK_SET: 0, os.SEEK_CUR: self._place, os.SEEK_END: os.fstat(self._descriptor).st_size}[whence]
        self._place = max(0, begin + offset)
        return self._place

    def readinto(self, buffer: Any) -> int:  # noqa: ANN401 - Python 3.12 has a name for what can be written to
        """As of any file, but for the size."""
        view = memoryview(buffer).cast("B")
        data = bytearray(os.pread(self._descriptor, len(view), self._place))
        for index, byte in enumerate(_UNKNOWN.to_bytes(4, "little"), start=self._size_at - self._place):
            if 0 <= index < len(data):
                data[index] = byte
        view[: len(data)] = data
        self._place += len(data)
        return len(data)
