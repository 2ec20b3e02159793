"""Sessions to keep, and a keeper in a folder of a test's own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from voice_coach.memory.history.history_file import read_sessions
from voice_coach.memory.journal import Journal
from voice_coach.memory.journal_records import JournalRecord
from voice_coach.memory.session_store import JOURNAL_NAME, SessionStore
from voice_coach.memory.settings import SettingsFile
from voice_coach.routines import Milestone
from voice_coach.routines.past_masks import Ending, SessionEnded, SessionStarted, StepReached
from voice_coach.session import commands
from voice_coach.session.commands import SavePreferences, SaveSnapshot, Voice
from voice_coach.session.events import (
    Event,
    Fault,
    FaultCleared,
    FaultRaised,
    Restored,
    Started,
)
from voice_coach.session.persistence import Snapshot, Stamp
from voice_coach.session.timer import Countdown

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


@dataclass
class Life:
    """What a coach was told by its memory from its start to its end."""

    first: Started | Restored
    events: list[Event]

    @property
    def restored(self) -> Snapshot | None:
        """The session that it went on with."""
        return self.first.snapshot if isinstance(self.first, Restored) else None

    @property
    def began(self) -> set[Fault]:
        """All troubles that it was told."""
        return {event.fault for event in self.events if isinstance(event, FaultRaised)}

    @property
    def lasting(self) -> set[Fault]:
        """The troubles that were not over at its end."""
        lasting = set()
        for event in self.events:
            if isinstance(event, FaultRaised):
                lasting.add(event.fault)
            elif isinstance(event, FaultCleared):
                lasting.discard(event.fault)
        return lasting


def live_through(folder: Path, *snapshots: Snapshot | None) -> Life:
    """A coach's whole life, in which everything that its loop asks of a memory happens."""
    events: list[Event] = []
    keeper = keeper_in(folder)
    first = keeper.begin(is_daytime=True)
    keeper.start(events.append)
    for snapshot in snapshots:
        keeper.keep(SaveSnapshot(snapshot))
    keeper.save(SavePreferences(Voice(150, 0.5)))
    for fact in (
        SessionStarted("clay_mask", "Clay", "clay", 600.0),
        StepReached("relax", is_mask_on=True),
        SessionEnded(Ending.DONE),
    ):
        keeper.record(commands.AppendHistory(fact))
    keeper.recall()
    keeper.stop()
    return Life(first, events)


def lives_in_history(folder: Path) -> int:
    """How many of such lives its history tells from the beginning to the end."""
    sessions = [session for session in read_sessions(folder) if session.routine == "clay_mask"]
    return sum(len(session.steps) == 1 and session.ending is Ending.DONE for session in sessions)


def keeper_in(folder: Path) -> SessionStore:
    """A keeper of the shipped routine in English."""
    return SessionStore(SettingsFile(folder / "settings.toml"), "facial_mask", "en", folder)


def record_of(snapshot: Snapshot | None, number: int = 0) -> JournalRecord:
    """A record of the shipped routine in English."""
    return JournalRecord(number, STAMP, "facial_mask", "en", snapshot)


def write_story(folder: Path) -> bytes:
    """A journal that holds STORY; its bytes."""
    journal = Journal(folder / JOURNAL_NAME)
    for snapshot in STORY:
        journal.append(record_of(snapshot))
    journal.close()
    return (folder / JOURNAL_NAME).read_bytes()
