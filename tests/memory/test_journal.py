from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.memory.notes import (
    AT_SERUM,
    AT_TONER,
    RELAXING,
    STORY,
    record_of,
    write_story,
)
from voice_coach.memory.journal import LARGEST_BYTES, Journal, read_records
from voice_coach.memory.journal_records import from_line, to_line

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("snapshot", STORY)
def test_a_record_is_read_as_it_was_written(snapshot: object) -> None:
    record = record_of(snapshot, 7)  # type: ignore[arg-type]
    line = to_line(record)
    assert line.endswith(b"\n")
    assert from_line(line[:-1]) == record


def test_the_last_record_is_the_session(tmp_path: Path) -> None:
    read = read_records(write_story(tmp_path))
    assert read.last is not None
    assert (read.last.snapshot, read.last.number) == (AT_SERUM, len(STORY))
    assert read.is_whole
    assert read.is_last_certain


def test_a_journal_cut_at_any_byte_gives_a_session_that_was_kept_and_knows_that_it_is_torn(tmp_path: Path) -> None:
    content = write_story(tmp_path)
    ends = [index + 1 for index, byte in enumerate(content) if byte == ord("\n")]
    for cut in range(len(content)):
        read = read_records(content[:cut])
        whole = sum(end <= cut for end in ends)
        assert (read.last.snapshot if read.last else "nothing") == (STORY[whole - 1] if whole else "nothing")
        assert read.is_last_certain == read.is_whole == (cut in ends)


def test_a_flipped_bit_is_noticed_and_never_gives_a_session_that_was_not_kept(tmp_path: Path) -> None:
    """Each bit of the last record, and one bit of each byte before it."""
    content = write_story(tmp_path)
    last_begins = content[:-1].rindex(b"\n")
    for place in range(len(content)):
        for bit in range(8) if place >= last_begins else (place % 8,):
            flipped = bytearray(content)
            flipped[place] ^= 1 << bit
            read = read_records(bytes(flipped))
            assert not read.is_whole
            assert read.last is None or read.last.snapshot in STORY
            if read.is_last_certain:
                assert read.last is not None
                assert read.last.snapshot == STORY[-1]


def test_records_that_were_swapped_doubled_or_lost_are_noticed(tmp_path: Path) -> None:
    lines = write_story(tmp_path).splitlines(keepends=True)
    for changed in (lines[::-1], [*lines, lines[0]], [*lines, lines[-1]], [*lines[:2], *lines[3:]], [lines[0], *lines]):
        assert not read_records(b"".join(changed)).is_last_certain


@given(st.binary(max_size=400))
def test_any_other_bytes_are_no_session(content: bytes) -> None:
    read = read_records(content)
    assert read.last is None
    assert not read.is_whole


@pytest.mark.parametrize(
    "content",
    [b"", b"\n", b"[settings]\nminutes = 12\n", b"\x00" * 5000, b"SQLite format 3\x00", b"\xff\xfe" * 99],
)
def test_an_empty_or_foreign_file_is_put_aside_under_a_name_that_says_when(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "session.journal"
    path.write_bytes(content)
    journal = Journal(path)
    read = journal.load()
    assert read is not None
    assert read.last is None
    journal.append(record_of(AT_TONER))
    assert [aside.read_bytes() for aside in tmp_path.glob("session.journal.damaged-20??-??-??T??-??-??")] == [content]
    again = Journal(path).load()
    assert again is not None
    assert again.is_whole
    assert again.last is not None
    assert again.last.snapshot == AT_TONER


def test_damaged_files_of_one_second_do_not_replace_each_other_and_only_a_few_are_kept(tmp_path: Path) -> None:
    path = tmp_path / "session.journal"
    for number in range(9):
        path.write_bytes(b"damage %d" % number)
        Journal(path).load()
    kept = sorted(file.read_bytes() for file in tmp_path.iterdir())
    assert len(kept) == 5
    assert b"damage 8" in kept


def test_a_journal_goes_on_after_a_restart(tmp_path: Path) -> None:
    write_story(tmp_path)
    journal = Journal(tmp_path / "session.journal")
    journal.load()
    journal.append(record_of(RELAXING))
    read = read_records((tmp_path / "session.journal").read_bytes())
    assert read.is_whole
    assert read.last is not None
    assert (read.last.number, read.last.snapshot) == (len(STORY) + 1, RELAXING)


def test_a_journal_stays_small_and_is_whole_at_any_time(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "session.journal")
    sizes = []
    for number in range(1, 300):
        snapshot = STORY[number % len(STORY)]
        journal.append(record_of(snapshot))
        content = (tmp_path / "session.journal").read_bytes()
        read = read_records(content)
        sizes.append(len(content))
        assert len(content) <= LARGEST_BYTES
        assert read.is_whole
        assert read.last is not None
        assert (read.last.number, read.last.snapshot) == (number, snapshot)
    assert sum(later < earlier for earlier, later in pairwise(sizes)) >= 1, "it was written anew"
    assert [file.name for file in tmp_path.iterdir()] == ["session.journal"]
