"""The loop's memory: settings and session are on the disk before anybody hears of them."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import TYPE_CHECKING

from voice_coach.core.absence import seconds_between
from voice_coach.core.events import Remembered, Restored, Started, Trouble
from voice_coach.memory.clocks import read_stamp
from voice_coach.memory.folders import state_folder
from voice_coach.memory.history.chronicler import Chronicler
from voice_coach.memory.history.history import data_folder
from voice_coach.memory.journal import Journal
from voice_coach.memory.lock import StoreLock
from voice_coach.memory.records import Record
from voice_coach.memory.troubles import Troubles

if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import Future
    from pathlib import Path

    from voice_coach.core import commands
    from voice_coach.core.absence import Stamp
    from voice_coach.core.commands import Keep, Save
    from voice_coach.core.events import Event
    from voice_coach.core.snapshot import Snapshot
    from voice_coach.memory.journal import Read
    from voice_coach.memory.settings import SettingsFile

PATIENCE_SECONDS = 2.0
"""A disk that takes longer is in trouble; the coach goes on without it."""
JUST_NOW_SECONDS = 60.0
"""Nobody who said goodbye so shortly before wants to be greeted."""
JOURNAL_NAME = "session.journal"
LOCK_NAME = "session.lock"
_SOURCE = "session"


class Keeper:
    """Keeps the session in a journal and the voice in the settings, in a thread of its own that is waited for.

    What is worth remembering goes into the history, in another thread, which is not waited for.

    Args:
        settings: where the voice is kept.
        routine: which routine a session must follow to be gone on with, by its name; None for any.
        language: and in which language.
        folder: of the journal and the history; the user's own for each if None.
    """

    def __init__(self, settings: SettingsFile, routine: str | None, language: str, folder: Path | None = None) -> None:
        history_folder = folder or data_folder()
        folder = folder or state_folder()
        self._settings = settings
        self._routine = routine
        self._language = language
        self._lock = StoreLock(folder / LOCK_NAME)
        self._journal = Journal(folder / JOURNAL_NAME)
        self._writer = ThreadPoolExecutor(max_workers=1, thread_name_prefix="memory")
        self._written: Future[None] | None = None
        self._troubles = Troubles()
        self._post: Callable[[Event], None] = lambda _event: None
        self._chronicler = Chronicler(history_folder, self._troubles)

    def begin(self, *, is_daytime: bool, comes_back: bool = False) -> Started | Restored:
        """The first event: how the session that was broken off goes on, or that a new one begins.

        Args:
            is_daytime: whether it is now.
            comes_back: whether the program is started again after each end, a goodbye too.

        Raises:
            NotesError: another coach is at work here.
        """
        self._lock.acquire()
        now = read_stamp()
        first = self._first(now, is_daytime=is_daytime, comes_back=comes_back)
        past = self._chronicler.begin(now, first.snapshot.routine if isinstance(first, Restored) else None)
        return replace(first, past=past)

    def start(self, post: Callable[[Event], None]) -> None:
        """Post what cannot be kept or read from now on, and that the settings are not all as the person wrote them."""
        self._post = post
        if self._settings.complaint:
            self._begin(Trouble.DAMAGED_SETTINGS, self._settings.complaint)
        self._troubles.start(post)

    def save(self, save: Save) -> None:
        """Keep the voice's rate and volume; returns when they are on the disk, or the disk is in trouble."""
        self._write(self._settings.save, save)

    def keep(self, keep: Keep) -> None:
        """Keep the session; returns when it is on the disk, or the disk is in trouble."""
        self._write(self._append, keep.snapshot, read_stamp())

    def record(self, record: commands.Record) -> None:
        """Write down what is worth remembering, soon."""
        self._chronicler.record(record.fact)

    def recall(self) -> None:
        """Post what the history says by now."""
        self._post(Remembered(past=self._chronicler.past(read_stamp())))

    def stop(self) -> None:
        """Finish writing, and let the store go."""
        self._chronicler.stop()
        self._writer.shutdown(wait=self._is_idle)
        self._journal.close()
        self._lock.release()

    def _first(self, now: Stamp, *, is_daytime: bool, comes_back: bool) -> Started | Restored:
        read = self._read()
        record = read.last if read else None
        if read is None or record is None or not self._is_ours(record):
            return Started(is_daytime=is_daytime)
        away_seconds = seconds_between(record.stamp, now)
        if record.snapshot is None:
            was_here = away_seconds is not None and away_seconds < JUST_NOW_SECONDS
            return Started(is_daytime=is_daytime, is_greeting=not (comes_back and was_here))
        if not read.is_whole:
            self._append(record.snapshot, record.stamp)  # its journal has been put aside
        return Restored(
            is_daytime=is_daytime,
            snapshot=record.snapshot,
            taken_at=record.stamp.monotonic,
            away_seconds=away_seconds,
            read_at=now.monotonic,
            is_certain=read.is_last_certain,
        )

    def _is_ours(self, record: Record) -> bool:
        is_wanted = self._routine in {None, record.routine} or record.snapshot is None
        return record.language == self._language and is_wanted

    def _read(self) -> Read | None:
        try:
            read = self._journal.load()
        except OSError as error:
            self._begin(Trouble.DAMAGED_NOTES, error)
            return None
        if read is not None and not read.is_whole and (read.is_last_certain or read.last is None):
            self._begin(Trouble.DAMAGED_NOTES, "put aside")  # else the session itself is asked about
        return read

    def _append(self, snapshot: Snapshot | None, stamp: Stamp) -> None:
        try:
            routine = snapshot.routine if snapshot else ""
            self._journal.append(Record(0, stamp, routine, self._language, snapshot))
        except OSError as error:
            self._begin(Trouble.UNKEPT_NOTES, error)
        else:
            self._end(Trouble.UNKEPT_NOTES)

    @property
    def _is_idle(self) -> bool:
        return self._written is None or self._written.done()

    def _write(self, write: Callable[..., None], *what: object) -> None:
        is_first_in_line = self._is_idle
        self._written = self._writer.submit(write, *what)
        if not is_first_in_line:
            return  # the disk has kept us waiting already
        try:
            self._written.result(PATIENCE_SECONDS)
        except TimeoutError:
            self._begin(Trouble.UNKEPT_NOTES, f"the disk takes longer than {PATIENCE_SECONDS} s")

    def _begin(self, trouble: Trouble, reason: object) -> None:
        self._troubles.begin(trouble, _SOURCE, reason)

    def _end(self, trouble: Trouble) -> None:
        self._troubles.end(trouble, _SOURCE)
