"""The journal: a session's records in a file, and in a second one while the first cannot be read.

A damaged file is put aside under a name that says when, and a new one begins. A file that cannot be read is not
damaged: it may hold the session of which the person was told that it is kept, and it is left as it is. The records of
now go into a spare file beside it, which is newer than the journal as long as it is there. When the journal can be
read again, the spare file's last record is appended to it, and the spare file goes. That no two coaches write one
journal is the lock's affair.
"""

from __future__ import annotations

import errno
import logging
from contextlib import suppress
from typing import TYPE_CHECKING

from voice_coach.memory.record_file import LARGEST_BYTES, Read, RecordFile, read_records

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from voice_coach.memory.records import Record

__all__ = ["LARGEST_BYTES", "Journal", "Read", "read_records"]

_DAMAGED, _UNREADABLE = "damaged", "unreadable"
_ASIDE_KEPT = 5

_log = logging.getLogger(__name__)


class Journal:
    """The two files. For one thread.

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
        """Whether something was damaged, and has been put aside."""
        return self._main.was_put_aside or self._spare.was_put_aside

    def load(self) -> Read | None:
        """What was kept; None when there is nothing, or nothing that can be read. What is damaged is put aside."""
        main, spare = self._main.look(), self._spare.look()
        newest = spare if spare is not None and spare.last is not None else main
        if newest is None:
            return spare
        is_whole = all(read is None or read.is_whole for read in (main, spare))
        is_certain = newest.is_last_certain and (newest is spare or (spare is None and self._spare.is_usable))
        return Read(newest.last, is_whole=is_whole, is_last_certain=is_certain)

    def append(self, record: Record) -> None:
        """Keep a record; when this returns it is on the disk.

        Raises:
            OSError: it cannot be kept.
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
            OSError: none can.
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
    """One of the files, and what is known of it."""

    def __init__(self, path: Path) -> None:
        self.file = RecordFile(path)
        self.is_usable = False
        """Whether records can be appended without a loss of what is in it."""
        self.is_there = False
        self.last: Record | None = None
        self.unreadable = ""
        self.was_put_aside = False

    def look(self) -> Read | None:
        """Read it, and put it aside if it is damaged; None when there is none, or it cannot be read."""
        try:
            read = self.file.read()
        except OSError as error:
            return self._tell_unreadable(f"{self.file.path}: {error.strerror}", None)
        self.is_there, self.last = read is not None, read.last if read else None
        if read is not None and not read.is_whole:
            try:
                self._put_aside(_DAMAGED)
            except OSError as error:
                return self._tell_unreadable(f"{self.file.path} is damaged, but stays: {error.strerror}", read)
            _remove_old(self.file.path, _DAMAGED)
        self.is_usable, self.unreadable = True, ""
        return read

    def put_aside_unread(self) -> None:
        """Make room for a new one, but for a few times only: what nobody could read is never removed.

        Raises:
            OSError: it cannot be done.
        """
        if len(_asides(self.file.path, _UNREADABLE)) >= _ASIDE_KEPT:
            raise OSError(errno.EEXIST, f"too many files of the kind {self.file.path} could not be read")
        self._put_aside(_UNREADABLE)
        self.is_usable = True

    def remove(self) -> None:
        """Remove the file.

        Raises:
            OSError: it cannot be done.
        """
        self.file.remove()
        self.is_there, self.last = False, None

    def _put_aside(self, word: str) -> None:
        aside = self.file.put_aside(word)
        self.is_there, self.was_put_aside = False, self.was_put_aside or word == _DAMAGED
        _log.warning("the journal was %s and is kept as %s", word, aside)

    def _tell_unreadable(self, reason: str, read: Read | None) -> Read | None:
        self.is_usable, self.unreadable = False, reason
        _log.warning("the journal cannot be used: %s", reason)
        return read


def _asides(path: Path, word: str) -> Sequence[Path]:
    return tuple(path.parent.glob(f"{path.name}.{word}-*"))


def _remove_old(path: Path, word: str) -> None:
    """All but the newest few; what cannot be removed stays."""
    with suppress(OSError):
        for aside in sorted(_asides(path, word), key=lambda each: each.lstat().st_mtime)[:-_ASIDE_KEPT]:
            aside.unlink()
