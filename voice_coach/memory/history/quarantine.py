"""Damaged files are put aside, and histories are erased so that nothing is left on the disk.

SQLite overwrites deleted rows with zeros (secure_delete) and writes the database anew without gaps (VACUUM); its
journal, which holds the pages as they were, is overwritten here. What a flash card keeps in cells that it has replaced
is beyond any program.
"""

from __future__ import annotations

import os
from contextlib import closing, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from voice_coach.errors import HistoryError
from voice_coach.memory.folders import free_name, sync_folder
from voice_coach.memory.history.history_file import History, read_sessions
from voice_coach.memory.history.history_store import DamagedHistoryError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date
    from pathlib import Path
    from sqlite3 import Connection

    from voice_coach.memory.history.history_records import RecordedSession


_COMPANIONS = ("-journal", "-wal", "-shm")
"""Suffixes of the files beside an SQLite database: a copy without them is incomplete, and they would harm a new one."""
_KEPT = 5
_BLOCK = bytes(65_536)


def put_aside(path: Path) -> Path:
    """Rename a damaged database and the files that belong to it, and erase all but the five newest of these.

    Raises:
        OSError: the files cannot be renamed.
    """
    aside = free_name(path, "damaged")
    for suffix in (*_COMPANIONS, ""):  # the database last: what is left after a crash is put aside again
        with suppress(FileNotFoundError):
            path.with_name(path.name + suffix).replace(aside.with_name(aside.name + suffix))
    sync_folder(path.parent)
    _erase_old(path)
    return aside


def all_put_aside(path: Path) -> list[Path]:
    """Return the databases that were put aside, and the files that belong to them."""
    return sorted(path.parent.glob(f"{path.name}.damaged-*"))


def erase(path: Path) -> None:
    """Overwrite a database and the files that SQLite keeps beside it with zeros, and remove them.

    Raises:
        OSError: the files cannot be overwritten or removed.
    """
    for own in (path.with_name(path.name + suffix) for suffix in (*_COMPANIONS, "")):
        if own.exists():
            overwrite(own)
            own.unlink()


def overwrite(path: Path) -> None:
    """Overwrite all bytes of a file with zeros on the disk.

    Raises:
        OSError: the file cannot be overwritten.
    """
    with path.open("r+b") as file:
        left = os.fstat(file.fileno()).st_size
        while left:
            left -= file.write(_BLOCK[:left])
        file.flush()
        os.fsync(file.fileno())


def _erase_old(path: Path) -> None:
    """Erase all but the newest few of the files put aside; a file that cannot be erased stays."""
    with suppress(OSError):
        databases = [each for each in all_put_aside(path) if not each.name.endswith(_COMPANIONS)]
        for old in sorted(databases, key=lambda each: each.lstat().st_mtime)[:-_KEPT]:
            with suppress(OSError):
                erase(old)


@dataclass(frozen=True, slots=True)
class Forgettable:
    """The sessions and files that would be erased."""

    sessions: tuple[RecordedSession, ...]
    damaged: tuple[Path, ...] = ()
    """Files that can't be read any more; who wants all forgotten means them too."""

    def __bool__(self) -> bool:
        return bool(self.sessions or self.damaged)


def last_of(sessions: Sequence[RecordedSession]) -> tuple[RecordedSession, ...]:
    """Return the newest session, to be erased."""
    return tuple(sessions[-1:])


def before(sessions: Sequence[RecordedSession], day: date) -> tuple[RecordedSession, ...]:
    """Return the sessions that began before a day; those without a date too, when a later one did."""
    earlier = [number for number, session in enumerate(sessions) if session.day and session.day < day]
    undated_until = max(earlier, default=-1)
    return tuple(
        session
        for number, session in enumerate(sessions)
        if (session.day < day if session.day else number < undated_until)
    )


def everything(folder: Path) -> Forgettable:
    """All sessions, and the damaged histories.

    Raises:
        HistoryError: the history cannot be read, and is not damaged.
    """
    path = History(folder).store.path
    try:
        damaged = tuple(all_put_aside(path))
    except OSError as error:
        message = f"The folder {folder} cannot be used ({error.strerror}): look at it."
        raise HistoryError(message) from error
    try:
        return Forgettable(read_sessions(folder), damaged)
    except DamagedHistoryError:
        return Forgettable((), (path, *damaged))


def forget(folder: Path, what: Forgettable) -> None:
    """Erase the given sessions and files for good.

    Raises:
        HistoryError: the history cannot be changed.
    """
    if what.sessions:
        _erase_sessions(folder, [session.number for session in what.sessions])
    try:
        for path in what.damaged:
            erase(path)
    except OSError as error:
        message = f"{error.filename} could not be erased ({error.strerror}): look at its folder."
        raise HistoryError(message) from error


def _erase_sessions(folder: Path, numbers: Sequence[int]) -> None:
    """Nobody else may use the database from the first deletion until its journal has been overwritten."""
    with closing(History(folder)) as history:
        store = history.store
        with store.writing() as connection:
            connection.execute("PRAGMA locking_mode = EXCLUSIVE").fetchall()
            connection.executemany("DELETE FROM session WHERE id = ?", [(number,) for number in numbers])
        with store.alone() as connection:
            connection.execute("VACUUM")
            _empty_the_journal(connection, store.path)


def _empty_the_journal(connection: Connection, path: Path) -> None:
    journal = path.with_name(f"{path.name}-journal")
    if journal.exists():
        overwrite(journal)
    connection.execute("PRAGMA journal_mode = DELETE").fetchall()
