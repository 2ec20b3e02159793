"""The journal of a session: numbered records with checksums, each on the disk before the coach speaks of it.

Everything that is not exactly as it was written is damage, a torn end too.

A damaged file, or a later version's, is put aside under a name that says so and when, and a new one begins. A file
that cannot be read is not damaged: it may hold the session of which the person was told that it is kept, and it is left
as it is. The records of now go into a spare file beside it, which is newer than the journal as long as it is there.
When the journal can be read again, the spare file's last record is appended to it, and the spare file goes. That no two
coaches write one journal is the lock's affair.
"""

from __future__ import annotations

import errno
import logging
import os
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from voice_coach.memory.folders import free_name, make_folder, open_own, read_own, sync_folder
from voice_coach.memory.journal_records import JournalRecord, from_line, is_newer, to_line

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from voice_coach.memory.journal_records import JournalRecord


LARGEST_BYTES = 65_536
"""A larger file is replaced by one with its last record alone: a routine leaves about 20,000 bytes."""
_LARGEST_READ_BYTES = 4 * 1024 * 1024
_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL


@dataclass(frozen=True, slots=True)
class RecordsRead:
    """The content of a journal file, as read from its bytes."""

    last: JournalRecord | None
    """The last good record."""
    is_whole: bool
    """Whether every byte is as it was written."""
    is_last_certain: bool
    """Whether nothing unreadable follows the last good record."""
    has_newer: bool = False
    """Whether a later version of the coach has written records."""


def read_records(content: bytes) -> RecordsRead:
    """Read the records in the bytes of a journal file, which may be damaged in any way."""
    lines = content.split(b"\n")
    torn = lines.pop()
    records = [from_line(line) for line in lines]
    good = [record for record in records if record is not None]
    numbers = [record.number for record in good]
    is_in_order = numbers == list(range(numbers[0], numbers[0] + len(numbers))) if numbers else False
    last = max(good, key=lambda record: record.number, default=None)
    is_last_certain = is_in_order and not torn and records[-1] is last
    is_whole = is_last_certain and len(good) == len(records)
    has_newer = not is_whole and any(map(is_newer, lines))
    return RecordsRead(last, is_whole=is_whole, is_last_certain=is_last_certain, has_newer=has_newer)


class RecordFile:
    """A file of journal records. For one thread.

    Args:
        path: its folder is made when first needed.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file: int | None = None
        self._size = 0
        self._number = 0

    def read(self) -> RecordsRead | None:
        """Read the file, or return None when there is none; later records are appended to what was read.

        Raises:
            OSError: the journal cannot be read; that says nothing about its content.
        """
        self.close()
        content = read_own(self.path, _LARGEST_READ_BYTES + 1)
        self._size = len(content or b"")
        if content is None:
            return None
        read = read_records(content)
        self._number = read.last.number if read.last else 0
        return read

    def append(self, record: JournalRecord) -> None:
        """Keep a record under the next number; when this returns it is on the disk.

        Raises:
            OSError: the record cannot be written.
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
            OSError: the journal cannot be changed, and stays as it is.
        """
        aside = free_name(self.path, word)
        self.path.replace(aside)
        self.close()
        self._size = 0
        sync_folder(self.path.parent)
        return aside

    def remove(self) -> None:
        """Remove the file from the disk.

        Raises:
            OSError: the journal cannot be removed.
        """
        self.close()
        self.path.unlink()
        self._size = 0
        sync_folder(self.path.parent)

    def close(self) -> None:
        """Close the file; the next record opens it again."""
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
        """Remove a record that was written in part; if that fails, the next record begins a new file."""
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


__all__ = ["LARGEST_BYTES", "Journal", "RecordsRead", "read_records"]

_DAMAGED, _UNREADABLE, _NEWER = "damaged", "unreadable", "newer"
"""Why a journal was put aside; the last is a later version's, which a downgrade leaves behind, and is never removed."""
_ASIDE_KEPT = 5

_log = logging.getLogger(__name__)


class Journal:
    """The journal and its spare file. For one thread.

    Args:
        path: of the first; its folder is made when first needed.
    """

    def __init__(self, path: Path) -> None:
        self._main = _Part(path)
        self._spare = _Part(path.with_name(f"{path.name}.spare"))
        self._current: _Part | None = None

    @property
    def unreadable(self) -> str:
        """Why a part of what was kept could not be read; empty when all could be, or nothing was kept."""
        return self._main.unreadable or self._spare.unreadable

    @property
    def was_put_aside(self) -> bool:
        """Whether something was damaged or a later version's, and has been put aside."""
        return self._main.was_put_aside or self._spare.was_put_aside

    def load(self) -> RecordsRead | None:
        """Return the last record; None when none can be read. A damaged file is put aside."""
        main, spare = self._main.look(), self._spare.look()
        newest = spare if spare is not None and spare.last is not None else main
        if newest is None:
            return spare
        is_whole = all(read is None or read.is_whole for read in (main, spare))
        is_certain = newest.is_last_certain and (newest is spare or (spare is None and self._spare.is_usable))
        return RecordsRead(newest.last, is_whole=is_whole, is_last_certain=is_certain)

    def append(self, record: JournalRecord) -> None:
        """Keep a record; when this returns it is on the disk.

        Raises:
            OSError: the record cannot be written.
        """
        if self._current is None:
            self._current = self._settle()
        self._current.file.append(record)

    def close(self) -> None:
        """Close the files."""
        self._main.file.close()
        self._spare.file.close()

    def _settle(self) -> _Part:
        """Which file takes the records of now. What could not be read is tried once more.

        Raises:
            OSError: neither file can take records.
        """
        for part in (self._main, self._spare):
            if not part.is_usable:
                part.look()
        if not self._spare.is_usable:
            self._spare.put_aside_unread()
        return self._main if self._main.is_usable and self._is_spare_merged() else self._spare

    def _is_spare_merged(self) -> bool:
        """Whether the journal has the spare file's last record, and there is no spare file any more."""
        if not self._spare.is_there:
            return True
        try:
            if self._spare.last is not None:
                self._main.file.append(self._spare.last)
            self._spare.remove()
        except OSError as error:  # the spare file stays the newer one
            _log.warning("the spare journal stays in use: %s", error)
            return False
        return True


class _Part:
    """One of the journal's two files, and what is known of its state."""

    def __init__(self, path: Path) -> None:
        self.file = RecordFile(path)
        self.is_usable = False
        """Whether records can be appended without a loss of what is in it."""
        self.is_there = False
        self.last: JournalRecord | None = None
        self.unreadable = ""
        self.was_put_aside = False

    def look(self) -> RecordsRead | None:
        """Read it, and put it aside if it is damaged; None when there is none, or it cannot be read."""
        try:
            read = self.file.read()
        except OSError as error:
            return self._tell_unreadable(f"{self.file.path}: {error.strerror}", None)
        self.is_there, self.last = read is not None, read.last if read else None
        if read is not None and not read.is_whole:
            try:
                self._put_aside(_NEWER if read.has_newer else _DAMAGED)
            except OSError as error:
                return self._tell_unreadable(f"{self.file.path} is damaged, but stays: {error.strerror}", read)
            _remove_old(self.file.path, _DAMAGED)
        self.is_usable, self.unreadable = True, ""
        return read

    def put_aside_unread(self) -> None:
        """Rename a file that cannot be read, to make room for a new one; this can be done only a few times.

        Such files are never removed, because their content is unknown.

        Raises:
            OSError: the file cannot be renamed, or too many were put aside.
        """
        if len(_asides(self.file.path, _UNREADABLE)) >= _ASIDE_KEPT:
            raise OSError(errno.EEXIST, f"too many files of the kind {self.file.path} could not be read")
        self._put_aside(_UNREADABLE)
        self.is_usable = True

    def remove(self) -> None:
        """Remove the file.

        Raises:
            OSError: the file cannot be removed.
        """
        self.file.remove()
        self.is_there, self.last = False, None

    def _put_aside(self, word: str) -> None:
        aside = self.file.put_aside(word)
        self.is_there, self.was_put_aside = False, self.was_put_aside or word != _UNREADABLE
        _log.warning("the journal was %s and is kept as %s", word, aside)

    def _tell_unreadable(self, reason: str, read: RecordsRead | None) -> RecordsRead | None:
        self.is_usable, self.unreadable = False, reason
        _log.warning("the journal cannot be used: %s", reason)
        return read


def _asides(path: Path, word: str) -> Sequence[Path]:
    return tuple(path.parent.glob(f"{path.name}.{word}-*"))


def _remove_old(path: Path, word: str) -> None:
    """Remove all but the newest few files; a file that cannot be removed stays."""
    with suppress(OSError):
        for aside in sorted(_asides(path, word), key=lambda each: each.lstat().st_mtime)[:-_ASIDE_KEPT]:
            aside.unlink()
