from __future__ import annotations

import csv
import io
import json
import os
import pty
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

from tests.memory.masks import (
    DAY,
    FRIDAY,
    history_in,
    later,
    many_masks,
    mask_at,
)
from tests.patience import patient
from voice_coach.memory.clocks import read_stamp
from voice_coach.memory.history.history_file import HISTORY_NAME, read_sessions
from voice_coach.routines.past_masks import Ending, Feeling

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Coach

NASTY = '=cmd()|"[red]<b>&\x1b[31m\u202e'


@pytest.fixture
def data(home: Path) -> Path:
    """The folder of the history of the child's home."""
    folder = home / ".local" / "share" / "voice-coach"
    folder.mkdir(parents=True)
    return folder


def tell_three(folder: Path) -> None:
    with history_in(folder) as history:
        mask_at(history, later(FRIDAY, -3 * DAY), feeling=Feeling.STUNG)
        mask_at(history, later(FRIDAY, -DAY), Ending.LEFT, steps=("cleanse",))
        mask_at(history, FRIDAY, feeling=Feeling.GOOD, name=NASTY, kind="")


def test_where_there_is_no_history_a_friendly_sentence_says_so(coach: Coach) -> None:
    shown = coach("history")
    assert (shown.returncode, shown.stdout.count("\n")) == (0, 1)
    assert "No masks yet" in shown.stdout


def test_the_calendar_shows_the_year_its_masks_the_counts_and_the_last_one(coach: Coach, data: Path) -> None:
    tell_three(data)
    shown = coach("history", "--year", 2027)
    assert shown.returncode == 0
    assert "Your masks in 2027" in shown.stdout
    assert "C clay mask" in shown.stdout
    assert "2  in all" in shown.stdout
    assert "Friday, 15 January 2027: =cmd()" in shown.stdout
    assert "felt good" in " ".join(shown.stdout.split())
    assert "\x1b" not in shown.stdout
    assert "\u202e" not in shown.stdout
    assert max(map(len, shown.stdout.splitlines())) <= 80


def test_json_holds_everything(coach: Coach, data: Path) -> None:
    tell_three(data)
    found = json.loads(coach("history", "--json").stdout)
    first, second, third = found["sessions"]
    assert found["counts"]["total"] == 2
    assert (first["routine"], first["mask"], first["ending"], first["feelings"]) == (
        "clay_mask", "clay", "done", ["stung"],
    )  # fmt: skip
    assert first["steps"][3] == {"step": "relax", "is_mask_on": True, "after_seconds": 1200.0}
    assert (second["ending"], second["is_mask"]) == ("left", False)
    assert (third["name"], third["mask"]) == (NASTY, None)


def test_csv_holds_a_line_a_session_and_nothing_that_a_spreadsheet_calculates(coach: Coach, data: Path) -> None:
    tell_three(data)
    rows = list(csv.DictReader(io.StringIO(coach("history", "--csv", "--year", 2027).stdout)))
    assert [row["number"] for row in rows] == ["1", "2", "3"]
    assert rows[0]["steps"].startswith("cleanse 300; steam 600;")
    assert rows[2]["name"].startswith("'=cmd()")
    assert not [cell for row in rows for cell in row.values() if cell.startswith(("=", "+", "-", "@"))]


def test_a_year_without_sessions_has_no_rows(coach: Coach, data: Path) -> None:
    tell_three(data)
    assert len(coach("history", "--csv", "--year", 2026).stdout.splitlines()) == 1


def test_a_picture_is_written_or_printed(coach: Coach, data: Path, tmp_path: Path) -> None:
    tell_three(data)
    done = coach("history", "--svg", tmp_path / "year.svg", "--year", 2027)
    assert done.returncode == 0
    assert coach("history", "--svg", "-", "--year", 2027).stdout == (tmp_path / "year.svg").read_text()
    refused = coach("history", "--svg", tmp_path / "no" / "year.svg")
    assert (refused.returncode, refused.stderr.count("\n")) == (1, 1)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--json", "--csv"], "do not go together"),
        (["--year", "12"], "a whole number from 2000 to 2999"),
        (["--json", "forget", "--all"], "takes its own options only"),
        (["forget"], "Say what to forget"),
        (["forget", "--all", "--last"], "Say what to forget"),
        (["forget", "--before", "yesterday"], "a day such as 2026-05-31"),
    ],
)
def test_what_makes_no_sense_is_said_in_a_sentence(coach: Coach, arguments: list[str], sentence: str) -> None:
    refused = coach("history", *arguments)
    assert (refused.returncode, refused.stderr.count("\n")) == (2, 1)
    assert sentence in refused.stderr


def test_a_damaged_history_gets_a_sentence(coach: Coach, data: Path) -> None:
    (data / HISTORY_NAME).write_text("shopping list")
    for arguments in ((), ("--json",), ("forget", "--last", "--yes")):
        refused = coach("history", *arguments)
        assert (refused.returncode, refused.stderr.count("\n")) == (1, 1)
    assert coach("history", "forget", "--all", "--yes").stdout == "Erased: 1 damaged files.\n"
    assert list(data.iterdir()) == []


def test_without_a_terminal_nothing_is_forgotten_unless_it_is_agreed_to(coach: Coach, data: Path) -> None:
    tell_three(data)
    refused = coach("history", "forget", "--all", stdin="y\n")
    assert refused.returncode == 2
    assert "--yes" in refused.stderr
    assert len(read_sessions(data)) == 3
    assert coach("history", "forget", "--last", "--yes").stdout == "Erased: 1 session, 15 January 2027.\n"
    done = coach("history", "forget", "--before", "2027-01-13", "--yes")
    assert done.stdout == "Erased: 1 session, 12 January 2027.\n"
    assert coach("history", "forget", "--all", "--yes").stdout == "Erased: 1 session, 14 January 2027.\n"
    assert coach("history", "forget", "--all", "--yes").stdout == "There is nothing to forget.\n"


@pytest.mark.usefixtures("processes")
@pytest.mark.parametrize(("answer", "left"), [("n", 3), ("", 3), ("y", 0)])
def test_on_a_terminal_it_asks_first(home: Path, data: Path, answer: str, left: int) -> None:
    tell_three(data)
    master, slave = pty.openpty()
    child = subprocess.Popen(
        [sys.executable, "-m", "voice_coach", "history", "forget", "--all"],
        stdin=slave, stdout=subprocess.PIPE, text=True, env={"PATH": os.environ["PATH"], "HOME": str(home)},
    )  # fmt: skip
    os.write(master, f"{answer}\n".encode())
    said, _ = child.communicate(timeout=patient(60))
    os.close(slave)
    os.close(master)
    assert "Erase 3 sessions, 12 January 2027 to 15 January 2027 for good?" in said
    assert len(read_sessions(data)) == left


def test_a_thousand_sessions_are_shown_in_a_second(coach: Coach, data: Path) -> None:
    many_masks(data, 1000, read_stamp())
    coach("history")  # compiled and cached from now on
    seconds = []
    for _ in range(3):
        began = time.monotonic()
        assert coach("history").returncode == 0
        seconds.append(time.monotonic() - began)
    assert min(seconds) < patient(1.0)
