"""A machine that sleeps, as its programs see it: CLOCK_BOOTTIME has jumped, CLOCK_MONOTONIC and all waits have not.

A test cannot suspend the machine that it runs on. `MachineSleep` is for the process of the test, `SleepyMachine` for
the programs that it starts.
"""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

_CUSTOMIZE = """\
import os, time

def _clock_gettime(clock, _real=time.clock_gettime, _file=os.environ["SLEPT_SECONDS_FILE"]):
    with open(_file) as file:
        slept = float(file.read())
    return _real(clock) + (slept if clock == time.CLOCK_BOOTTIME else 0.0)

time.clock_gettime = _clock_gettime
"""
"""Python runs it at the start of each program, so that all processes of the coach share one machine."""


class MachineSleep:
    """Lets this process believe that the machine has slept.

    Args:
        monkeypatch: gives the clock back.
    """

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._seconds = 0.0
        real = time.clock_gettime
        monkeypatch.setattr(
            time,
            "clock_gettime",
            lambda clock: real(clock) + (self._seconds if clock == time.CLOCK_BOOTTIME else 0.0),
        )

    def sleep(self, seconds: float) -> None:
        """Sleep for so long and wake up, all in no time."""
        self._seconds += seconds


class SleepyMachine:
    """For programs that are started with `variables`.

    Args:
        folder: an empty one.
    """

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        self._file = folder / "slept-seconds"
        self._seconds = 0.0
        self.sleep(0.0)
        (folder / "sitecustomize.py").write_text(_CUSTOMIZE)
        path = os.pathsep.join([str(folder), os.environ.get("PYTHONPATH", "")]).strip(os.pathsep)
        self.variables = {"PYTHONPATH": path, "SLEPT_SECONDS_FILE": str(self._file)}

    def sleep(self, seconds: float) -> None:
        """Sleep for so long and wake up, all in no time."""
        self._seconds += seconds
        fresh = self._file.with_suffix(".new")
        fresh.write_text(str(self._seconds))
        fresh.replace(self._file)
