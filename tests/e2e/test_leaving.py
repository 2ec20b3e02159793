"""However the program is left, the terminal is as it was and no process stays behind."""

from __future__ import annotations

import contextlib
import os
import pty
import select
import signal
import subprocess
import sys
import termios
import time
from typing import TYPE_CHECKING

import pytest

from tests.patience import patient

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from voice_coach.rehearsal.virtual_card import VirtualCard

READY_SECONDS = patient(120.0)
LEAVE_SECONDS = 20.0
INTERRUPTED = 128 + signal.SIGINT


class Terminal:
    """A terminal of our own with the coach in it, in a home of its own: of two coaches in one, the second leaves."""

    def __init__(self, card: VirtualCard, home: Path, lines: int = 30, columns: int = 100) -> None:
        self._ours, self._theirs = pty.openpty()
        termios.tcsetwinsize(self._theirs, (lines, columns))
        self.settings_before = termios.tcgetattr(self._theirs)
        self.seen = b""
        self.process = subprocess.Popen(
            [sys.executable, "-m", "voice_coach", "start"],
            env={**card.environment, "HOME": str(home), "TERM": "xterm-256color"},
            stdin=self._theirs, stdout=self._theirs, stderr=self._theirs, start_new_session=True,
        )  # fmt: skip

    @property
    def settings(self) -> list[object]:
        """How the terminal is set now."""
        return termios.tcgetattr(self._theirs)

    def read_until(self, text: bytes, seconds: float) -> bool:
        """Read what the coach shows until a text was seen."""
        deadline = time.monotonic() + seconds
        while text not in self.seen and time.monotonic() < deadline:
            self._read(0.2)
        return text in self.seen

    def leave(self) -> int:
        """Read until the coach has ended; return its exit status."""
        deadline = time.monotonic() + LEAVE_SECONDS
        while self.process.poll() is None and time.monotonic() < deadline:
            self._read(0.2)
        self._read(0.2)
        return self.process.wait(0.1)

    def close(self) -> None:
        """End what still runs."""
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        os.close(self._ours)
        os.close(self._theirs)

    def type(self, keys: bytes) -> None:
        """Press keys."""
        os.write(self._ours, keys)

    def _read(self, seconds: float) -> None:
        ready, _, _ = select.select([self._ours], [], [], seconds)
        if ready:
            with contextlib.suppress(OSError):
                self.seen += os.read(self._ours, 65_536)


@pytest.fixture
def terminal(card: VirtualCard, home: Path) -> Iterator[Terminal]:
    one = Terminal(card, home)
    yield one
    one.close()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_leaves_the_terminal_as_it_was(terminal: Terminal, number: signal.Signals) -> None:
    assert terminal.read_until(b"start the mask", READY_SECONDS)
    terminal.process.send_signal(number)
    status = terminal.leave()
    assert status in (0, 128 + number)
    assert terminal.settings == terminal.settings_before
    assert b"Traceback" not in terminal.seen
    assert terminal.seen.count(b"\x1b[?1049h") == terminal.seen.count(b"\x1b[?1049l")
    assert terminal.seen.rfind(b"\x1b[?25h") >= terminal.seen.rfind(b"\x1b[?25l")


def test_leaving_twice_in_a_row_is_no_crash_either(terminal: Terminal) -> None:
    assert terminal.read_until(b"start the mask", READY_SECONDS)
    terminal.process.send_signal(signal.SIGINT)
    terminal.process.send_signal(signal.SIGINT)
    assert terminal.leave() in (0, INTERRUPTED)
    assert b"Traceback" not in terminal.seen
    assert terminal.settings == terminal.settings_before


def test_a_terminal_that_does_not_know_its_size_shows_the_page_too(card: VirtualCard, home: Path) -> None:
    terminal = Terminal(card, home, lines=0, columns=0)
    try:
        assert terminal.read_until(b"start the mask", READY_SECONDS), terminal.seen[-4000:]
    finally:
        terminal.close()
