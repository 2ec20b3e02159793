"""Processes that belong to one life of a coach, found by a mark in their environment, whoever their parent is."""

from __future__ import annotations

import os
import time
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

MARK = "VOICE_COACH_LIFE"
_PATIENCE_SECONDS = 3.0


def mark_of(life: str) -> str:
    """What the processes of a life have in their environment, as MARK; another bench at the same time has its own."""
    return f"{os.getpid()}:{life}"


def count_by_life() -> Counter[str]:
    """How many processes there are of each life; what has ended and was not yet reaped is none."""
    return Counter(_lives())


def _lives() -> Iterator[str]:
    for process in Path("/proc").glob("[0-9]*"):
        try:
            variables = (process / "environ").read_bytes().split(b"\0")
        except OSError:  # it has ended, or is another user's
            continue
        own = f"{MARK}={mark_of('')}".encode()
        if life := next((one for one in variables if one.startswith(own)), None):
            yield os.fsdecode(life.removeprefix(own))


class Remains:
    """Looks whether the killed ones are gone altogether, a few seconds later."""

    def __init__(self) -> None:
        self._killed: dict[str, float] = {}
        self.count = 0
        """Processes that were still there."""

    def killed(self, life: str) -> None:
        """Remember a life that ended now."""
        self._killed[life] = time.monotonic()

    def look(self) -> None:
        """Count what remains of those killed long enough ago; each is looked at once."""
        due = [life for life, at in self._killed.items() if time.monotonic() - at >= _PATIENCE_SECONDS]
        if due:
            alive = count_by_life()
            self.count += sum(alive[life] for life in due)
            for life in due:
                del self._killed[life]

    def look_at_last(self) -> None:
        """Wait for the last ones' time, and look."""
        if self._killed:
            time.sleep(_PATIENCE_SECONDS)
        self.look()
