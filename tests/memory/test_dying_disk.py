"""A coach on a real disk that is full, shut down or taken away while the mask is on: it goes on and loses nothing."""

from __future__ import annotations

import subprocess
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest

from tests.memory.masks import (
    DAY,
    FRIDAY,
    history_in,
    later,
    mask_at,
)
from tests.memory.notes import (
    AT_SERUM,
    AT_TONER,
    PAUSED,
    RELAXING,
    keeper_in,
    live_through,
    lives_in_history,
)
from voice_coach.errors import HistoryError
from voice_coach.memory.history.history_file import HISTORY_NAME, read_sessions
from voice_coach.memory.history.history_store import DamagedHistoryError
from voice_coach.routines.past_masks import Ending, SessionEnded, SessionStarted, StepReached
from voice_coach.session import commands
from voice_coach.session.commands import SavePreferences, SaveSnapshot, Voice
from voice_coach.session.events import (
    Event,
    Fault,
    FaultCleared,
    FaultRaised,
    HistoryLoaded,
)

if TYPE_CHECKING:
    from pathlib import Path

    from tests.memory.disks import Ext4
    from voice_coach.memory.session_store import SessionStore

BEGAN, OVER = FaultRaised(fault=Fault.UNKEPT_NOTES), FaultCleared(fault=Fault.UNKEPT_NOTES)
SESSION = (
    SessionStarted("clay_mask", "Clay", "clay", 600.0),
    StepReached("relax", is_mask_on=True),
    SessionEnded(Ending.DONE),
)


def do_everything(keeper: SessionStore) -> None:
    for snapshot in (RELAXING, PAUSED, AT_SERUM):
        keeper.keep(SaveSnapshot(snapshot))
    keeper.save(SavePreferences(Voice(140, 0.5)))
    for fact in SESSION:
        keeper.record(commands.AppendHistory(fact))
    keeper.recall()


def troubles(events: list[Event]) -> list[Event]:
    return [event for event in events if not isinstance(event, HistoryLoaded)]


def fill(folder: Path) -> Path:
    ballast = folder / "ballast"
    with ballast.open("wb", buffering=0) as file, suppress(OSError):
        while True:
            file.write(bytes(1024))
    return ballast


def test_on_a_full_disk_a_coach_starts_and_room_lets_it_keep_all_that_it_was_told(history_disk: Path) -> None:
    events: list[Event] = []
    ballast = fill(history_disk)
    keeper = keeper_in(history_disk)
    keeper.begin(is_daytime=True)
    keeper.start(events.append)
    do_everything(keeper)
    assert troubles(events) == [BEGAN]
    ballast.unlink()
    do_everything(keeper)
    keeper.stop()
    assert troubles(events) == [BEGAN, OVER]
    assert lives_in_history(history_disk) == 2
    assert live_through(history_disk).restored == AT_SERUM


def test_a_disk_that_fills_in_the_hold_keeps_what_was_on_it_and_takes_more_when_there_is_room(
    history_disk: Path,
) -> None:
    live_through(history_disk, AT_TONER)
    events: list[Event] = []
    keeper = keeper_in(history_disk)
    keeper.begin(is_daytime=True)
    keeper.start(events.append)
    ballast = fill(history_disk)
    while BEGAN not in events:
        do_everything(keeper)
    ballast.unlink()
    do_everything(keeper)
    keeper.stop()
    assert troubles(events) == [BEGAN, OVER]
    assert live_through(history_disk).restored == AT_SERUM


@pytest.mark.parametrize("when", ["before the start", "in the hold"])
def test_a_disk_that_fails_entirely_ends_nothing_and_has_what_was_kept_when_it_is_back(ext4: Ext4, when: str) -> None:
    live_through(ext4.folder, AT_TONER)
    subprocess.run(["sync", "-f", ext4.folder], check=True)
    events: list[Event] = []
    keeper = keeper_in(ext4.folder)
    if when == "before the start":
        ext4.shut_down()
    keeper.begin(is_daytime=True)
    keeper.start(events.append)
    ext4.shut_down()
    do_everything(keeper)
    keeper.stop()
    assert BEGAN in events
    assert OVER not in events
    ext4.unmount()
    ext4.mount()
    assert live_through(ext4.folder).restored == AT_TONER
    assert lives_in_history(ext4.folder) == 2  # the lives before and after the failure


def test_a_disk_that_is_taken_away_ends_nothing(ext4: Ext4) -> None:
    keeper = keeper_in(ext4.folder / "store")
    keeper.begin(is_daytime=True)
    do_everything(keeper)
    ext4.unmount()
    do_everything(keeper)
    keeper.stop()


def test_a_bad_sector_of_the_history_is_told_and_not_taken_for_damage(ext4: Ext4, tmp_path: Path) -> None:
    (tmp_path / "masks").mkdir()
    with history_in(tmp_path / "masks") as history:
        for number in range(40):
            mask_at(history, later(FRIDAY, number * DAY))
    content = (tmp_path / "masks" / HISTORY_NAME).read_bytes()
    ext4.write_last(HISTORY_NAME, content)
    ext4.lose_sectors(HISTORY_NAME, after=8)
    with pytest.raises(HistoryError, match=r"cannot be used \(the disk does not work\)") as told:
        read_sessions(ext4.folder)
    assert not isinstance(told.value, DamagedHistoryError)
    life = live_through(ext4.folder)
    assert life.lasting == {Fault.UNKEPT_NOTES}
    ext4.find_sectors()
    assert (ext4.folder / HISTORY_NAME).read_bytes() == content
    assert not list(ext4.folder.glob("*.damaged-*"))
    assert len(read_sessions(ext4.folder)) == 40
