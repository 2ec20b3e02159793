"""How a life is ended by `kill -9`, and how processes that it has left behind are found.

Processes are found by a mark in their environment, whoever their parent is.
"""

from __future__ import annotations

import os
import signal
import time
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


MARK = "VOICE_COACH_LIFE"
_PATIENCE_SECONDS = 3.0


class End(Protocol):
    """A place in which coaches keep their files, and a way to end each coach."""

    @property
    def folders(self) -> Mapping[str, str]:
        """The environment variables that name the folders."""

    def strike(self, pid: int, life: str) -> bool:
        """End a coach now; return whether its disk was lost before it, so that its last lines may be untrue."""

    def recover(self) -> None:
        """Bring the disk back."""


class Kill:
    """`kill -9` of the coach alone.

    Args:
        folder: an empty one.
    """

    def __init__(self, folder: Path) -> None:
        self.folders = {f"XDG_{name}_HOME": str(folder / name.lower()) for name in ("CONFIG", "DATA", "STATE")}

    def strike(self, pid: int, life: str) -> bool:  # noqa: ARG002 - whose children are to end by themselves
        """See End."""
        os.kill(pid, signal.SIGKILL)
        return False

    def recover(self) -> None:
        """See End: nothing was lost."""


def mark_of(life: str) -> str:
    """What the processes of a life have in their environment, as MARK; another bench at the same time has its own."""
    return f"{os.getpid()}:{life}"


def count_by_life() -> Counter[str]:
    """The number of processes of each life, without those that have ended and were not yet reaped."""
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


class LeftoverProcesses:
    """Counts processes of killed lives that are still there a few seconds later."""

    def __init__(self) -> None:
        self._killed: dict[str, float] = {}
        self.count = 0
        """Processes that were still there."""

    def killed(self, life: str) -> None:
        """Remember a life that ended now."""
        self._killed[life] = time.monotonic()

    def look(self) -> None:
        """Count the processes of lives that were killed long enough ago; each life is looked at once."""
        due = [life for life, at in self._killed.items() if time.monotonic() - at >= _PATIENCE_SECONDS]
        if due:
            alive = count_by_life()
            self.count += sum(alive[life] for life in due)
            for life in due:
                del self._killed[life]

    def look_at_last(self) -> None:
        """Wait until the last life was killed long enough ago, and look."""
        if self._killed:
            time.sleep(_PATIENCE_SECONDS)
        self.look()
