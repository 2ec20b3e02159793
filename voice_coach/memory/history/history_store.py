"""The history's SQLite file: its schema, its versions, and how it is opened, read and written.

A change of the schema is one more entry in `_MIGRATIONS`; entries that were released are never changed.

A rollback journal that stays (journal_mode PERSIST), not a write-ahead log: the database is one whole file after every
fact, it can be read from a read-only disk, a damaged log can't make facts vanish unnoticed (docs/appliance.md), and
what the journal held before can be overwritten in place when it shall be forgotten. It costs two more waits for the
disk a fact, for which nobody waits.
"""

from __future__ import annotations

import errno
import os
import re
import sqlite3
import stat
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING
from urllib.parse import quote

from voice_coach.errors import HistoryError
from voice_coach.memory.folders import make_folder, open_own, sync_folder

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from sqlite3 import Connection


APPLICATION_ID = 0x4D61736B
"""Marks the file as ours ("Mask"; https://www.sqlite.org/fileformat.html#application_id)."""

_MIGRATIONS = (
    (
        """
        CREATE TABLE session (
            id INTEGER PRIMARY KEY,
            routine TEXT NOT NULL,
            name TEXT NOT NULL,
            mask TEXT NOT NULL,
            hold_seconds REAL,
            began TEXT,
            boot TEXT NOT NULL,
            monotonic REAL NOT NULL,
            wall REAL NOT NULL,
            is_wall_trusted INTEGER NOT NULL,
            ending TEXT,
            ended_seconds REAL
        )
        """,
        """
        CREATE TABLE step (
            id INTEGER PRIMARY KEY,
            session INTEGER NOT NULL REFERENCES session ON DELETE CASCADE,
            step TEXT NOT NULL,
            is_mask_on INTEGER NOT NULL,
            after_seconds REAL
        )
        """,
        "CREATE INDEX step_of_session ON step (session)",
        """
        CREATE TABLE feeling (
            id INTEGER PRIMARY KEY,
            session INTEGER NOT NULL REFERENCES session ON DELETE CASCADE,
            feeling TEXT NOT NULL
        )
        """,
        "CREATE INDEX feeling_of_session ON feeling (session)",
    ),
)
"""SQL statements that migrate the schema from version n to n + 1, one tuple per version.

`began` is local time with its offset, or NULL where no clock could be believed; `boot`, `monotonic`, `wall` and
`is_wall_trusted` are the clocks at that moment (session/persistence.py): they tell how much later a step came, and date
a session afterwards, when the clock has been set.
"""

VERSION = len(_MIGRATIONS)


def version_of(connection: Connection) -> int | None:
    """Return the schema version of a database: 0 for an empty one, None for one that is not ours."""
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    (application_id,) = connection.execute("PRAGMA application_id").fetchone()
    (objects,) = connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()
    if application_id == APPLICATION_ID and version > 0:
        return int(version)
    return 0 if (application_id, version, objects) == (0, 0, 0) else None


def migrate(connection: Connection, version: int) -> None:
    """Bring a database of an earlier version to today's; all or nothing, within the transaction that is open."""
    for statements in _MIGRATIONS[version:]:
        for statement in statements:
            connection.execute(statement)
    connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    connection.execute(f"PRAGMA user_version = {VERSION}")


PATIENCE_SECONDS = 5.0
"""Seconds to wait while another process keeps the database locked."""
_CIRCUMSTANCES = {
    sqlite3.SQLITE_AUTH: "it may not be used",
    sqlite3.SQLITE_BUSY: "another program keeps it locked",
    sqlite3.SQLITE_CANTOPEN: "it cannot be opened",
    sqlite3.SQLITE_FULL: "the disk is full",
    sqlite3.SQLITE_INTERRUPT: "it was interrupted",
    sqlite3.SQLITE_IOERR: "the disk does not work",
    sqlite3.SQLITE_LOCKED: "another program keeps it locked",
    sqlite3.SQLITE_NOLFS: "the file system cannot hold it",
    sqlite3.SQLITE_NOMEM: "memory is full",
    sqlite3.SQLITE_PERM: "it may not be used",
    sqlite3.SQLITE_PROTOCOL: "another program keeps it locked",
    sqlite3.SQLITE_READONLY: "it is read-only",
}
"""Errors that say nothing against the file itself. All others do: our statements are constant, and they are right."""
_PRIMARY_CODE = 0xFF
_UNREAD_PAGE = re.compile(r"error code=(\d+)")
_CAREFUL = ("trusted_schema = OFF", "cell_size_check = ON", "temp_store = MEMORY")
_KEEPING = ("foreign_keys = ON", "secure_delete = ON", "journal_mode = PERSIST", "synchronous = FULL")


class DamagedHistoryError(HistoryError):
    """The file is not what we wrote."""


class NewerHistoryError(HistoryError):
    """The file is a later version's; it is left as it is."""


class Store:
    """A database that is opened when it is first needed. For one thread.

    Args:
        path: the file; it and its folder are made by the first writing.
        patience_seconds: how long to wait for another process that has it locked.
    """

    def __init__(self, path: Path, patience_seconds: float = PATIENCE_SECONDS) -> None:
        self.path = path
        self._patience_seconds = patience_seconds
        self._connection: sqlite3.Connection | None = None

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection | None]:
        """Yield a connection that reads one state of the database, or None when there is no database yet.

        Raises:
            HistoryError: the file cannot be read.
            DamagedHistoryError: the file is damaged.
            NewerHistoryError: it is a later version's.
        """
        with self._told():
            if not self._holds_something():
                yield None
                return
            connection = self._open()
            connection.execute("BEGIN")
            try:
                yield connection if version_of(connection) else None
            finally:
                self._roll_back(connection)

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """A transaction: when it is left everything is on the disk; after an error nothing is.

        Raises:
            HistoryError: the file cannot be written.
            DamagedHistoryError: the file is damaged.
            NewerHistoryError: it is a later version's.
        """
        with self._told():
            if not self._holds_something():
                self._create()
            connection = self._open()
            connection.execute("BEGIN IMMEDIATE")
            try:
                version = version_of(connection)
                if version is not None and version < VERSION:
                    migrate(connection, version)
                yield connection
                connection.execute("COMMIT")
            except BaseException:
                self._roll_back(connection)
                raise

    @contextmanager
    def alone(self) -> Iterator[sqlite3.Connection]:
        """Give the database outside of a transaction, for statements that need that, such as VACUUM.

        Raises:
            HistoryError: the database cannot be opened or changed.
        """
        with self._told():
            yield self._open()

    def exists(self) -> bool:
        """Return whether the file exists and is not empty.

        Raises:
            HistoryError: the file cannot be examined.
        """
        with self._told():
            return self._holds_something()

    def close(self) -> None:
        """Close the database file."""
        if self._connection is not None:
            with suppress(sqlite3.Error):
                self._connection.close()
            self._connection = None

    def _holds_something(self) -> bool:
        """A link to nothing is no absent file: what it leads to may be on a disk that is not there now."""
        try:
            found = self.path.stat()
        except (FileNotFoundError, NotADirectoryError):
            if self.path.is_symlink():
                raise
            return False
        if not stat.S_ISREG(found.st_mode):
            raise OSError(errno.EINVAL, "it is not a regular file")
        return found.st_size > 0

    def _create(self) -> None:
        """An empty file that nobody else may read; SQLite would let them."""
        make_folder(self.path.parent)
        os.close(open_own(self.path, os.O_RDWR | os.O_CREAT))
        sync_folder(self.path.parent)

    def _open(self) -> sqlite3.Connection:
        """The connection; for reading only where the file cannot be written."""
        if self._connection is None:
            uri = f"file:{quote(str(self.path.absolute()))}?mode=rw"
            connection = sqlite3.connect(uri, uri=True, timeout=self._patience_seconds, isolation_level=None)
            self._connection = connection
            for pragma in _CAREFUL:
                connection.execute(f"PRAGMA {pragma}")
            self._demand_ours(connection)
            for pragma in _KEEPING:
                connection.execute(f"PRAGMA {pragma}").fetchall()
        return self._connection

    def _demand_ours(self, connection: sqlite3.Connection) -> None:
        version = version_of(connection)
        if version is None:
            raise DamagedHistoryError(f"{self.path} is not a history of voice-coach: move it away.")
        if version > VERSION:
            message = f"{self.path} was written by a newer voice-coach: install that one, or move the file away."
            raise NewerHistoryError(message)
        ((verdict,),) = connection.execute("PRAGMA integrity_check(1)").fetchall()
        if failed := _UNREAD_PAGE.search(str(verdict)):  # SQLite counts a page that the disk did not give among damage
            reason = _CIRCUMSTANCES.get(int(failed[1]) & _PRIMARY_CODE, f"SQLite's error {failed[1]}")
            raise _unusable(self.path, reason)
        if verdict != "ok":
            raise _damage(self.path)

    @contextmanager
    def _told(self) -> Iterator[None]:
        """SQLite's errors as ours. What we read and cannot make sense of (ValueError, TypeError) is damage as well."""
        try:
            yield
        except HistoryError:
            self.close()
            raise
        except OSError as error:
            self.close()
            raise _unusable(self.path, error.strerror or str(error)) from error
        except (sqlite3.Error, sqlite3.Warning) as error:
            self.close()
            reason = _CIRCUMSTANCES.get(getattr(error, "sqlite_errorcode", 0) & _PRIMARY_CODE)
            if reason is None:
                raise _damage(self.path) from error
            raise _unusable(self.path, reason) from error
        except (ValueError, TypeError, OverflowError) as error:
            self.close()
            raise _damage(self.path) from error

    @staticmethod
    def _roll_back(connection: sqlite3.Connection) -> None:
        with suppress(sqlite3.Error):
            if connection.in_transaction:
                connection.execute("ROLLBACK")


def _unusable(path: Path, reason: str) -> HistoryError:
    return HistoryError(f"The history {path} cannot be used ({reason}): look at it and its folder.")


def _damage(path: Path) -> DamagedHistoryError:
    return DamagedHistoryError(
        f"The history {path} is damaged: `voice-coach start` puts it aside and begins a new one; "
        f"`sqlite3 '{path}' .recover` may save some of it."
    )
