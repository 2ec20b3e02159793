"""Keeps preferences, session and history for the loop, and reports what it cannot keep."""

from __future__ import annotations

import errno
import logging
import threading
import time
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from voice_coach.errors import NotesError
from voice_coach.language.intents import PEOPLE
from voice_coach.memory.clocks import read_stamp, translated
from voice_coach.memory.conflating_worker import ConflatingWorker
from voice_coach.memory.folders import state_folder
from voice_coach.memory.history.history_file import data_folder
from voice_coach.memory.history.history_writer import HistoryWriter
from voice_coach.memory.journal import Journal
from voice_coach.memory.journal_records import JournalRecord
from voice_coach.memory.lock import StoreLock
from voice_coach.session.events import Fault, FaultCleared, FaultRaised, HistoryLoaded, Restored, Started
from voice_coach.session.persistence import seconds_between

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from voice_coach.memory.journal import RecordsRead
    from voice_coach.memory.settings import SettingsFile
    from voice_coach.session import commands
    from voice_coach.session.commands import SavePreferences, SaveSnapshot
    from voice_coach.session.events import Event
    from voice_coach.session.persistence import Snapshot, Stamp


_log = logging.getLogger(__name__)


class FaultReporter:
    """A reporter of faults: a fault begins with its first source and ends with its last. For any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._sources: dict[Fault, set[str]] = {}
        self._post: Callable[[Event], None] = lambda _event: None

    def start(self, post: Callable[[Event], None]) -> None:
        """Post the present faults, and all changes from now on."""
        with self._lock:
            self._post = post
            for fault, sources in self._sources.items():
                if sources:
                    post(FaultRaised(fault=fault))

    def begin(self, fault: Fault, source: str, reason: object) -> None:
        """Report that a source has a fault; the first source of a fault raises it."""
        with self._lock:
            sources = self._sources.setdefault(fault, set())
            if source in sources:
                return
            sources.add(source)
            if len(sources) == 1:
                self._post(FaultRaised(fault=fault))
        with suppress(Exception):  # a log that cannot be written is no reason to keep silent
            _log.warning("%s, %s: %s", fault.value, source, reason)

    def end(self, fault: Fault, source: str) -> None:
        """Report that a source works again; the last source of a fault clears it."""
        with self._lock:
            sources = self._sources.get(fault, set())
            if source in sources:
                sources.discard(source)
                if not sources:
                    self._post(FaultCleared(fault=fault))


PATIENCE_SECONDS = 2.0
"""Seconds after which a slow disk counts as a fault; the coach goes on without it."""
SLOW_SECONDS = 1.0
"""Seconds after which a write counts as slow; the next one is then waited for only briefly (see below)."""
PATIENCE_WITH_A_SLOW_DISK_SECONDS = 0.1
OPENING_SECONDS = 10.0
"""Seconds that the start waits for the notes of an earlier session."""
STOPPING_SECONDS = 15.0
"""Seconds that a write may take at the end before the disk is given up; the unit's TimeoutStopSec has to be longer."""
JUST_NOW_SECONDS = 60.0
"""Seconds after a goodbye within which a restarted coach does not greet the person again."""
JOURNAL_NAME = "session.journal"
LOCK_NAME = "session.lock"
_SOURCE = "session"


class SessionStore:
    """Keeps the session in a journal and the preferences in the settings, in one thread, and waits for that thread.

    While the disk is slow, only the newest snapshot and the newest preferences wait to be written, because they hold
    everything that older ones did. Events for the history are written in another thread, without waiting. Only `begin`
    raises an error.

    Args:
        settings: the file in which the preferences are kept.
        routine: the name of the routine that an interrupted session must follow to be restored; None for any.
        language: the language in which it must be.
        folder: the folder of the journal and the history; None for the user's own folders.
        person: the one of PEOPLE whose history it is.
    """

    def __init__(
        self,
        settings: SettingsFile,
        routine: str | None,
        language: str,
        folder: Path | None = None,
        *,
        person: str = PEOPLE[0],
    ) -> None:
        history_folder = folder or data_folder(person)
        folder = folder or state_folder()
        self._settings = settings
        self._routine = routine
        self._language = language
        self._lock = StoreLock(folder / LOCK_NAME)
        self._journal = Journal(folder / JOURNAL_NAME)
        self._worker = ConflatingWorker("memory", self._tell_idle)
        self._is_slow = False
        self._is_kept = True
        self._is_new = False
        self._faults = FaultReporter()
        self._post: Callable[[Event], None] = lambda _event: None
        self._history_writer = HistoryWriter(history_folder, self._faults)

    def begin(self, *, is_daytime: bool, comes_back: bool = False) -> Started | Restored:
        """Return the first event: an interrupted session is restored, or a new one begins.

        Args:
            is_daytime: whether it is daytime now.
            comes_back: whether the program is started again after each end, also after a goodbye.

        Raises:
            NotesError: another coach is at work here.
        """
        now = read_stamp()
        first = self._first(now, is_daytime=is_daytime, comes_back=comes_back)
        past = self._history_writer.begin(now, _routine_of(first))
        if isinstance(first, Started) and past.total:
            first = replace(first, is_first=False)
        return replace(first, past=past)

    def start(self, post: Callable[[Event], None]) -> None:
        """Post what cannot be kept or read from now on, and that the settings are not all as the person wrote them."""
        self._post = post
        if self._settings.complaint:
            self._begin(Fault.DAMAGED_SETTINGS, self._settings.complaint)
        self._faults.start(post)

    def save(self, save: SavePreferences) -> None:
        """Keep the voice's rate and volume; returns when they are on the disk, or the disk has a fault."""
        self._write("settings", lambda: self._settings.save(save))

    def keep(self, keep: SaveSnapshot) -> None:
        """Keep the session; returns when it is on the disk, or the disk has a fault."""
        stamp = read_stamp()
        self._write("session", lambda: self._append(keep.snapshot, stamp))

    def record(self, record: commands.AppendHistory) -> None:
        """Queue an event for the history, which is written soon."""
        self._history_writer.record(record.event)

    def recall(self) -> None:
        """Post the newest summary of the history."""
        self._post(HistoryLoaded(past=self._history_writer.past(read_stamp())))

    def stop(self) -> None:
        """Finish writing, unless the disk hangs, and let the store go."""
        since = time.monotonic()
        self._worker.put("close", self._close)  # where the disk hangs, the lock is held until the process ends
        self._worker.stop(STOPPING_SECONDS, since)
        self._history_writer.stop(STOPPING_SECONDS, since)

    def _first(self, now: Stamp, *, is_daytime: bool, comes_back: bool) -> Started | Restored:
        read = self._read()
        record = read.last if read else None
        if read is None or record is None or not self._is_ours(record):
            return Started(is_daytime=is_daytime, is_first=self._is_new)
        away_seconds = seconds_between(translated(record.stamp), now)
        snapshot, stamp = record.snapshot, record.stamp
        if snapshot is None:
            was_here = away_seconds is not None and away_seconds < JUST_NOW_SECONDS
            return Started(is_daytime=is_daytime, is_greeting=not (comes_back and was_here))
        if not read.is_whole:
            self._write("session", lambda: self._append(snapshot, stamp))  # its journal has been put aside
        return Restored(
            is_daytime=is_daytime,
            snapshot=snapshot,
            taken_at=stamp.monotonic,
            away_seconds=away_seconds,
            read_at=now.monotonic,
            is_certain=read.is_last_certain,
        )

    def _is_ours(self, record: JournalRecord) -> bool:
        is_wanted = self._routine in {None, record.routine} or not (record.snapshot and record.snapshot.is_under_way)
        return record.language == self._language and is_wanted

    def _read(self) -> RecordsRead | None:
        """Read the journal.

        Raises:
            NotesError: another coach uses the store.
        """
        try:
            read = self._worker.ask("open", self._open).result(OPENING_SECONDS)
        except NotesError:
            self._worker.stop(0.0)
            raise
        except Exception as error:  # noqa: BLE001 - a disk that hangs, or anything else
            self._begin(Fault.UNREADABLE_NOTES, repr(error))
            return None
        is_told_otherwise = read is not None and read.last is not None and not read.is_last_certain
        if self._journal.was_put_aside and not is_told_otherwise:  # else the session itself is asked about
            self._begin(Fault.DAMAGED_NOTES, "put aside")
        return read

    def _open(self) -> RecordsRead | None:
        self._lock.acquire()
        read = self._journal.load()
        self._is_new = read is None and not (self._journal.unreadable or self._journal.was_put_aside)
        self._tell_unreadable()
        return read

    def _close(self) -> None:
        self._journal.close()
        self._lock.release()

    def _append(self, snapshot: Snapshot | None, stamp: Stamp) -> None:
        try:
            self._demand_lock()
            routine = snapshot.routine if snapshot else ""
            self._journal.append(JournalRecord(0, stamp, routine, self._language, snapshot))
            self._is_kept = True
        except Exception as error:  # noqa: BLE001 - nothing that goes wrong here may end the mask
            self._is_kept = False
            self._begin(Fault.UNKEPT_NOTES, error)
        self._tell_unreadable()

    def _demand_lock(self) -> None:
        """Take the lock if it was not taken yet; without it nothing is written, because another coach may use the disk.

        Raises:
            NotesError: another coach holds the lock.
            OSError: the lock cannot be taken.
        """
        if not self._lock.is_held:
            self._lock.acquire()
        if not self._lock.is_held:
            raise OSError(errno.ENOLCK, "the store cannot be locked")

    def _write(self, kind: str, job: Callable[[], None]) -> None:
        """Let the thread write something, and wait until it is written; only briefly if the disk was slow before."""
        is_first_in_line = self._worker.is_idle
        patience = min(PATIENCE_SECONDS, PATIENCE_WITH_A_SLOW_DISK_SECONDS) if self._is_slow else PATIENCE_SECONDS
        is_taken = self._worker.put(kind, lambda: self._timed(job))
        if not (is_taken and is_first_in_line and self._worker.wait(patience)):
            reason = f"the disk takes longer than {patience} s"
            self._worker.if_busy(lambda: self._begin(Fault.UNKEPT_NOTES, reason))

    def _timed(self, write: Callable[[], None]) -> None:
        began = time.monotonic()
        write()
        self._is_slow = time.monotonic() - began > min(PATIENCE_SECONDS, SLOW_SECONDS)

    def _tell_idle(self) -> None:
        """End the fault of unkept notes if the last write succeeded; called once no write waits."""
        if self._is_kept:
            self._faults.end(Fault.UNKEPT_NOTES, _SOURCE)

    def _tell_unreadable(self) -> None:
        if self._journal.unreadable:
            self._begin(Fault.UNREADABLE_NOTES, self._journal.unreadable)
        else:
            self._faults.end(Fault.UNREADABLE_NOTES, _SOURCE)

    def _begin(self, fault: Fault, reason: object) -> None:
        self._faults.begin(fault, _SOURCE, reason)


def _routine_of(first: Started | Restored) -> str | None:
    """Return the id of the routine that goes on; None when none does."""
    return first.snapshot.routine if isinstance(first, Restored) and first.snapshot.is_under_way else None
