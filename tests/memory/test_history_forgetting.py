from __future__ import annotations

import os
import struct
import subprocess
from contextlib import closing
from datetime import date
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
from voice_coach.errors import HistoryError
from voice_coach.memory.history.history_file import HISTORY_NAME, History, read_sessions
from voice_coach.memory.history.quarantine import (
    Forgettable,
    before,
    everything,
    forget,
    last_of,
)
from voice_coach.routines.past_masks import Ending, Feeling
from voice_coach.session.persistence import Stamp

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SECRET_STEPS = ("zebrafish", "quicksilver", "marmalade")
SECRET = Stamp("secretboot", 4321.125, 1_801_234_567.5, is_wall_trusted=True)
SECRETS = (*SECRET_STEPS, "Kumquat", "secretboot", "2027-01-29", "dry")


def traces() -> list[bytes]:
    """The words and numbers of a secret session, as they would lie in a file."""
    numbers = [struct.pack(">d", value) for value in (SECRET.monotonic, SECRET.wall)]
    return [text.encode() for text in SECRETS] + numbers


def remains(folder: Path) -> set[bytes]:
    """Which of them are in any file of a folder."""
    content = b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())
    return {trace for trace in traces() if trace in content}


def tell_secret(history: History) -> None:
    mask_at(history, SECRET, feeling=Feeling.DRY, kind="clay", name="Kumquat " * 300, steps=SECRET_STEPS)


def forget_last(folder: Path) -> None:
    forget(folder, Forgettable(last_of(read_sessions(folder))))


def test_the_secret_is_in_the_files_until_it_is_forgotten_and_then_in_none(tmp_path: Path) -> None:
    many_masks(tmp_path, 40, FRIDAY)
    with history_in(tmp_path) as history:
        tell_secret(history)
    assert remains(tmp_path) == set(traces())
    kept = read_sessions(tmp_path)[:-1]
    forget_last(tmp_path)
    assert remains(tmp_path) - {b"dry"} == set()
    assert read_sessions(tmp_path) == kept


def test_when_all_is_forgotten_no_word_is_left_and_the_file_is_small(tmp_path: Path) -> None:
    with history_in(tmp_path) as history:
        tell_secret(history)
    many_masks(tmp_path / "many", 1000, FRIDAY)
    for folder in (tmp_path, tmp_path / "many"):
        forget(folder, everything(folder))
        assert read_sessions(folder) == ()
    content = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    words = [b"zebrafish", b"Kumquat", b"clay_mask", b"cleanse", b"toner", b"done", b"2027-", b"stung", b"good"]
    assert [word for word in words if word in content] == []
    assert remains(tmp_path) == set()
    assert len(content) < 100_000


def test_a_coach_that_is_at_work_goes_on_and_the_word_on_the_skin_finds_the_session_before(tmp_path: Path) -> None:
    with history_in(tmp_path) as history:
        mask_at(history, FRIDAY)
        tell_secret(history)
        forget_last(tmp_path)
        mask_at(history, later(SECRET, DAY), feeling=Feeling.GOOD, name="After it")
        assert [session.name for session in history.sessions()] == ["Clay mask", "After it"]
    assert remains(tmp_path) <= {b"secretboot"}


def test_before_a_day_means_that_day_is_kept(tmp_path: Path) -> None:
    with history_in(tmp_path) as history:
        for days in range(4):
            mask_at(history, later(FRIDAY, days * DAY))
    sessions = read_sessions(tmp_path)
    forget(tmp_path, Forgettable(before(sessions, date(2027, 1, 17))))
    assert read_sessions(tmp_path) == sessions[2:]


def test_a_session_without_a_date_is_before_a_day_when_a_later_one_is(tmp_path: Path) -> None:
    undated = Stamp("", 1.0, 5.0, is_wall_trusted=False)
    with history_in(tmp_path) as history:
        for stamp in (undated, FRIDAY, undated):
            mask_at(history, stamp)
    sessions = read_sessions(tmp_path)
    assert before(sessions, date(2027, 1, 16)) == sessions[:2]
    assert before(sessions, date(2027, 1, 15)) == ()


def test_damaged_histories_are_forgotten_with_all_others(tmp_path: Path) -> None:
    with history_in(tmp_path) as history:
        tell_secret(history)
    path = tmp_path / HISTORY_NAME
    path.rename(tmp_path / f"{HISTORY_NAME}.damaged-2027-01-01T10-00-00")
    with history_in(tmp_path) as history:
        tell_secret(history)
    path.write_bytes(path.read_bytes()[:-3000])
    forget(tmp_path, everything(tmp_path))
    assert remains(tmp_path) == set()
    assert not everything(tmp_path)


def test_what_cannot_be_erased_is_said(tmp_path: Path) -> None:
    path = tmp_path / f"{HISTORY_NAME}.damaged-2027-01-01T10-00-00"
    path.mkdir()
    with pytest.raises(HistoryError, match="could not be erased"):
        forget(tmp_path, everything(tmp_path))


@pytest.fixture
def image(tmp_path: Path, processes: None) -> Iterator[tuple[Path, Path]]:
    """An ext4 file system in a file, and where it is mounted; takes root."""
    if os.geteuid() != 0:
        pytest.skip("mounting a disk takes root")
    image, folder = tmp_path / "image", tmp_path / "disk"
    image.write_bytes(bytes(8_000_000))
    folder.mkdir()
    subprocess.run(["mkfs.ext4", "-q", image], check=True)
    if subprocess.run(["mount", "-o", "loop", image, folder], check=False, capture_output=True).returncode:
        pytest.skip("no loop device can be had")
    yield image, folder
    subprocess.run(["umount", "--lazy", folder], check=False, capture_output=True)


@pytest.mark.parametrize("is_all", [True, False])
def test_of_what_is_forgotten_nothing_is_left_on_the_disk_either(image: tuple[Path, Path], *, is_all: bool) -> None:
    disk, folder = image
    history = History(folder)
    with closing(history):
        mask_at(history, FRIDAY)
        tell_secret(history)
        mask_at(history, later(SECRET, DAY), Ending.DONE, steps=("toner",))
        forgettable = everything(folder) if is_all else Forgettable(read_sessions(folder)[:2])
    subprocess.run(["sync", "-f", folder], check=True)
    assert b"Kumquat" in disk.read_bytes()
    forget(folder, forgettable)
    subprocess.run(["umount", folder], check=True)
    content = disk.read_bytes()
    assert [word for word in (*SECRET_STEPS, "Kumquat") if word.encode() in content] == []
