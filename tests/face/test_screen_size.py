"""Whatever the environment or the terminal says of its size, what is shown can be read."""

from __future__ import annotations

import os
import pty
import re
import subprocess
import sys
import termios
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Coach = Callable[..., subprocess.CompletedProcess[str]]

_PAGES = ("commands", "routine list", "routine show facial_mask", "history", "--help", "doctor python disk hands")
_ODD = ("0", "00", "-1", "1", "19", "abc", "", " ", "\u00b2", "100000", "9" * 5000, "1e3")


@pytest.mark.parametrize("columns", _ODD)
def test_a_size_that_no_screen_has_is_not_believed(program: Coach, columns: str) -> None:
    usual = program("commands")
    odd = program("commands", COLUMNS=columns, LINES=columns)
    assert (odd.returncode, odd.stderr, odd.stdout) == (0, "", usual.stdout)


@pytest.mark.parametrize("page", _PAGES)
def test_no_columns_hide_no_page(program: Coach, page: str) -> None:
    usual = program(*page.split()).stdout
    assert len(program(*page.split(), COLUMNS="0", LINES="0").stdout.splitlines()) == len(usual.splitlines()) > 0


def test_a_width_that_a_screen_has_is_obeyed(coach: Coach) -> None:
    lines = coach("commands", COLUMNS="60").stdout.splitlines()
    assert 40 < max(map(len, lines)) <= 60


@pytest.mark.usefixtures("processes")
@pytest.mark.parametrize("page", ["commands", "routine show facial_mask"])
def test_a_terminal_that_does_not_know_its_size_is_80_wide(home: Path, page: str) -> None:
    ours, theirs = pty.openpty()
    termios.tcsetwinsize(theirs, (0, 0))
    environment = {"PATH": os.environ["PATH"], "HOME": str(home), "TERM": "vt100", "COLUMNS": "0"}
    with subprocess.Popen(
        [sys.executable, "-m", "voice_coach", *page.split()], stdout=theirs, stdin=theirs, env=environment
    ) as child:
        os.close(theirs)
        shown = b""
        while block := _read(ours):
            shown += block
    os.close(ours)
    assert child.returncode == 0
    assert 70 <= max(len(line) for line in re.sub(r"\x1b\[[0-9;]*m", "", shown.decode()).splitlines()) <= 80


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 65536)
    except OSError:  # the other end was closed
        return b""
