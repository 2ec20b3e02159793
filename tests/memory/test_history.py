from __future__ import annotations

import sqlite3
import time
from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.memory.masks import (
    DAY,
    FRIDAY,
    history_in,
    later,
    many_masks,
    mask_at,
)
from tests.patience import patient
from voice_coach.memory.history.history_file import HISTORY_NAME, read_sessions
from voice_coach.memory.history.history_store import VERSION
from voice_coach.routines.past_masks import (
    Ending,
    Feeling,
    FeelingReported,
    HistoryEvent,
    HistorySummary,
    LastMask,
    SessionEnded,
    SessionStarted,
    StepReached,
)

if TYPE_CHECKING:
    from pathlib import Path

    from voice_coach.session.persistence import Stamp

UNKEPT = replace(FRIDAY, is_wall_trusted=False)
FACTS = st.one_of(
    st.builds(SessionStarted, st.text(), st.text(), st.text(), st.floats(-10, 4000) | st.just(float("inf"))),
    st.builds(StepReached, st.text(), st.booleans()),
    st.builds(SessionEnded, st.sampled_from(Ending)),
    st.builds(FeelingReported, st.sampled_from(Feeling)),
)


@pytest.fixture
def _no_battery(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("platform.machine", lambda: "aarch64")


def past_in(folder: Path, now: Stamp) -> HistorySummary:
    with history_in(folder) as history:
        return history.past(now)


def test_where_there_was_no_mask_there_is_no_past_and_looking_makes_no_file(tmp_path: Path) -> None:
    with history_in(tmp_path / "data") as history:
        history.begin(FRIDAY, None)
        assert history.past(FRIDAY) == HistorySummary()
    assert list(tmp_path.iterdir()) == []


def test_a_session_is_kept_with_its_steps_their_times_its_end_and_how_it_felt(tmp_path: Path) -> None:
    with history_in(tmp_path) as history:
        mask_at(history, FRIDAY, feeling=Feeling.TIGHT, steps=("apply", "relax"))
    (session,) = read_sessions(tmp_path)
    assert (session.routine, session.name, session.mask, session.hold_seconds) == (
        "clay_mask", "Clay mask", "clay", 600.0,
    )  # fmt: skip
    assert session.began is not None
    assert session.began.timestamp() == FRIDAY.wall
    assert [(step.step, step.after_seconds) for step in session.steps] == [("apply", 300.0), ("relax", 600.0)]
    assert (session.ending, session.ended_seconds, session.feelings) == (Ending.DONE, 900.0, (Feeling.TIGHT,))


def test_the_past_says_when_the_last_mask_was_and_how_many_there_were(tmp_path: Path) -> None:
    with history_in(tmp_path) as history:
        for days in (40, 20, 6, 3):
            mask_at(history, later(FRIDAY, -days * DAY), feeling=Feeling.GOOD)
    last = LastMask(days_ago=3, weekday=1, routine="clay_mask", feeling=Feeling.GOOD)
    assert past_in(tmp_path, FRIDAY) == HistorySummary(last, in_week=2, in_month=3, total=4)


def test_a_mask_that_had_to_come_off_because_it_stung_is_remembered_as_stinging(tmp_path: Path) -> None:
    with history_in(tmp_path) as history:
        mask_at(history, FRIDAY, Ending.STUNG)
        last = history.past(later(FRIDAY, DAY)).last
    assert last is not None
    assert last.feeling is Feeling.STUNG


def test_a_session_left_before_the_mask_was_on_is_kept_but_is_no_mask(tmp_path: Path) -> None:
    with history_in(tmp_path) as history:
        mask_at(history, FRIDAY, Ending.LEFT, steps=("cleanse",))
        assert history.past(FRIDAY) == HistorySummary()
        mask_at(history, later(FRIDAY, DAY), Ending.LEFT)
        assert history.past(later(FRIDAY, DAY)).total == 1
    assert len(read_sessions(tmp_path)) == 2


def test_a_restored_session_goes_on_where_it_was(tmp_path: Path) -> None:
    with history_in(tmp_path) as history:
        mask_at(history, FRIDAY, None, steps=("apply", "relax"))
    now = later(FRIDAY, 700.0)
    with history_in(tmp_path) as history:
        history.begin(now, "clay_mask")
        assert history.past(now).total == 1
        for fact in (
            StepReached("relax", is_mask_on=True),
            StepReached("rinse", is_mask_on=False),
            SessionEnded(Ending.DONE),
        ):
            history.record(fact, now)
    (session,) = read_sessions(tmp_path)
    assert [step.step for step in session.steps] == ["apply", "relax", "rinse"]
    assert session.ending is Ending.DONE


def test_a_session_that_was_never_ended_and_does_not_go_on_was_left(tmp_path: Path) -> None:
    with history_in(tmp_path) as history:
        mask_at(history, FRIDAY, None, steps=("cleanse",))
    with history_in(tmp_path) as history:
        history.begin(later(FRIDAY, DAY), None)
    (session,) = read_sessions(tmp_path)
    assert (session.ending, session.ended_seconds) == (Ending.LEFT, None)


def test_who_starts_over_has_left_the_session_before(tmp_path: Path) -> None:
    with history_in(tmp_path) as history:
        mask_at(history, FRIDAY, None)
        mask_at(history, later(FRIDAY, DAY))
    assert [session.ending for session in read_sessions(tmp_path)] == [Ending.LEFT, Ending.DONE]


def test_a_restored_session_of_which_nothing_was_written_down_is_kept_from_then_on(tmp_path: Path) -> None:
    with history_in(tmp_path) as history:
        history.begin(FRIDAY, "clay_mask")
        history.record(StepReached("rinse", is_mask_on=False), FRIDAY)
    (session,) = read_sessions(tmp_path)
    assert (session.routine, session.steps[0].step, session.hold_seconds) == ("clay_mask", "rinse", None)


def test_a_word_on_the_skin_after_the_end_belongs_to_the_last_session(tmp_path: Path) -> None:
    with history_in(tmp_path) as history:
        mask_at(history, FRIDAY)
        history.record(FeelingReported(Feeling.DRY), later(FRIDAY, DAY))
    assert read_sessions(tmp_path)[0].feeling is Feeling.DRY


def test_facts_that_belong_to_no_session_are_passed_over(tmp_path: Path) -> None:
    with history_in(tmp_path) as history:
        for fact in (FeelingReported(Feeling.GOOD), StepReached("toner", is_mask_on=False), SessionEnded(Ending.DONE)):
            history.record(fact, FRIDAY)
        assert history.sessions() == ()


@pytest.mark.parametrize("wall", [0.0, 1.0, 1_700_000_000.0, 4_200_000_000.0, 1e18])
def test_a_date_that_cannot_be_is_unknown_rather_than_wrong(tmp_path: Path, wall: float) -> None:
    with history_in(tmp_path) as history:
        mask_at(history, replace(FRIDAY, wall=wall, boot_id=""))
        last = LastMask(days_ago=None, weekday=None, routine="clay_mask", feeling=None)
        assert history.past(FRIDAY) == HistorySummary(last, in_week=0, in_month=0, total=1)
    assert read_sessions(tmp_path)[0].began is None


@pytest.mark.usefixtures("_no_battery")
def test_a_clock_without_battery_and_network_gives_no_date(tmp_path: Path) -> None:
    with history_in(tmp_path) as history:
        mask_at(history, UNKEPT, feeling=Feeling.STUNG)
        past = history.past(UNKEPT)
    assert past.last == LastMask(days_ago=None, weekday=None, routine="clay_mask", feeling=Feeling.STUNG)
    assert read_sessions(tmp_path)[0].steps[0].after_seconds == 300.0


@pytest.mark.usefixtures("_no_battery")
def test_a_session_is_dated_when_the_network_has_set_the_clock(tmp_path: Path) -> None:
    wrong = replace(UNKEPT, wall=UNKEPT.wall - 5 * DAY)
    with history_in(tmp_path) as history:
        mask_at(history, wrong, None, steps=("cleanse",))
        history.record(StepReached("steam", is_mask_on=False), later(FRIDAY, 1000.0))
    (session,) = read_sessions(tmp_path)
    assert session.began is not None
    assert session.began.timestamp() == FRIDAY.wall


def test_a_mask_in_the_future_is_one_of_which_nobody_knows_when_it_was(tmp_path: Path) -> None:
    with history_in(tmp_path) as history:
        mask_at(history, later(FRIDAY, 300 * DAY))
    past = past_in(tmp_path, FRIDAY)
    assert past.last == LastMask(days_ago=None, weekday=None, routine="clay_mask", feeling=None)
    assert (past.in_week, past.total) == (0, 1)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(facts=st.lists(st.tuples(FACTS, st.floats(0, 1e5)), max_size=12))
def test_whatever_is_told_can_be_read_again(
    tmp_path_factory: pytest.TempPathFactory, facts: list[tuple[HistoryEvent, float]]
) -> None:
    folder = tmp_path_factory.mktemp("told")
    with history_in(folder) as history:
        for fact, seconds in facts:
            history.record(fact, later(FRIDAY, seconds))
        sessions = history.sessions()
        past = history.past(later(FRIDAY, 2 * DAY))
    assert len(sessions) == sum(isinstance(fact, SessionStarted) for fact, _ in facts)
    assert sum(session.ending is None for session in sessions) <= 1
    assert past.in_week <= past.in_month <= past.total == sum(session.is_mask for session in sessions)


def test_a_fact_is_on_the_disk_when_it_is_recorded_whatever_happens_then(tmp_path: Path) -> None:
    with history_in(tmp_path) as history:
        history.record(SessionStarted("clay_mask", "Clay", "clay", 600.0), FRIDAY)
        copy = tmp_path / "copy"
        copy.mkdir()
        (copy / HISTORY_NAME).write_bytes((tmp_path / HISTORY_NAME).read_bytes())
    assert len(read_sessions(copy)) == 1


def test_a_transaction_that_a_crash_broke_off_is_taken_back(tmp_path: Path) -> None:
    with history_in(tmp_path) as history:
        mask_at(history, FRIDAY)
        with history.store.writing() as connection:
            connection.execute("PRAGMA cache_size = 1")
            connection.execute("PRAGMA cache_spill = 1")
            sql = "INSERT INTO step (session, step, is_mask_on) VALUES (1, ?, 0)"
            connection.executemany(sql, [("half written" * 50,)] * 200)
            crashed = tmp_path / "crashed"
            crashed.mkdir()
            for path in tmp_path.glob(f"{HISTORY_NAME}*"):
                (crashed / path.name).write_bytes(path.read_bytes())
    assert b"half written" in (crashed / HISTORY_NAME).read_bytes()
    (session,) = read_sessions(crashed)
    assert len(session.steps) == 10


def test_an_earlier_version_is_brought_to_todays(tmp_path: Path) -> None:
    """Version 0 is an empty database; each later version gets its own line here."""
    with closing(sqlite3.connect(tmp_path / HISTORY_NAME)) as empty:
        empty.execute("VACUUM")
    assert read_sessions(tmp_path) == ()
    with history_in(tmp_path) as history:
        mask_at(history, FRIDAY)
    with closing(sqlite3.connect(tmp_path / HISTORY_NAME)) as connection:
        assert connection.execute("PRAGMA user_version").fetchone() == (VERSION,)


def test_nobody_else_may_read_it(tmp_path: Path) -> None:
    with history_in(tmp_path) as history:
        mask_at(history, FRIDAY)
    assert [path.stat().st_mode & 0o077 for path in tmp_path.glob(f"{HISTORY_NAME}*")] == [0, 0]


def test_a_thousand_sessions_are_told_in_less_than_a_second(tmp_path: Path) -> None:
    many_masks(tmp_path, 1000, FRIDAY)
    began = time.monotonic()
    with history_in(tmp_path) as history:
        history.begin(FRIDAY, None)
        past = history.past(FRIDAY)
    assert time.monotonic() - began < patient(1.0)
    assert past.total > 500
