"""Sessions erased so that their bytes are gone from the files, not only their rows from the tables.

SQLite overwrites deleted rows with zeros (secure_delete) and writes the database anew without gaps (VACUUM); its
journal, which holds the pages as they were, is overwritten here. What a flash card keeps in cells that it has replaced
is beyond any program.
"""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING

from voice_coach.errors import HistoryError
from voice_coach.memory.history.aside import all_put_aside, erase, overwrite
from voice_coach.memory.history.history import History, read_sessions
from voice_coach.memory.history.store import DamagedHistoryError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date
    from pathlib import Path
    from sqlite3 import Connection

    from voice_coach.memory.history.kept import KeptSession


@dataclass(frozen=True, slots=True)
class Forgettable:
    """What would be erased."""

    sessions: tuple[KeptSession, ...]
    damaged: tuple[Path, ...] = ()
    """Files that can't be read any more; who wants all forgotten means them too."""

    def __bool__(self) -> bool:
        return bool(self.sessions or self.damaged)


def last_of(sessions: Sequence[KeptSession]) -> tuple[KeptSession, ...]:
    """The newest session."""
    return tuple(sessions[-1:])


def before(sessions: Sequence[KeptSession], day: date) -> tuple[KeptSession, ...]:
    """Those that began before a day; those without a date too, when a later one did."""
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
    """Erase it.

    Raises:
        HistoryError: it cannot be done.
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
