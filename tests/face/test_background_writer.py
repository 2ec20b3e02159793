"""Standard output that nobody reads, on descriptors of the system."""

from __future__ import annotations

import io
import os
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from voice_coach.face.line_output import BackgroundWriter

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pytest

WITHOUT_WAITING_SECONDS = 1.0
"""For ten thousand texts; a write that waits for its reader waits for ever here."""


@contextmanager
def pipe() -> Iterator[tuple[int, int]]:
    """Both ends of a pipe, of which the test may have closed one."""
    ends = os.pipe()
    yield ends
    for end in ends:
        try:
            os.close(end)
        except OSError:
            continue


def stream(descriptor: int, encoding: str = "utf-8") -> io.TextIOWrapper:
    file = io.FileIO(descriptor, "w", closefd=False)
    return io.TextIOWrapper(file, encoding, errors="backslashreplace", write_through=True)


def read_all_there_is(reading: int) -> bytes:
    os.set_blocking(reading, False)
    return os.read(reading, 1_000_000)


def test_texts_arrive_in_their_order_and_what_no_encoding_knows_as_an_escape() -> None:
    with pipe() as (reading, writing):
        writer = BackgroundWriter(stream(writing, "ascii"))
        for text in ("one\n", "두\n", "\udcff\n"):
            writer.write(text)
        writer.flush()
        assert read_all_there_is(reading) == b"one\n\\ub450\n\\udcff\n"


def test_nobody_waits_for_a_reader_who_does_not_read() -> None:
    with pipe() as (reading, writing):
        writer = BackgroundWriter(stream(writing), most_waiting=100)
        began = time.monotonic()
        for _ in range(10_000):
            writer.write("x" * 1000)
        assert time.monotonic() - began < WITHOUT_WAITING_SECONDS
        writer.flush()  # returns
        os.close(reading)  # lets its thread end the write


def test_a_full_disk_and_a_reader_who_has_gone_are_told_once(caplog: pytest.LogCaptureFixture) -> None:
    full = os.open("/dev/full", os.O_WRONLY)
    with pipe() as (reading, writing):
        os.close(reading)
        for descriptor in (full, writing):
            caplog.clear()
            writer = BackgroundWriter(stream(descriptor))
            for _ in range(3):
                writer.write("x")
                writer.flush()
            assert len(caplog.records) == 1
    os.close(full)


def test_when_there_is_room_again_it_goes_on() -> None:
    with pipe() as (reading, writing):
        full = os.open("/dev/full", os.O_WRONLY)
        writer = BackgroundWriter(stream(full))
        writer.write("lost")
        writer.flush()
        os.dup2(writing, full)
        writer.write("kept")
        writer.flush()
        assert read_all_there_is(reading) == b"kept"
        os.close(full)
