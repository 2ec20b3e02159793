"""The stores that are compared behind one protocol: our journal, and SQLite in two modes."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Protocol

from voice_coach.memory.journal import Journal, read_records
from voice_coach.memory.journal_records import JournalRecord, to_line
from voice_coach.session.persistence import Snapshot, Stamp
from voice_coach.session.timer import Countdown

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path


_CHECKSUM_BYTES = 9


def text_of(record: JournalRecord) -> str:
    """A record as its JSON text, without the checksum."""
    return to_line(record)[_CHECKSUM_BYTES:].decode().strip()


@dataclass(frozen=True, slots=True)
class Found:
    """The result of reading a store."""

    words: str | None
    """The last record's text."""
    is_noticed: bool = False
    """Whether the store said that something was wrong."""


class ComparedStore(Protocol):
    """Keeps one session, always the last one."""

    name: str

    def open(self, folder: Path) -> None:
        """Use the files in a folder, which may be empty."""

    def keep(self, record: JournalRecord) -> None:
        """Keep a record; when this returns it is on the disk."""

    def close(self) -> None:
        """Leave the files in order."""

    def files(self, folder: Path) -> Sequence[Path]:
        """Those that hold what is kept."""

    def read(self, folder: Path) -> Found:
        """Read the last record from the files in a folder, as after a crash."""


class OurJournal:
    """The journal of voice_coach.memory."""

    name = "our journal"

    def open(self, folder: Path) -> None:
        """See ComparedStore."""
        self._journal = Journal(folder / "journal")

    def keep(self, record: JournalRecord) -> None:
        """See ComparedStore."""
        self._journal.append(record)

    def close(self) -> None:
        """See ComparedStore."""
        self._journal.close()

    def files(self, folder: Path) -> Sequence[Path]:
        """See ComparedStore."""
        return [folder / "journal"]

    def read(self, folder: Path) -> Found:
        """See ComparedStore."""
        read = read_records((folder / "journal").read_bytes())
        return Found(text_of(read.last) if read.last else None, is_noticed=not read.is_whole)


class SqliteMode(Enum):
    """`PRAGMA journal_mode`."""

    WAL = "WAL"
    ROLLBACK = "DELETE"


class Sqlite:
    """One row in a table, replaced at each change, with `PRAGMA synchronous = FULL`."""

    def __init__(self, mode: SqliteMode) -> None:
        self._mode = mode
        self.name = f"SQLite, {mode.name.lower() if mode is SqliteMode.ROLLBACK else mode.name}"

    def open(self, folder: Path) -> None:
        """See ComparedStore."""
        self._connection = sqlite3.connect(folder / "session.db", isolation_level=None)
        self._connection.execute(f"PRAGMA journal_mode = {self._mode.value}")
        self._connection.execute("PRAGMA synchronous = FULL")
        self._connection.execute("CREATE TABLE IF NOT EXISTS session (id INTEGER PRIMARY KEY, words TEXT NOT NULL)")

    def keep(self, record: JournalRecord) -> None:
        """See ComparedStore."""
        self._connection.execute("REPLACE INTO session VALUES (1, ?)", (text_of(record),))

    def close(self) -> None:
        """See ComparedStore."""
        self._connection.close()

    def files(self, folder: Path) -> Sequence[Path]:
        """See ComparedStore."""
        return sorted(path for path in folder.glob("session.db*") if not path.name.endswith("-shm"))

    def read(self, folder: Path) -> Found:
        """See ComparedStore."""
        try:
            with closing(sqlite3.connect(folder / "session.db")) as connection:
                row = connection.execute("SELECT words FROM session WHERE id = 1").fetchone()
            words = str(row[0]) if row else None
            if words is not None:
                json.loads(words)
        except (sqlite3.Error, ValueError):
            return Found(None, is_noticed=True)
        return Found(words)


STORES: Sequence[ComparedStore] = (OurJournal(), Sqlite(SqliteMode.WAL), Sqlite(SqliteMode.ROLLBACK))


def story(count: int) -> Iterator[JournalRecord]:
    """Records of a hold that is paused, changed and resumed, again and again."""
    for number in range(1, count + 1):
        total = 900.0 + number % 7 * 60
        countdown = Countdown(
            total, total - number % 100 - 0.123456789, None if number % 2 else 5000.987654321 + number
        )
        snapshot = Snapshot(
            "relax",
            is_daytime=True,
            is_paused=bool(number % 2),
            hold_seconds=900.0,
            countdown=countdown,
            past=frozenset({0, 1}),
        )
        stamp = Stamp(
            "6f0d2a58-94a1-4f2c-a6f0-3a1c2f1de0b7", 4000.123456789 + number, 1.8e9 + number, is_wall_trusted=True
        )
        yield JournalRecord(number, stamp, "facial_mask", "en", snapshot)
