"""The history of masks: it takes facts and returns sessions. Nothing is cached, so it can be forgotten at any time."""

from __future__ import annotations

import math
from contextlib import closing
from datetime import datetime
from typing import TYPE_CHECKING, assert_never

from voice_coach.language.intents import PEOPLE
from voice_coach.memory.clocks import date_of, local_time, translated
from voice_coach.memory.folders import folder_of_person
from voice_coach.memory.history.history_records import RecordedSession, RecordedStep, summarize
from voice_coach.routines.past_masks import (
    Ending,
    Feeling,
    FeelingReported,
    HistorySummary,
    SessionEnded,
    SessionStarted,
    StepReached,
)
from voice_coach.session.persistence import Stamp, seconds_between

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path
    from sqlite3 import Connection

    from voice_coach.routines.past_masks import HistoryEvent

from voice_coach.memory.history.history_store import PATIENCE_SECONDS, Store

HISTORY_NAME = "history.db"


def data_folder(person: str = PEOPLE[0]) -> Path:
    """Return the folder of a person's history, whether it exists or not; `person` is one of PEOPLE."""
    from platformdirs import user_data_path  # noqa: PLC0415 - only who keeps a history pays for it

    return folder_of_person(user_data_path("voice-coach"), person)


class History:
    """The sessions in a folder. For one thread. Every method raises HistoryError, or one of its two kinds.

    Args:
        folder: made when first written to.
        patience_seconds: how long to wait while another process writes.
    """

    def __init__(self, folder: Path, patience_seconds: float = PATIENCE_SECONDS) -> None:
        self.store = Store(folder / HISTORY_NAME, patience_seconds)

    def begin(self, stamp: Stamp, restored: str | None) -> bool:
        """Settle what an earlier program left open: it was left, unless it is restored and goes on.

        Args:
            stamp: now.
            restored: the id of the routine that goes on; None when none does.

        Returns:
            Whether anything was written.
        """
        if not restored and not self.store.exists():
            return False
        with self.store.writing() as connection:
            before = connection.total_changes
            number = _open_session(connection, restored) if restored else None
            connection.execute("UPDATE session SET ending = 'left' WHERE ending IS NULL AND id IS NOT ?", (number,))
            if restored and number is None:  # it was not written down, or has been forgotten
                _begin(connection, SessionStarted(restored, restored, "", 0.0), stamp)
            _date(connection, stamp)
            return connection.total_changes > before

    def record(self, fact: HistoryEvent, stamp: Stamp) -> bool:
        """Write a fact down; it is on the disk when this returns. One that belongs to no session is passed over.

        Returns:
            Whether anything was written.
        """
        return self.record_all(((fact, stamp),))

    def record_all(self, facts: Iterable[tuple[HistoryEvent, Stamp]]) -> bool:
        """Write facts down, each with its moment: when this returns all are on the disk, after an error none is.

        Returns:
            Whether anything was written.
        """
        with self.store.writing() as connection:
            before = connection.total_changes
            for fact, stamp in facts:
                _record(connection, fact, stamp)
                _date(connection, stamp)
            return connection.total_changes > before

    def past(self, stamp: Stamp) -> HistorySummary:
        """Summarize the earlier masks, for the coach to mention at its start; `stamp` is the present moment."""
        now = date_of(stamp)
        return summarize(self.sessions(), now.date() if now else None)

    def sessions(self) -> tuple[RecordedSession, ...]:
        """Return all sessions in their order."""
        with self.store.reading() as connection:
            return tuple(_sessions(connection)) if connection else ()

    def close(self) -> None:
        """Close the database file."""
        self.store.close()


def read_sessions(folder: Path) -> tuple[RecordedSession, ...]:
    """Return all sessions of a folder in their order.

    Raises:
        HistoryError: the sessions cannot be read.
    """
    with closing(History(folder)) as history:
        return history.sessions()


def _record(connection: Connection, fact: HistoryEvent, stamp: Stamp) -> None:
    match fact:
        case SessionStarted():
            connection.execute("UPDATE session SET ending = 'left' WHERE ending IS NULL")
            _begin(connection, fact, stamp)
        case StepReached():
            _reach(connection, fact, stamp)
        case SessionEnded():
            _end(connection, fact, stamp)
        case FeelingReported():
            sql = "INSERT INTO feeling (session, feeling) SELECT max(id), ? FROM session HAVING max(id) NOTNULL"
            connection.execute(sql, (fact.feeling.value,))
        case _:
            assert_never(fact)


def _open_session(connection: Connection, routine: str | None = None) -> int | None:
    sql = "SELECT max(id) FROM session WHERE ending IS NULL AND routine = coalesce(?, routine)"
    (number,) = connection.execute(sql, (routine,)).fetchone()
    return None if number is None else int(number)


def _begin(connection: Connection, began: SessionStarted, stamp: Stamp) -> None:
    day = date_of(stamp)
    hold = began.hold_seconds if math.isfinite(began.hold_seconds) and began.hold_seconds > 0 else None
    texts = (_clean(began.routine), _clean(began.name), _clean(began.mask), hold, day and day.isoformat())
    clocks = (stamp.boot_id, stamp.monotonic, stamp.wall, stamp.is_wall_trusted)
    connection.execute(
        "INSERT INTO session (routine, name, mask, hold_seconds, began, boot, monotonic, wall, is_wall_trusted) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        texts + clocks,
    )


def _clean(text: str) -> str:
    """Remove what SQLite cannot store as text: surrogates become question marks, and NULs are dropped."""
    return text.encode(errors="replace").decode().replace("\0", "")


def _reach(connection: Connection, reached: StepReached, stamp: Stamp) -> None:
    """Record a step that was reached, unless it is the last recorded one (a restored session reports it again)."""
    number = _open_session(connection)
    sql = "SELECT step FROM step WHERE session = ? ORDER BY id DESC LIMIT 1"
    step = _clean(reached.step)
    if number is not None and connection.execute(sql, (number,)).fetchone() != (step,):
        after = _seconds_since_it_began(connection, number, stamp)
        sql = "INSERT INTO step (session, step, is_mask_on, after_seconds) VALUES (?, ?, ?, ?)"
        connection.execute(sql, (number, step, reached.is_mask_on, after))


def _end(connection: Connection, ended: SessionEnded, stamp: Stamp) -> None:
    number = _open_session(connection)
    if number is not None:
        after = _seconds_since_it_began(connection, number, stamp)
        sql = "UPDATE session SET ending = ?, ended_seconds = ? WHERE id = ?"
        connection.execute(sql, (ended.ending.value, after, number))


def _seconds_since_it_began(connection: Connection, number: int, now: Stamp) -> float | None:
    sql = "SELECT boot, monotonic, wall, is_wall_trusted FROM session WHERE id = ?"
    boot, monotonic, wall, is_trusted = connection.execute(sql, (number,)).fetchone()
    seconds = seconds_between(translated(Stamp(boot, monotonic, wall, bool(is_trusted))), now)
    return None if seconds is None else round(seconds, 1)


def _date(connection: Connection, now: Stamp) -> None:
    """Date what began before the clock was set: since then, the computer has counted the seconds."""
    if not now.boot_id or date_of(now) is None:
        return
    sql = "SELECT id, monotonic FROM session WHERE began IS NULL AND boot = ? AND monotonic <= ?"
    for number, monotonic in connection.execute(sql, (now.boot_id, now.monotonic)).fetchall():
        began = local_time(now.wall - (now.monotonic - monotonic))
        connection.execute("UPDATE session SET began = ? WHERE id = ?", (began.isoformat(), number))


def _sessions(connection: Connection) -> Iterable[RecordedSession]:
    """Read strictly: what we would not have written raises ValueError or TypeError."""
    steps: dict[int, list[RecordedStep]] = {}
    sql = "SELECT session, step, is_mask_on, after_seconds FROM step ORDER BY id"
    for number, step, is_on, after in connection.execute(sql):
        steps.setdefault(number, []).append(RecordedStep(_text(step), _truth(is_on), _seconds(after)))
    feelings: dict[int, list[Feeling]] = {}
    for number, feeling in connection.execute("SELECT session, feeling FROM feeling ORDER BY id"):
        feelings.setdefault(number, []).append(Feeling(feeling))
    columns = "id, routine, name, mask, hold_seconds, began, ending, ended_seconds"
    for number, routine, name, mask, hold, began, ending, ended in connection.execute(
        f"SELECT {columns} FROM session ORDER BY id"  # noqa: S608 - a constant
    ):
        yield RecordedSession(
            number=number,
            routine=_text(routine),
            name=_text(name),
            mask=_text(mask),
            hold_seconds=_seconds(hold),
            began=None if began is None else _moment(began),
            ending=None if ending is None else Ending(ending),
            ended_seconds=_seconds(ended),
            steps=tuple(steps.get(number, ())),
            feelings=tuple(feelings.get(number, ())),
        )


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError("no text")
    return value


def _truth(value: object) -> bool:
    if value not in {0, 1}:
        raise ValueError("neither yes nor no")
    return bool(value)


def _seconds(value: object) -> float | None:
    if value is None:
        return None
    if not isinstance(value, float) or not 0 <= value < math.inf:
        raise TypeError("no seconds")
    return value


def _moment(value: str) -> datetime:
    moment = datetime.fromisoformat(value)
    if moment.tzinfo is None:
        raise ValueError("no offset from UTC")
    return moment
