"""A disk whose fsync takes its time: the loop waits for it once, only the newest waits for it, and the end waits."""

from __future__ import annotations

import os
import threading
import time
from typing import TYPE_CHECKING

import pytest

from tests.memory.notes import (
    AT_SERUM,
    AT_TONER,
    PAUSED,
    RELAXING,
    keeper_in,
    live_through,
)
from tests.patience import patient
from voice_coach.memory import session_store as keeping
from voice_coach.memory.journal import Journal
from voice_coach.memory.session_store import JOURNAL_NAME, SessionStore
from voice_coach.memory.settings import load_settings
from voice_coach.routines.past_masks import Ending, SessionEnded
from voice_coach.session import commands
from voice_coach.session.commands import SavePreferences, SaveSnapshot, Voice
from voice_coach.session.events import Event, Fault, FaultCleared, FaultRaised

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from voice_coach.memory.journal_records import JournalRecord
    from voice_coach.session.persistence import Snapshot

LIMIT_SECONDS = patient(30.0)
"""A test that has waited so long has failed; none waits so long when all is right."""
BEGAN, OVER = FaultRaised(fault=Fault.UNKEPT_NOTES), FaultCleared(fault=Fault.UNKEPT_NOTES)


class Disk:
    """Its fsync takes as long as the test says; however slow the real disk is, it counts as quick until `hang`."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self._patch = patch
        self._real = os.fsync
        self._asked, self._allowed = threading.Semaphore(0), threading.Semaphore(0)
        self._is_quick = True
        self.is_hanging = False
        patch.setattr(os, "fsync", self._fsync)
        patch.setattr(keeping, "PATIENCE_SECONDS", LIMIT_SECONDS)
        patch.setattr(keeping, "SLOW_SECONDS", LIMIT_SECONDS)

    def hang(self) -> None:
        """Let each fsync wait for `finish`."""
        self._patch.setattr(keeping, "PATIENCE_SECONDS", 0.2)
        self._is_quick = False

    def await_write(self) -> None:
        """Return when an fsync is under way."""
        assert self._asked.acquire(timeout=LIMIT_SECONDS)

    def finish(self) -> None:
        """Let one fsync return."""
        self._allowed.release()

    def recover(self) -> None:
        """Let that one and all later ones return."""
        self._is_quick = True
        self._allowed.release(100)

    def _fsync(self, file: int) -> None:
        if not self._is_quick:
            self.is_hanging = True
            self._asked.release()
            is_allowed = self._allowed.acquire(timeout=LIMIT_SECONDS)
            self.is_hanging = False
            assert is_allowed
        self._real(file)


@pytest.fixture
def disk(monkeypatch: pytest.MonkeyPatch) -> Disk:
    return Disk(monkeypatch)


@pytest.fixture
def events() -> list[Event]:
    return []


@pytest.fixture
def keeper(tmp_path: Path, disk: Disk, events: list[Event]) -> Iterator[SessionStore]:
    keeper = keeper_in(tmp_path)
    keeper.begin(is_daytime=True)
    keeper.keep(SaveSnapshot(AT_TONER))
    keeper.start(events.append)
    yield keeper
    disk.recover()
    keeper.stop()


@pytest.fixture
def appended(monkeypatch: pytest.MonkeyPatch) -> list[Snapshot | None]:
    """What reached the journal, in order."""
    appended: list[Snapshot | None] = []
    real = Journal.append

    def append(journal: Journal, record: JournalRecord) -> None:
        real(journal, record)
        appended.append(record.snapshot)

    monkeypatch.setattr(Journal, "append", append)
    return appended


def await_idle(keeper: SessionStore) -> None:
    assert keeper._worker.wait(LIMIT_SECONDS)  # noqa: SLF001 - there is no other sign


def on_disk(folder: Path) -> Snapshot | None:
    read = Journal(folder / JOURNAL_NAME).load()
    assert read is not None
    assert read.last is not None
    return read.last.snapshot


def test_of_all_that_waits_only_the_newest_is_written(
    keeper: SessionStore, disk: Disk, appended: list[Snapshot | None]
) -> None:
    disk.hang()
    for snapshot in (RELAXING, PAUSED, None, AT_TONER, AT_SERUM):
        keeper.keep(SaveSnapshot(snapshot))
    disk.recover()
    await_idle(keeper)
    assert appended == [RELAXING, AT_SERUM]


def test_the_trouble_is_over_only_when_nothing_waits(
    keeper: SessionStore, disk: Disk, events: list[Event], tmp_path: Path
) -> None:
    disk.hang()
    keeper.keep(SaveSnapshot(RELAXING))
    disk.await_write()
    keeper.keep(SaveSnapshot(PAUSED))
    disk.finish()
    disk.await_write()  # the first is written, the second is under way
    assert events == [BEGAN]
    keeper.keep(SaveSnapshot(AT_SERUM))
    disk.finish()
    disk.await_write()
    assert events == [BEGAN]
    disk.finish()
    await_idle(keeper)
    assert events == [BEGAN, OVER]
    assert on_disk(tmp_path) == AT_SERUM


def test_what_is_told_as_kept_is_on_the_disk_whenever_the_power_fails(
    keeper: SessionStore, disk: Disk, events: list[Event], tmp_path: Path
) -> None:
    disk.hang()
    newest: Snapshot | None = AT_TONER
    for snapshot in (RELAXING, PAUSED, AT_TONER, AT_SERUM, RELAXING, PAUSED):
        keeper.keep(SaveSnapshot(snapshot))
        newest = snapshot
        disk.await_write()
        disk.finish()
        if not events or events[-1] == OVER:
            assert on_disk(tmp_path) == newest
    disk.recover()
    await_idle(keeper)
    assert on_disk(tmp_path) == newest
    assert events[-1] == OVER


def test_the_loop_waits_for_a_slow_disk_once_and_again_when_it_has_been_quick(
    keeper: SessionStore, disk: Disk, events: list[Event], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    waited: list[float] = []
    real = keeper._worker.wait  # noqa: SLF001 - how long the loop was ready to wait

    def wait(seconds: float) -> bool:
        waited.append(seconds)
        return real(seconds)

    monkeypatch.setattr(keeper._worker, "wait", wait)  # noqa: SLF001 - as above
    disk.hang()
    for snapshot in (RELAXING, PAUSED, AT_SERUM):
        keeper.keep(SaveSnapshot(snapshot))
        disk.await_write()
        time.sleep(keeping.PATIENCE_SECONDS)  # the disk is slow, whatever else this machine does
        disk.finish()
        real(LIMIT_SECONDS)
    assert waited == [keeping.PATIENCE_SECONDS, *[keeping.PATIENCE_WITH_A_SLOW_DISK_SECONDS] * 2]
    assert events == [BEGAN, OVER] * 3
    disk.recover()
    monkeypatch.setattr(keeping, "PATIENCE_SECONDS", LIMIT_SECONDS)
    keeper.keep(SaveSnapshot(RELAXING))
    real(LIMIT_SECONDS)
    keeper.keep(SaveSnapshot(AT_TONER))
    assert on_disk(tmp_path) == AT_TONER
    assert waited[-1] == LIMIT_SECONDS


def test_a_voice_that_is_kept_late_is_over_when_it_is_kept(
    keeper: SessionStore, disk: Disk, events: list[Event], tmp_path: Path
) -> None:
    disk.hang()
    for words_per_minute in (120, 140, 160):
        keeper.save(SavePreferences(Voice(words_per_minute, 0.5)))
    assert events == [BEGAN]
    disk.recover()
    await_idle(keeper)
    assert events == [BEGAN, OVER]
    assert load_settings(tmp_path / "settings.toml").words_per_minute == 160


def test_at_a_normal_stop_all_that_waits_is_written_while_the_disk_makes_progress(
    tmp_path: Path, disk: Disk, monkeypatch: pytest.MonkeyPatch
) -> None:
    keeper = keeper_in(tmp_path)
    keeper.begin(is_daytime=True)
    disk.hang()
    for snapshot in (RELAXING, PAUSED, AT_SERUM):
        keeper.keep(SaveSnapshot(snapshot))
    keeper.save(SavePreferences(Voice(120, 0.5)))
    monkeypatch.setattr(keeping, "STOPPING_SECONDS", LIMIT_SECONDS)
    stopping = threading.Thread(target=keeper.stop)
    stopping.start()
    while stopping.is_alive():
        disk.finish()
        stopping.join(0.01)
    assert on_disk(tmp_path) == AT_SERUM
    assert load_settings(tmp_path / "settings.toml").words_per_minute == 120


def test_a_disk_that_hangs_does_not_keep_the_coach_from_ending(
    keeper: SessionStore, disk: Disk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keeping, "STOPPING_SECONDS", 0.05)
    disk.hang()
    keeper.keep(SaveSnapshot(RELAXING))
    keeper.stop()
    assert disk.is_hanging


def test_nothing_that_comes_after_the_stop_raises(tmp_path: Path) -> None:
    keeper = keeper_in(tmp_path)
    keeper.begin(is_daytime=True)
    keeper.stop()
    keeper.keep(SaveSnapshot(AT_SERUM))
    keeper.save(SavePreferences(Voice(120, 0.5)))
    keeper.record(commands.AppendHistory(SessionEnded(Ending.DONE)))
    keeper.recall()
    keeper.stop()


def test_where_no_thread_can_be_started_the_session_goes_on_unkept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_thread(_thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", no_thread)
    monkeypatch.setattr(keeping, "OPENING_SECONDS", 0.1)
    monkeypatch.setattr(keeping, "STOPPING_SECONDS", 0.1)
    assert Fault.UNKEPT_NOTES in live_through(tmp_path, AT_SERUM).lasting
