"""A file of records, appended and forced to the disk one by one.

Everything that is not exactly as it was written is damage, a torn end too.
"""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from voice_coach.memory.folders import free_name, make_folder, open_own, read_own, sync_folder
from voice_coach.memory.records import Record, from_line, to_line

if TYPE_CHECKING:
    from pathlib import Path

LARGEST_BYTES = 65_536
"""A larger file is replaced by one with its last record alone: a routine leaves about 20,000 bytes."""
_LARGEST_READ_BYTES = 4 * 1024 * 1024
_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL


@dataclass(frozen=True, slots=True)
class Read:
    """What the bytes of such a file say."""

    last: Record | None
    """The last good record."""
    is_whole: bool
    """Whether every byte is as it was written."""
    is_last_certain: bool
    """Whether nothing unreadable follows it."""


def read_records(content: bytes) -> Read:
    """Read the bytes of such a file, whatever they are."""
    lines = content.split(b"\n")
    torn = lines.pop()
    records = [from_line(line) for line in lines]
    good = [record for record in records if record is not None]
    numbers = [record.number for record in good]
    is_in_order = numbers == list(range(numbers[0], numbers[0] + len(numbers))) if numbers else False
    last = max(good, key=lambda record: record.number, default=None)
    is_last_certain = is_in_order and not torn and records[-1] is last
    return Read(last, is_whole=is_last_certain and len(good) == len(records), is_last_certain=is_last_certain)


class RecordFile:
    """The file. For one thread.

    Args:
        path: its folder is made when first needed.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file: int | None = None
        self._size = 0
        self._number = 0

    def read(self) -> Read | None:
        """What it holds, or None when there is none; records are appended to what was read.

        Raises:
            OSError: it cannot be read, which says nothing about what it holds.
        """
        self.close()
        content = read_own(self.path, _LARGEST_READ_BYTES + 1)
        self._size = len(content or b"")
        if content is None:
            return None
        read = read_records(content)
        self._number = read.last.number if read.last else 0
        return read

    def append(self, record: Record) -> None:
        """Keep a record under the next number; when this returns it is on the disk.

        Raises:
            OSError: it cannot be kept.
        """
        line = to_line(replace(record, number=self._number + 1))
        if not self._size or self._size + len(line) > LARGEST_BYTES or self._was_removed():
            self._replace_with(line)
        else:
            self._add(line)
        self._number += 1

    def put_aside(self, word: str) -> Path:
        """Rename it to a name that says when and why; a new one begins with the next record.

        Raises:
            OSError: it cannot be done, and it stays as it is.
        """
        aside = free_name(self.path, word)
        self.path.replace(aside)
        self.close()
        self._size = 0
        sync_folder(self.path.parent)
        return aside

    def remove(self) -> None:
        """Remove it, on the disk.

        Raises:
            OSError: it cannot be removed.
        """
        self.close()
        self.path.unlink()
        self._size = 0
        sync_folder(self.path.parent)

    def close(self) -> None:
        """Let the file go; the next record opens it again."""
        if self._file is not None:
            with suppress(OSError):
                os.close(self._file)
            self._file = None

    def _was_removed(self) -> bool:
        """Whether somebody took the name away while the file is open: what is written then is lost with it."""
        return self._file is not None and not os.fstat(self._file).st_nlink

    def _add(self, line: bytes) -> None:
        if self._file is None:
            self._file = open_own(self.path, os.O_WRONLY | os.O_APPEND)
        try:
            _write_all(self._file, line)
            os.fsync(self._file)
        except OSError:
            self._take_back(self._file)
            raise
        self._size += len(line)

    def _take_back(self, file: int) -> None:
        """Leave no part of a record; where even that fails, the next record gets a new file."""
        try:
            os.ftruncate(file, self._size)
        except OSError:
            self._size = LARGEST_BYTES

    def _replace_with(self, line: bytes) -> None:
        """Begin anew with one record: the whole file is there, or the old one still is."""
        make_folder(self.path.parent)
        fresh = self.path.with_name(f"{self.path.name}.new")
        fresh.unlink(missing_ok=True)
        file = open_own(fresh, _NEW)
        try:
            _write_all(file, line)
            os.fsync(file)
            fresh.replace(self.path)
            sync_folder(self.path.parent)
        except OSError:
            os.close(file)
            with suppress(OSError):
                fresh.unlink()
            raise
        self.close()
        os.close(file)
        self._size = len(line)


def _write_all(file: int, content: bytes) -> None:
    while content:
        content = content[os.write(file, content) :]
