"""Sessions to keep, and a keeper in a folder of a test's own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from voice_coach.core.absence import Stamp
from voice_coach.core.countdown import Countdown
from voice_coach.core.moments import Milestone
from voice_coach.core.snapshot import Snapshot
from voice_coach.memory.journal import Journal
from voice_coach.memory.keeper import JOURNAL_NAME, Keeper
from voice_coach.memory.records import Record
from voice_coach.memory.settings import SettingsFile

if TYPE_CHECKING:
    from pathlib import Path

STAMP = Stamp("9b2e", 1234.5, 1_800_000_000.25, is_wall_trusted=True)
AT_TONER = Snapshot("toner", is_daytime=True, is_paused=False, hold_seconds=900.0, routine="facial_mask")
AT_SERUM = Snapshot("serum", is_daytime=True, is_paused=False, hold_seconds=900.0, routine="facial_mask")
RELAXING = Snapshot(
    "relax",
    is_daytime=False,
    is_paused=False,
    hold_seconds=900.0,
    countdown=Countdown(960.0, 700.5, 2000.125),
    routine="facial_mask",
    past=frozenset({Milestone.HALF, Milestone.FIVE_MINUTES, 0, 3}),
)
PAUSED = Snapshot(
    "relax",
    is_daytime=True,
    is_paused=True,
    hold_seconds=600.0,
    countdown=Countdown(600.0, 33.0, None),
    skipped=frozenset({"toner", "massage"}),
    routine="facial_mask",
)
STORY = (AT_TONER, RELAXING, PAUSED, None, AT_SERUM)
"""What a journal of the tests holds, in this order."""


def keeper_in(folder: Path) -> Keeper:
    """A keeper of the shipped routine in English."""
    return Keeper(SettingsFile(folder / "settings.toml"), "facial_mask", "en", folder)


def record_of(snapshot: Snapshot | None, number: int = 0) -> Record:
    """A record of the shipped routine in English."""
    return Record(number, STAMP, "facial_mask", "en", snapshot)


def write_story(folder: Path) -> bytes:
    """A journal that holds STORY; its bytes."""
    journal = Journal(folder / JOURNAL_NAME)
    for snapshot in STORY:
        journal.append(record_of(snapshot))
    journal.close()
    return (folder / JOURNAL_NAME).read_bytes()
