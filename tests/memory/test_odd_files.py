"""Whatever stands where the coach keeps something: it starts, and what it does not call unkept is there next time."""

from __future__ import annotations

import errno
import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.memory.notes import (
    AT_SERUM,
    AT_TONER,
    STAMP,
    live_through,
    lives_in_history,
)
from voice_coach.errors import HistoryError
from voice_coach.memory.history.history_file import HISTORY_NAME, History, read_sessions
from voice_coach.memory.history.quarantine import everything
from voice_coach.memory.session_store import JOURNAL_NAME, LOCK_NAME
from voice_coach.session.events import Fault

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

NOBODY = 65534
SPARE_NAME = f"{JOURNAL_NAME}.spare"
NAMES = (JOURNAL_NAME, SPARE_NAME, LOCK_NAME, HISTORY_NAME, f"{HISTORY_NAME}-journal", "settings.toml")


def a_folder(path: Path) -> None:
    path.mkdir()
    (path / "inside").touch()


def a_link_to_itself(path: Path) -> None:
    path.symlink_to(path.name)


def a_link_to_nothing(path: Path) -> None:
    path.symlink_to("nowhere/at/all")


def a_link_to_endless_zeros(path: Path) -> None:
    path.symlink_to("/dev/zero")


def a_pipe_that_nobody_writes_to(path: Path) -> None:
    os.mkfifo(path)


ODDITIES = (a_folder, a_link_to_itself, a_link_to_nothing, a_link_to_endless_zeros, a_pipe_that_nobody_writes_to)


def shape(path: Path) -> tuple[int, str]:
    return path.lstat().st_mode, str(path.readlink()) if path.is_symlink() else ""


@pytest.mark.parametrize("oddity", ODDITIES)
@pytest.mark.parametrize("name", NAMES)
def test_an_odd_file_is_left_as_it_is_and_the_session_is_kept_or_told_to_be_lost(
    tmp_path: Path, name: str, oddity: Callable[[Path], None]
) -> None:
    oddity(tmp_path / name)
    before = shape(tmp_path / name)
    life = live_through(tmp_path, AT_TONER, AT_SERUM)
    assert life.restored is None
    assert live_through(tmp_path).restored == AT_SERUM
    if name == HISTORY_NAME:
        assert Fault.UNKEPT_NOTES in life.lasting
    elif Fault.UNKEPT_NOTES not in life.lasting:
        assert lives_in_history(tmp_path) == 2
    else:
        assert name == f"{HISTORY_NAME}-journal"
    assert (Fault.UNREADABLE_NOTES in life.began) == (name in {JOURNAL_NAME, SPARE_NAME})
    assert Fault.DAMAGED_NOTES not in life.began
    kept = next(tmp_path.glob(f"{name}.unreadable-*"), None) if name == SPARE_NAME else tmp_path / name
    assert kept is not None
    assert shape(kept) == before or name == f"{HISTORY_NAME}-journal"  # which SQLite removes and makes as it likes


@pytest.mark.parametrize("oddity", [*ODDITIES, Path.touch, lambda path: path.symlink_to("x" * 300)])
def test_where_there_is_no_folder_to_keep_things_in_it_is_told(tmp_path: Path, oddity: Callable[[Path], None]) -> None:
    store = tmp_path / "store"
    if oddity is a_folder:
        store /= "x" * 300
    else:
        oddity(store)
    life = live_through(store / "notes", AT_SERUM)
    assert life.restored is None
    assert Fault.UNKEPT_NOTES in life.lasting


@pytest.mark.parametrize("oddity", ODDITIES)
def test_a_history_that_cannot_be_used_is_told_in_one_sentence(tmp_path: Path, oddity: Callable[[Path], None]) -> None:
    oddity(tmp_path / HISTORY_NAME)
    told = r"^The history .* cannot be used \(.*\): look at it and its folder\.$"
    for look in (read_sessions, everything):
        with pytest.raises(HistoryError, match=told):
            look(tmp_path)
    with pytest.raises(HistoryError, match=told):
        History(tmp_path).begin(STAMP, None)


def test_a_folder_that_cannot_be_listed_is_told_in_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_path: object) -> None:
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(os, "scandir", fail)
    with pytest.raises(HistoryError, match=r"^The folder .* cannot be used \(Input/output error\): look at it\.$"):
        everything(tmp_path)


@pytest.fixture
def foreign_store() -> Iterator[Path]:
    """A folder of the user nobody, who looks at it as long as the test runs; root may look at everything."""
    if os.geteuid() != 0:
        pytest.skip("working as another user takes root")
    with tempfile.TemporaryDirectory() as folder:
        live_through(Path(folder), AT_TONER)
        for path in (Path(folder), *Path(folder).iterdir()):
            os.chown(path, NOBODY, NOBODY)
        os.seteuid(NOBODY)
        try:
            yield Path(folder)
        finally:
            os.seteuid(0)


@pytest.mark.parametrize("name", [JOURNAL_NAME, LOCK_NAME, HISTORY_NAME, f"{HISTORY_NAME}-journal", "settings.toml"])
def test_a_file_that_may_not_be_read_costs_nothing_that_was_kept(foreign_store: Path, name: str) -> None:
    content = (foreign_store / name).read_bytes()
    (foreign_store / name).chmod(0)
    life = live_through(foreign_store)
    assert life.restored == (None if name == JOURNAL_NAME else AT_TONER)
    assert (Fault.UNREADABLE_NOTES in life.began) == (name == JOURNAL_NAME)
    assert (Fault.UNKEPT_NOTES in life.lasting) == name.startswith(HISTORY_NAME)
    (foreign_store / name).chmod(0o600)
    if not name.endswith("-journal"):
        assert (foreign_store / name).read_bytes() == content or name not in {JOURNAL_NAME, "settings.toml"}
    assert live_through(foreign_store).restored == AT_TONER


def test_a_folder_that_may_not_be_looked_into_keeps_nobody_from_starting(foreign_store: Path) -> None:
    foreign_store.chmod(0)
    life = live_through(foreign_store, AT_SERUM)
    assert life.restored is None
    assert Fault.UNKEPT_NOTES in life.lasting
    for look in (read_sessions, everything):
        with pytest.raises(HistoryError, match=r"Permission denied"):
            look(foreign_store)
    foreign_store.chmod(0o700)
    assert live_through(foreign_store).restored == AT_TONER
