"""How the history lies in SQLite, and how an older one becomes today's.

A change of the schema is one more entry in `_MIGRATIONS`; entries that were released are never changed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
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
"""What leads from version n to n + 1, one statement at a time.

`began` is local time with its offset, or NULL where no clock could be believed; `boot`, `monotonic`, `wall` and
`is_wall_trusted` are the clocks at that moment (core/absence.py): they tell how much later a step came, and date a
session afterwards, when the clock has been set.
"""

VERSION = len(_MIGRATIONS)


def version_of(connection: Connection) -> int | None:
    """Which version a database has: 0 for an empty one, None for one that is not ours."""
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
