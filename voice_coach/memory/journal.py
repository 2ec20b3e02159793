"""The journal: a session's records, appended to a file and forced to the disk one by one.

Everything that is not exactly as it was written is damage, a torn end too: the file is put aside under a name that says
when, and a new one begins. That no two coaches write one journal is the lock's affair.
"""

from __future__ import annotations

import logging
import os
import time
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import count
from typing import TYPE_CHECKING

from voice_coach.memory.folders import sync_folder
from voice_coach.memory.records import Record, from_line, to_line

if TYPE_CHECKING:
    from pathlib import Path

LARGEST_BYTES = 65_536
"""A larger journal is replaced by one with its last record alone: a routine leaves about 20,000 bytes."""
_LARGEST_READ_BYTES = 4 * 1024 * 1024
_ASIDE_KEPT = 5

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Read:
    """What a journal's bytes say."""

    last: Record | None
    """The last good record."""
    is_whole: bool
    """Whether every byte is as it was written."""
    is_last_certain: bool
    """Whether nothing unreadable follows it."""


def read_records(content: bytes) -> Read:
    """Read a journal's bytes, whatever they are."""
    lines = content.split(b"\n")
    torn = lines.pop()
    records = [from_line(line) for line in lines]
    good = [record for record in records if record is not None]
    numbers = [record.number for record in good]
    is_in_order = numbers == list(range(numbers[0], numbers[0] + len(numbers))) if numbers else False
    last = max(good, key=lambda record: record.number, default=None)
    is_last_certain = is_in_order and not torn and records[-1] is last
    return Read(last, is_whole=is_last_certain and len(good) == len(records), is_last_certain=is_last_certain)


class Journal:
    """A file of records. For one thread.

    Args:
        path: its folder is made when first needed.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: int | None = None
        self._size = 0
        self._number = 0

    def load(self) -> Read | None:
        """What was kept, or None when there is no journal. A damaged one is put aside.

        Raises:
            OSError: it cannot be read.
        """
        try:
            with self._path.open("rb") as file:
                content = file.read(_LARGEST_READ_BYTES + 1)
        except FileNotFoundError:
            return None
        read = read_records(content)
        self._number = read.last.number if read.last else 0
        self._size = len(content)
        if not read.is_whole:
            self._put_aside()
        return read

    def append(self, record: Record) -> None:
        """Keep a record under the next number; when this returns it is on the disk.

        Raises:
            OSError: it cannot be kept.
        """
        line = to_line(replace(record, number=self._number + 1))
        if not self._size or self._size + len(line) > LARGEST_BYTES:
            self._replace_with(line)
        else:
            self._add(line)
        self._number += 1

    def close(self) -> None:
        """Close the file."""
        if self._file is not None:
            with suppress(OSError):
                os.close(self._file)
            self._file = None

    def _add(self, line: bytes) -> None:
        if self._file is None:
            self._file = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CLOEXEC)
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
        self._path.parent.mkdir(parents=True, exist_ok=True)
        fresh = self._path.with_name(f"{self._path.name}.new")
        file = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        try:
            _write_all(file, line)
            os.fsync(file)
            fresh.replace(self._path)
            sync_folder(self._path.parent)
        except OSError:
            os.close(file)
            with suppress(OSError):
                fresh.unlink()
            raise
        self.close()
        os.close(file)
        self._size = len(line)

    def _put_aside(self) -> None:
        aside = self._name_aside()
        self._size = 0
        try:
            self._path.replace(aside)
            sync_folder(self._path.parent)
            older = sorted(aside.parent.glob(f"{self._path.name}.damaged-*"), key=lambda path: path.stat().st_mtime)
            for path in older[:-_ASIDE_KEPT]:
                path.unlink()
        except OSError as error:
            _log.warning("the journal is damaged and cannot be put aside: %s", error)
        else:
            _log.warning("the journal was damaged and is kept as %s", aside)

    def _name_aside(self) -> Path:
        name = f"{self._path.name}.damaged-{time.strftime('%Y-%m-%dT%H-%M-%S')}"
        names = (name if number == 1 else f"{name}-{number}" for number in count(1))
        return next(path for path in map(self._path.with_name, names) if not path.exists())


def _write_all(file: int, content: bytes) -> None:
    while content:
        content = content[os.write(file, content) :]
