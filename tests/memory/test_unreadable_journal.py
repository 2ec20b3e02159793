"""A journal that cannot be read is not damaged: it stays, what is new is kept beside it, and the newest wins."""

from __future__ import annotations

import errno
import os
from typing import TYPE_CHECKING

import pytest

from tests.memory.notes import (
    AT_SERUM,
    AT_TONER,
    PAUSED,
    RELAXING,
    live_through,
    record_of,
    write_story,
)
from voice_coach.memory.journal import Journal, read_records
from voice_coach.memory.session_store import JOURNAL_NAME
from voice_coach.session.events import Fault, Restored

if TYPE_CHECKING:
    from pathlib import Path

    from tests.memory.disks import Ext4
    from voice_coach.session.persistence import Snapshot

SPARE_NAME = f"{JOURNAL_NAME}.spare"


def unreadable(patch: pytest.MonkeyPatch, *names: str, times: int = 1000) -> None:
    """Let opening files of these names to read them fail with EIO."""
    real, left = os.open, [times]

    def fail(path: str | os.PathLike[str], flags: int, *rest: int) -> int:
        if os.path.basename(path) in names and not flags & os.O_WRONLY and left[0]:  # noqa: PTH119 - may be text
            left[0] -= 1
            raise OSError(errno.EIO, "Input/output error")
        return real(path, flags, *rest)

    patch.setattr(os, "open", fail)


def last_in(path: Path) -> Snapshot | None:
    read = read_records(path.read_bytes())
    assert read.is_whole
    assert read.last is not None
    return read.last.snapshot


def test_a_bad_sector_costs_neither_the_old_session_nor_the_new_one(ext4: Ext4, tmp_path: Path) -> None:
    (tmp_path / "notes").mkdir()
    live_through(tmp_path / "notes", RELAXING)
    content = (tmp_path / "notes" / JOURNAL_NAME).read_bytes()
    ext4.write_last(JOURNAL_NAME, content)
    ext4.lose_sectors(JOURNAL_NAME)
    with pytest.raises(OSError, match="Input/output error"):
        (ext4.folder / JOURNAL_NAME).read_bytes()
    life = live_through(ext4.folder, AT_TONER, AT_SERUM)
    assert life.restored is None
    assert life.began == {Fault.UNREADABLE_NOTES}
    ext4.find_sectors()
    assert (ext4.folder / JOURNAL_NAME).read_bytes() == content
    assert live_through(ext4.folder).restored == AT_SERUM


def test_an_error_that_does_not_last_costs_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    live_through(tmp_path, RELAXING)
    with monkeypatch.context() as patch:
        unreadable(patch, JOURNAL_NAME)
        assert live_through(tmp_path).restored is None
    assert live_through(tmp_path).restored == RELAXING


def test_a_journal_that_can_be_read_again_takes_the_records_of_now_and_the_trouble_is_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = write_story(tmp_path)
    unreadable(monkeypatch, JOURNAL_NAME, times=1)
    life = live_through(tmp_path, PAUSED)
    assert life.began == {Fault.UNREADABLE_NOTES}
    assert life.lasting == set()
    assert (tmp_path / JOURNAL_NAME).read_bytes().startswith(old)
    assert last_in(tmp_path / JOURNAL_NAME) == PAUSED
    assert not (tmp_path / SPARE_NAME).exists()


def test_the_newest_session_wins_over_any_number_of_starts_and_no_file_is_left_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = write_story(tmp_path)
    restored = []
    for snapshot in (AT_TONER, RELAXING, PAUSED):
        with monkeypatch.context() as patch:
            unreadable(patch, JOURNAL_NAME)
            restored.append(live_through(tmp_path, snapshot).restored)
        assert (tmp_path / JOURNAL_NAME).read_bytes() == old
    life = live_through(tmp_path, AT_SERUM)
    assert [*restored, life.restored] == [None, AT_TONER, RELAXING, PAUSED]
    assert (tmp_path / JOURNAL_NAME).read_bytes().startswith(old)
    assert live_through(tmp_path).restored == AT_SERUM
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(JOURNAL_NAME)] == [JOURNAL_NAME]


@pytest.mark.parametrize("step", ["append", "unlink", "sync"])
def test_a_power_cut_while_the_two_become_one_costs_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    write_story(tmp_path)
    with monkeypatch.context() as patch:
        unreadable(patch, JOURNAL_NAME)
        live_through(tmp_path, RELAXING)
    before = {path.name: path.read_bytes() for path in tmp_path.glob(f"{JOURNAL_NAME}*")}
    assert SPARE_NAME in before

    class PowerCutError(Exception):
        pass

    def cut(*_arguments: object) -> None:
        raise PowerCutError

    journal = Journal(tmp_path / JOURNAL_NAME)
    with monkeypatch.context() as patch:
        places = {"append": (os, "write"), "unlink": (os, "unlink"), "sync": (os, "fsync")}
        patch.setattr(*places[step], cut)
        with pytest.raises(PowerCutError):
            journal.append(record_of(AT_SERUM))
    assert live_through(tmp_path).restored == RELAXING


def test_when_neither_can_be_read_the_session_is_kept_for_the_next_start_and_nothing_is_overwritten(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = write_story(tmp_path)
    with monkeypatch.context() as patch:
        unreadable(patch, JOURNAL_NAME)
        live_through(tmp_path, RELAXING)
        spare = (tmp_path / SPARE_NAME).read_bytes()
        for _ in range(9):
            unreadable(patch, JOURNAL_NAME, SPARE_NAME)
            life = live_through(tmp_path, AT_TONER)
    asides = [path.read_bytes() for path in tmp_path.glob(f"{SPARE_NAME}.unreadable-*")]
    assert spare in asides
    assert len(asides) == 5
    assert Fault.UNKEPT_NOTES in life.lasting
    assert (tmp_path / JOURNAL_NAME).read_bytes() == old
    assert live_through(tmp_path).restored == AT_TONER


def test_a_session_from_before_the_last_notes_is_asked_about_when_those_cannot_be_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    live_through(tmp_path, RELAXING)
    with monkeypatch.context() as patch:
        unreadable(patch, JOURNAL_NAME)
        live_through(tmp_path, AT_TONER)
    with monkeypatch.context() as patch:
        unreadable(patch, SPARE_NAME)
        life = live_through(tmp_path)
    assert isinstance(life.first, Restored)
    assert life.first.snapshot == RELAXING
    assert not life.first.is_certain
    assert life.began == {Fault.UNREADABLE_NOTES}


def test_a_damaged_journal_that_cannot_be_put_aside_is_not_overwritten_nor_told_to_be_put_aside(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    damaged = write_story(tmp_path) + b"damage\n"
    (tmp_path / JOURNAL_NAME).write_bytes(damaged)
    real = os.replace

    def fail(source: Path, target: Path) -> None:
        if ".damaged-" in target.name:
            raise OSError(errno.EACCES, "Permission denied")
        real(source, target)

    with monkeypatch.context() as patch:
        patch.setattr(os, "replace", fail)
        life = live_through(tmp_path, PAUSED)
    assert life.restored == AT_SERUM
    assert life.began == {Fault.UNREADABLE_NOTES}
    assert (tmp_path / JOURNAL_NAME).read_bytes() == damaged
    assert live_through(tmp_path).restored == PAUSED
    assert [path.read_bytes() for path in tmp_path.glob(f"{JOURNAL_NAME}.damaged-*")] == [damaged]


def test_a_journal_whose_name_was_removed_while_the_coach_is_at_work_is_made_anew(tmp_path: Path) -> None:
    journal = Journal(tmp_path / JOURNAL_NAME)
    for snapshot in (AT_TONER, RELAXING):
        journal.append(record_of(snapshot))
    (tmp_path / JOURNAL_NAME).unlink()
    journal.append(record_of(PAUSED))
    journal.append(record_of(AT_SERUM))
    assert last_in(tmp_path / JOURNAL_NAME) == AT_SERUM


def test_what_a_link_of_the_journals_new_name_leads_to_is_not_overwritten(tmp_path: Path) -> None:
    (tmp_path / "letter").write_text("Dear aunt")
    (tmp_path / f"{JOURNAL_NAME}.new").symlink_to("letter")
    Journal(tmp_path / JOURNAL_NAME).append(record_of(AT_TONER))
    assert (tmp_path / "letter").read_text() == "Dear aunt"
    assert last_in(tmp_path / JOURNAL_NAME) == AT_TONER
