"""The real program, whose standard output and error nobody reads, or a full disk holds: the mask comes off in time."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

import pytest

from tests.led_by_buttons import (
    PATIENCE_SECONDS,
    TO_THE_HOLD,
    Buttons,
    free_port,
    variables_for,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    Output = Callable[[], Iterator[int]]


@contextmanager
def full() -> Iterator[int]:
    descriptor = os.open("/dev/full", os.O_WRONLY)
    yield descriptor
    os.close(descriptor)


@contextmanager
def unread() -> Iterator[int]:
    """A pipe with no room left, and a reader who does not read."""
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    with suppress(BlockingIOError):
        while True:
            os.write(writing, bytes(4096))
    os.set_blocking(writing, True)
    yield writing
    os.close(writing)
    os.close(reading)


@contextmanager
def forsaken() -> Iterator[int]:
    """A pipe whose reader has gone."""
    reading, writing = os.pipe()
    os.close(reading)
    yield writing
    os.close(writing)


@pytest.mark.usefixtures("processes")
@pytest.mark.parametrize("kind", ["--json", "--plain"])
@pytest.mark.parametrize("output", [full, unread, forsaken], ids=lambda output: output.__name__)
def test_who_does_not_read_what_the_coach_writes_keeps_no_mask_on(tmp_path: Path, kind: str, output: Output) -> None:
    home = tmp_path / "home"
    home.mkdir()
    port = free_port()
    command = [sys.executable, "-m", "voice_coach", "start", kind, "--page", str(port), "--hold-seconds", "2"]
    with output() as written:  # type: ignore[attr-defined]
        coach = subprocess.Popen(
            command, env=variables_for(tmp_path, home), stdin=subprocess.DEVNULL, stdout=written, stderr=written
        )
        try:
            buttons = Buttons(port)
            for intent in TO_THE_HOLD:
                buttons.post(intent)
            buttons.wait_for_phase("removing")
            buttons.post("next")
            buttons.wait_for_phase("aftercare")
            coach.send_signal(signal.SIGTERM)
            assert coach.wait(PATIENCE_SECONDS) == 128 + signal.SIGTERM
        finally:
            coach.kill()
            coach.wait()
