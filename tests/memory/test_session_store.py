from __future__ import annotations

import os
import subprocess
import sys
import threading
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from tests.machine_sleep import MachineSleep
from tests.memory.notes import (
    AT_SERUM,
    AT_TONER,
    RELAXING,
    STAMP,
    keeper_in,
    record_of,
    write_story,
)
from voice_coach.errors import NotesError
from voice_coach.memory.clocks import has_hardware_clock, read_stamp
from voice_coach.memory.history.history_file import read_sessions
from voice_coach.memory.journal import Journal
from voice_coach.memory.session_store import JOURNAL_NAME
from voice_coach.routines.past_masks import Ending, SessionEnded, SessionStarted, StepReached
from voice_coach.session.commands import AppendHistory, SaveSnapshot
from voice_coach.session.events import (
    Event,
    Fault,
    FaultCleared,
    FaultRaised,
    HistoryLoaded,
    Restored,
    Started,
)

if TYPE_CHECKING:
    from pathlib import Path

    from voice_coach.session.persistence import Snapshot


def kept_and_restored(folder: Path, snapshot: Snapshot | None) -> Started | Restored:
    first = keeper_in(folder)
    first.begin(is_daytime=True)
    first.keep(SaveSnapshot(snapshot))
    first.stop()
    second = keeper_in(folder)
    event = second.begin(is_daytime=True)
    second.stop()
    return event


def test_what_was_kept_is_restored(tmp_path: Path) -> None:
    event = kept_and_restored(tmp_path, RELAXING)
    assert isinstance(event, Restored)
    assert event.snapshot == RELAXING
    assert event.is_certain
    assert event.away_seconds is not None
    assert 0 <= event.away_seconds < 60


def test_what_is_kept_is_on_the_disk_when_keep_returns(tmp_path: Path) -> None:
    keeper = keeper_in(tmp_path)
    keeper.begin(is_daytime=True)
    keeper.keep(SaveSnapshot(AT_SERUM))
    read = Journal(tmp_path / JOURNAL_NAME).load()
    assert read is not None
    assert read.last is not None
    assert read.last.snapshot == AT_SERUM
    keeper.stop()


def test_a_session_that_is_over_is_not_gone_on_with(tmp_path: Path) -> None:
    assert kept_and_restored(tmp_path, None) == Started(is_daytime=True)


def test_a_service_does_not_greet_just_after_it_said_goodbye(tmp_path: Path) -> None:
    kept_and_restored(tmp_path, None)
    keeper = keeper_in(tmp_path)
    assert keeper.begin(is_daytime=True, comes_back=True) == Started(is_daytime=True, is_greeting=False)
    keeper.stop()
    earlier = replace(STAMP, boot_id="another boot")
    Journal(tmp_path / JOURNAL_NAME).append(replace(record_of(None), stamp=earlier))
    assert keeper_in(tmp_path).begin(is_daytime=True, comes_back=True) == Started(is_daytime=True)


def test_another_routine_does_not_go_on_with_it(tmp_path: Path) -> None:
    Journal(tmp_path / JOURNAL_NAME).append(replace(record_of(AT_TONER), routine="another"))
    assert keeper_in(tmp_path).begin(is_daytime=True) == Started(is_daytime=True)


def test_after_a_start_of_the_computer_without_a_clock_nobody_knows_how_long_it_was(tmp_path: Path) -> None:
    earlier = replace(STAMP, boot_id="another boot", is_wall_trusted=False)
    Journal(tmp_path / JOURNAL_NAME).append(replace(record_of(RELAXING), stamp=earlier))
    event = keeper_in(tmp_path).begin(is_daytime=True)
    assert isinstance(event, Restored)
    assert event.away_seconds is None


def test_a_sleep_of_the_machine_between_two_lives_is_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    machine = MachineSleep(monkeypatch)
    machine.sleep(5000)
    first = keeper_in(tmp_path)
    first.begin(is_daytime=True)
    first.keep(SaveSnapshot(RELAXING))
    first.stop()
    machine.sleep(1200)
    event = keeper_in(tmp_path).begin(is_daytime=True)
    assert isinstance(event, Restored)
    assert event.away_seconds is not None
    assert 1200 <= event.away_seconds < 1260


def test_a_torn_end_is_told_put_aside_and_the_session_kept_anew(tmp_path: Path) -> None:
    content = write_story(tmp_path)
    (tmp_path / JOURNAL_NAME).write_bytes(content[:-9])
    (tmp_path / JOURNAL_NAME).write_bytes(content.splitlines(keepends=True)[0] + content[-30:-9])
    for _ in range(2):  # the second time from the new journal
        keeper = keeper_in(tmp_path)
        event = keeper.begin(is_daytime=True)
        assert isinstance(event, Restored)
        assert event.snapshot == AT_TONER
        keeper.stop()
    assert len(list(tmp_path.glob("*.damaged-*"))) == 1


def test_a_foreign_file_is_told_once(tmp_path: Path) -> None:
    (tmp_path / JOURNAL_NAME).write_text("shopping list\n")
    events: list[Event] = []
    keeper = keeper_in(tmp_path)
    assert keeper.begin(is_daytime=True) == Started(is_daytime=True)
    keeper.start(events.append)
    keeper.stop()
    assert events == [FaultRaised(fault=Fault.DAMAGED_NOTES)]


def test_a_full_disk_is_told_the_old_session_stays_and_room_ends_the_trouble(small_disk: Path) -> None:
    events: list[Event] = []
    keeper = keeper_in(small_disk)
    keeper.begin(is_daytime=True)
    keeper.start(events.append)
    keeper.keep(SaveSnapshot(AT_TONER))
    ballast = small_disk / "ballast"
    with pytest.raises(OSError, match="No space"):
        ballast.write_bytes(bytes(100_000))
    for _ in range(40):
        keeper.keep(SaveSnapshot(RELAXING))
    ballast.unlink()
    keeper.keep(SaveSnapshot(AT_SERUM))
    keeper.stop()
    assert events[0] == FaultRaised(fault=Fault.UNKEPT_NOTES)
    assert events[-1] == FaultCleared(fault=Fault.UNKEPT_NOTES)
    again = keeper_in(small_disk)
    event = again.begin(is_daytime=True)
    again.stop()
    assert isinstance(event, Restored)
    assert event.snapshot == AT_SERUM
    assert event.is_certain


def test_from_a_read_only_disk_the_session_is_restored_and_it_is_told_that_nothing_is_kept(small_disk: Path) -> None:
    keeper = keeper_in(small_disk)
    keeper.begin(is_daytime=True)
    keeper.keep(SaveSnapshot(AT_TONER))
    keeper.stop()
    subprocess.run(["mount", "-o", "remount,ro", small_disk], check=True)
    events: list[Event] = []
    event = (keeper := keeper_in(small_disk)).begin(is_daytime=True)
    keeper.start(events.append)
    keeper.keep(SaveSnapshot(AT_SERUM))
    keeper.stop()
    assert isinstance(event, Restored)
    assert events == [FaultRaised(fault=Fault.UNKEPT_NOTES)]


def test_a_disk_that_does_not_answer_keeps_nobody_waiting(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    answers = threading.Event()
    monkeypatch.setattr("voice_coach.memory.session_store.PATIENCE_SECONDS", 0.05)
    monkeypatch.setattr("os.fsync", lambda _file: answers.wait(30))
    events: list[Event] = []
    keeper = keeper_in(tmp_path)
    keeper.begin(is_daytime=True)
    keeper.start(events.append)
    for snapshot in (AT_TONER, RELAXING, AT_SERUM):
        keeper.keep(SaveSnapshot(snapshot))
    assert events == [FaultRaised(fault=Fault.UNKEPT_NOTES)]
    answers.set()
    keeper.stop()


def test_the_second_coach_is_told_who_has_the_store(tmp_path: Path) -> None:
    keeper = keeper_in(tmp_path)
    keeper.begin(is_daytime=True)
    with pytest.raises(NotesError, match=rf"Another coach is at work here \(process {os.getpid()}, since"):
        keeper_in(tmp_path).begin(is_daytime=True)
    keeper.stop()
    keeper_in(tmp_path).begin(is_daytime=True)


@pytest.mark.usefixtures("processes")
def test_the_lock_of_a_coach_that_was_killed_is_free(tmp_path: Path) -> None:
    script = (
        "import os, pathlib, sys; from tests.memory.notes import keeper_in; "
        "k = keeper_in(pathlib.Path(sys.argv[1])); k.begin(is_daytime=True); os.kill(os.getpid(), 9)"
    )
    subprocess.run([sys.executable, "-c", script, tmp_path], check=False)
    keeper_in(tmp_path).begin(is_daytime=True)


def test_a_stamp_names_the_boot_and_counts_upwards() -> None:
    first, second = read_stamp(), read_stamp()
    assert first.boot_id == second.boot_id
    assert second.monotonic >= first.monotonic


def test_a_hardware_clock_counts_only_when_it_gave_the_time_and_still_agrees(tmp_path: Path) -> None:
    clock = tmp_path / "rtc0"
    clock.mkdir()
    assert not has_hardware_clock(tmp_path)
    (clock / "hctosys").write_text("1\n")
    (clock / "since_epoch").write_text("12345\n")
    assert not has_hardware_clock(tmp_path)
    (clock / "since_epoch").write_text(f"{read_stamp().wall:.0f}\n")
    assert has_hardware_clock(tmp_path)
    (clock / "hctosys").write_text("0\n")
    assert not has_hardware_clock(tmp_path)


def test_what_is_recorded_is_recalled_and_greets_the_next_time(tmp_path: Path) -> None:
    events: list[Event] = []
    first = keeper_in(tmp_path)
    assert first.begin(is_daytime=True) == Started(is_daytime=True, is_first=True)
    first.start(events.append)
    for fact in (
        SessionStarted("clay_mask", "Clay", "clay", 600.0),
        StepReached("relax", is_mask_on=True),
        SessionEnded(Ending.DONE),
    ):
        first.record(AppendHistory(fact))
    first.recall()
    first.stop()
    second = keeper_in(tmp_path)
    event = second.begin(is_daytime=True)
    second.stop()
    assert isinstance(event, Started)
    assert event.past.total == 1
    assert events == [HistoryLoaded(past=event.past)]


def test_the_session_that_is_restored_goes_on_in_the_history(tmp_path: Path) -> None:
    for _ in range(2):
        keeper = keeper_in(tmp_path)
        event = keeper.begin(is_daytime=True)
        if isinstance(event, Started):
            keeper.record(AppendHistory(SessionStarted("facial_mask", "Facial mask", "facial", 900.0)))
            keeper.keep(SaveSnapshot(AT_TONER))
        keeper.record(AppendHistory(StepReached("toner", is_mask_on=False)))
        keeper.stop()
    assert [(len(session.steps), session.ending) for session in read_sessions(tmp_path)] == [(1, None)]
