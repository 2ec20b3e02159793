from __future__ import annotations

import os
import random
import sqlite3
import subprocess
from contextlib import closing
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tests.memory.masks import (
    DAY,
    FRIDAY,
    history_in,
    later,
    mask_at,
)
from voice_coach.errors import HistoryError
from voice_coach.memory.history.history_file import HISTORY_NAME, read_sessions
from voice_coach.memory.history.history_store import VERSION, DamagedHistoryError, NewerHistoryError
from voice_coach.memory.history.history_writer import HistoryWriter
from voice_coach.memory.history.quarantine import all_put_aside
from voice_coach.memory.session_store import FaultReporter
from voice_coach.routines.past_masks import (
    Ending,
    Feeling,
    FeelingReported,
    HistorySummary,
    SessionEnded,
    SessionStarted,
    StepReached,
)
from voice_coach.session.events import Event, Fault, FaultCleared, FaultRaised

if TYPE_CHECKING:
    from pathlib import Path

DAMAGED, UNKEPT = Fault.DAMAGED_NOTES, Fault.UNKEPT_NOTES


def write_history(folder: Path, count: int = 3) -> Path:
    with history_in(folder) as history:
        for number in range(count):
            mask_at(history, later(FRIDAY, number * DAY), feeling=Feeling.GOOD)
    return folder / HISTORY_NAME


def live_through(folder: Path) -> tuple[HistorySummary, list[Event]]:
    """A coach's life with a session in it: what it knew at its start, and the troubles it was told."""
    events: list[Event] = []
    troubles = FaultReporter()
    chronicler = HistoryWriter(folder, troubles)
    past = chronicler.begin(later(FRIDAY, 10 * DAY), None)
    troubles.start(events.append)
    for fact in (
        SessionStarted("gel_mask", "Gel", "gel", 60.0),
        StepReached("apply", is_mask_on=False),
        SessionEnded(Ending.DONE),
        FeelingReported(Feeling.GOOD),
    ):
        chronicler.record(fact)
    chronicler.stop()
    return past, events


def assert_put_aside_and_begun_anew(folder: Path, content: bytes) -> None:
    past, events = live_through(folder)
    assert past == HistorySummary()
    assert events == [FaultRaised(fault=DAMAGED)]
    (aside,) = [path for path in all_put_aside(folder / HISTORY_NAME) if not path.name.endswith("-journal")]
    assert aside.read_bytes() == content
    assert [session.routine for session in read_sessions(folder)] == ["gel_mask"]
    assert live_through(folder)[1] == []


@pytest.mark.parametrize("content", [b"shopping list\n" * 100, b"SQLite format 3\0", bytes(8192)])
def test_a_foreign_file_is_put_aside_and_told_once(tmp_path: Path, content: bytes) -> None:
    (tmp_path / HISTORY_NAME).write_bytes(content)
    assert_put_aside_and_begun_anew(tmp_path, content)


def test_another_programs_database_is_put_aside(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / HISTORY_NAME)) as other:
        other.execute("CREATE TABLE recipe (cucumber TEXT)")
    assert_put_aside_and_begun_anew(tmp_path, (tmp_path / HISTORY_NAME).read_bytes())


@pytest.mark.parametrize("part", [0.1, 0.5, 0.9])
def test_a_truncated_history_is_put_aside(tmp_path: Path, part: float) -> None:
    path = write_history(tmp_path)
    os.truncate(path, int(path.stat().st_size * part))
    assert_put_aside_and_begun_anew(tmp_path, path.read_bytes())


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE session SET ending = 'eaten'",
        "UPDATE session SET began = 'yesterday'",
        "UPDATE session SET began = '2026-01-01T10:00:00'",
        "UPDATE session SET hold_seconds = -1.0",
        "UPDATE step SET after_seconds = 'soon'",
        "UPDATE step SET step = x'ff'",
        "UPDATE step SET is_mask_on = 2",
        "UPDATE session SET name = cast(x'ff' AS TEXT)",
        "UPDATE feeling SET feeling = 'hungry'",
        "DROP TABLE feeling",
        "ALTER TABLE session RENAME COLUMN mask TO masc",
    ],
)
def test_what_we_would_not_have_written_is_damage(tmp_path: Path, damage: str) -> None:
    path = write_history(tmp_path)
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(damage)
    with pytest.raises(DamagedHistoryError, match=r"puts it aside"):
        read_sessions(tmp_path)
    assert_put_aside_and_begun_anew(tmp_path, path.read_bytes())


@settings(max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 10_000), flips=st.integers(1, 50))
@example(seed=354, flips=4)
def test_flipped_bits_never_stop_the_coach_and_what_it_writes_then_can_be_read(
    tmp_path_factory: pytest.TempPathFactory, seed: int, flips: int
) -> None:
    folder = tmp_path_factory.mktemp("flipped")
    path = write_history(folder, 2)
    content = bytearray(path.read_bytes())
    chance = random.Random(seed)  # noqa: S311 - a test's
    for _ in range(flips):
        content[chance.randrange(len(content))] ^= 1 << chance.randrange(8)
    path.write_bytes(content)
    path.with_name(f"{path.name}-journal").write_bytes(chance.randbytes(chance.choice((0, 100, 5000))))
    past, events = live_through(folder)
    assert past.total <= 2
    assert {type(event) for event in events} <= {FaultRaised}
    try:
        newest = read_sessions(folder)[-1]
    except NewerHistoryError:  # the flipped bit is in the version: it may as well be the next one's
        assert events
        assert path.read_bytes() == content
    else:
        assert newest.routine == "gel_mask"


def test_of_damaged_histories_the_five_newest_are_kept(tmp_path: Path) -> None:
    for number in range(8):
        (tmp_path / HISTORY_NAME).write_text(f"list {number}")
        live_through(tmp_path)
    asides = [path for path in all_put_aside(tmp_path / HISTORY_NAME) if not path.name.endswith("-journal")]
    assert sorted(path.read_text() for path in asides) == [f"list {number}" for number in range(3, 8)]


def test_a_newer_coachs_history_is_left_as_it_is(tmp_path: Path) -> None:
    path = write_history(tmp_path)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(f"PRAGMA user_version = {VERSION + 1}")
    content = path.read_bytes()
    past, events = live_through(tmp_path)
    assert past == HistorySummary()
    assert events == [FaultRaised(fault=UNKEPT)]
    assert path.read_bytes() == content
    assert all_put_aside(path) == []
    with pytest.raises(NewerHistoryError, match="written by a newer voice-coach"):
        read_sessions(tmp_path)


def test_a_locked_history_is_told_and_then_kept_again(tmp_path: Path) -> None:
    path = write_history(tmp_path)
    with history_in(tmp_path) as history, closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(HistoryError, match="another program keeps it locked"):
            history.record(FeelingReported(Feeling.DRY), FRIDAY)
        other.execute("ROLLBACK")
        history.record(FeelingReported(Feeling.DRY), FRIDAY)
        assert history.sessions()[-1].feeling is Feeling.DRY


def test_a_start_does_not_wait_long_for_a_locked_history(tmp_path: Path) -> None:
    path = write_history(tmp_path)
    events: list[Event] = []
    troubles = FaultReporter()
    troubles.start(events.append)
    chronicler = HistoryWriter(tmp_path, troubles)
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        assert chronicler.begin(FRIDAY, None) == HistorySummary()
        other.execute("ROLLBACK")
    chronicler.record(FeelingReported(Feeling.DRY))
    chronicler.stop()
    assert events == [FaultRaised(fault=UNKEPT), FaultCleared(fault=UNKEPT)]
    assert read_sessions(tmp_path)[-1].feeling is Feeling.DRY


def test_a_full_disk_is_told_what_was_kept_stays_and_room_ends_the_trouble(history_disk: Path) -> None:
    write_history(history_disk)
    events: list[Event] = []
    troubles = FaultReporter()
    troubles.start(events.append)
    chronicler = HistoryWriter(history_disk, troubles)
    assert chronicler.begin(later(FRIDAY, 3 * DAY), None).total == 3
    ballast = history_disk / "ballast"
    with pytest.raises(OSError, match="No space"):
        ballast.write_bytes(bytes(200_000))
    for number in range(100):
        chronicler.record(SessionStarted("gel_mask", f"Gel {number} " * 40, "gel", 60.0))
    while events != [FaultRaised(fault=UNKEPT)]:
        chronicler.record(SessionStarted("gel_mask", "Gel " * 400, "gel", 60.0))
    chronicler.begin(FRIDAY, None)  # what was under way has failed when this returns
    ballast.unlink()
    chronicler.record(SessionStarted("clay_mask", "Clay", "clay", 60.0))
    chronicler.stop()
    assert events == [FaultRaised(fault=UNKEPT), FaultCleared(fault=UNKEPT)]
    assert read_sessions(history_disk)[-1].name == "Clay"


def test_from_a_read_only_disk_the_past_is_known_and_it_is_told_that_nothing_is_kept(history_disk: Path) -> None:
    write_history(history_disk)
    subprocess.run(["mount", "-o", "remount,ro", history_disk], check=True)
    past, events = live_through(history_disk)
    assert past.total == 3
    assert events == [FaultRaised(fault=UNKEPT)]
    assert len(read_sessions(history_disk)) == 3


def test_where_no_folder_can_be_made_it_is_told_that_nothing_is_kept(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    past, events = live_through(tmp_path / "file" / "data")
    assert past == HistorySummary()
    assert events == [FaultRaised(fault=UNKEPT)]
