"""Two coaches never write one journal, whatever has become of the lock's file; and no lock keeps one from starting."""

from __future__ import annotations

import errno
import fcntl
import multiprocessing
import os
import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest

from tests.memory.notes import (
    AT_SERUM,
    AT_TONER,
    RELAXING,
    keeper_in,
    live_through,
)
from tests.memory.test_odd_files import ODDITIES
from tests.patience import patient
from voice_coach.errors import NotesError
from voice_coach.memory.lock import StoreLock, owner_of
from voice_coach.memory.session_store import JOURNAL_NAME, LOCK_NAME
from voice_coach.session.commands import SaveSnapshot
from voice_coach.session.events import Event, Fault, FaultCleared, FaultRaised

if TYPE_CHECKING:
    from collections.abc import Callable
    from multiprocessing.synchronize import Barrier
    from pathlib import Path


LIMIT_SECONDS = patient(60.0)
"""A test that has waited so long has failed."""


def assert_second_coach_is_told(folder: Path) -> None:
    first = keeper_in(folder)
    first.begin(is_daytime=True)
    with pytest.raises(NotesError, match="Another coach is at work here"):
        keeper_in(folder).begin(is_daytime=True)
    first.keep(SaveSnapshot(AT_SERUM))
    first.stop()
    assert live_through(folder).restored == AT_SERUM


@pytest.mark.parametrize("oddity", ODDITIES)
def test_two_coaches_meet_where_the_locks_file_cannot_be_opened(tmp_path: Path, oddity: Callable[[Path], None]) -> None:
    oddity(tmp_path / LOCK_NAME)
    assert_second_coach_is_told(tmp_path)


def test_two_coaches_meet_where_the_folder_cannot_be_locked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = fcntl.flock

    def flock(descriptor: int, how: int) -> None:
        if os.path.samestat(os.fstat(descriptor), tmp_path.stat()):
            raise OSError(errno.EBADF, "Bad file descriptor")  # as NFS says of a folder
        real(descriptor, how)

    monkeypatch.setattr(fcntl, "flock", flock)
    assert_second_coach_is_told(tmp_path)


def test_two_coaches_meet_on_a_read_only_disk_on_which_the_first_starts(small_disk: Path) -> None:
    live_through(small_disk, AT_TONER)
    subprocess.run(["mount", "-o", "remount,ro", small_disk], check=True)
    first = keeper_in(small_disk)
    first.begin(is_daytime=True)
    with pytest.raises(NotesError):
        keeper_in(small_disk).begin(is_daytime=True)
    first.stop()
    life = live_through(small_disk, AT_SERUM)
    assert life.restored == AT_TONER
    assert life.lasting == {Fault.UNKEPT_NOTES}


def test_two_coaches_meet_when_the_locks_file_is_removed(tmp_path: Path) -> None:
    first = keeper_in(tmp_path)
    first.begin(is_daytime=True)
    (tmp_path / LOCK_NAME).unlink()
    with pytest.raises(NotesError):
        keeper_in(tmp_path).begin(is_daytime=True)
    first.stop()


def test_whoever_has_no_lock_writes_nothing_until_there_is_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_locks(_descriptor: int, _how: int) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    events: list[Event] = []
    keeper = keeper_in(tmp_path)
    with monkeypatch.context() as patch:
        patch.setattr(fcntl, "flock", no_locks)
        keeper.begin(is_daytime=True)
        keeper.start(events.append)
        keeper.keep(SaveSnapshot(AT_TONER))
        assert events == [FaultRaised(fault=Fault.UNKEPT_NOTES)]
        assert not (tmp_path / JOURNAL_NAME).exists()
    keeper.keep(SaveSnapshot(AT_SERUM))
    assert events[1:] == [FaultCleared(fault=Fault.UNKEPT_NOTES)]
    keeper.stop()
    assert live_through(tmp_path).restored == AT_SERUM


def test_of_two_coaches_that_started_without_a_disk_one_writes_when_there_is_one(tmp_path: Path) -> None:
    store = tmp_path / "store"
    store.touch()
    keepers = [keeper_in(store / "notes") for _ in range(2)]
    told: list[list[Event]] = [[], []]
    for keeper, events in zip(keepers, told, strict=True):
        keeper.begin(is_daytime=True)
        keeper.start(events.append)
    store.unlink()
    for keeper, snapshot in zip(keepers, (AT_SERUM, AT_TONER), strict=True):
        keeper.keep(SaveSnapshot(snapshot))
    assert told == [[], [FaultRaised(fault=Fault.UNKEPT_NOTES)]]
    for keeper in keepers:
        keeper.stop()
    assert live_through(store / "notes").restored == AT_SERUM


def test_a_store_that_is_removed_and_made_anew_by_another_coach_is_that_ones(tmp_path: Path) -> None:
    store = tmp_path / "store"
    events: list[Event] = []
    first, second = keeper_in(store), keeper_in(store)
    first.begin(is_daytime=True)
    first.start(events.append)
    first.keep(SaveSnapshot(AT_TONER))
    shutil.rmtree(store)
    second.begin(is_daytime=True)
    second.keep(SaveSnapshot(AT_SERUM))
    first.keep(SaveSnapshot(RELAXING))
    assert events == [FaultRaised(fault=Fault.UNKEPT_NOTES)]
    for keeper in (first, second):
        keeper.stop()
    assert live_through(store).restored == AT_SERUM


def _start(folder: Path, together: Barrier, is_over: Barrier) -> None:
    lock = StoreLock(folder / LOCK_NAME)
    together.wait(LIMIT_SECONDS)
    try:
        lock.acquire()
        status = 0
    except NotesError:
        status = 1
    is_over.wait(LIMIT_SECONDS)
    os._exit(status)


@pytest.mark.usefixtures("processes")
def test_of_32_that_start_at_once_one_has_the_store(tmp_path: Path) -> None:
    context = multiprocessing.get_context("fork")
    together, is_over = context.Barrier(32), context.Barrier(32)
    processes = [context.Process(target=_start, args=(tmp_path / "store", together, is_over)) for _ in range(32)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(LIMIT_SECONDS)
    assert sorted(str(process.exitcode) for process in processes) == ["0", *["1"] * 31]


def test_who_looks_is_told_which_process_has_the_store_and_a_pipe_keeps_nobody_waiting(tmp_path: Path) -> None:
    path = tmp_path / LOCK_NAME
    assert owner_of(path) is None
    lock = StoreLock(path)
    lock.acquire()
    assert owner_of(path) == os.getpid()
    lock.release()
    assert owner_of(path) is None
    path.unlink()
    os.mkfifo(path)
    assert owner_of(path) is None
    lock.acquire()
    assert owner_of(path) == 0
    lock.release()


def test_what_a_link_in_the_locks_place_leads_to_is_not_emptied(tmp_path: Path) -> None:
    (tmp_path / "letter").write_text("Dear aunt")
    (tmp_path / LOCK_NAME).symlink_to("letter")
    live_through(tmp_path, AT_TONER)
    assert (tmp_path / "letter").read_text() == "Dear aunt"
