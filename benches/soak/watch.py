"""Watches the coach while it is soaked: memory, threads, processes and open files, every few seconds."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from benches.common.process_tree import Usage, folder_bytes, inventory, usage

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Callable, Mapping
    from pathlib import Path
    from types import TracebackType


_SETTLING_TRIES = 8
_SETTLING_SECONDS = 0.5


@dataclass(frozen=True, slots=True)
class Sample:
    """One look at the coach."""

    at: float
    """Seconds since the watch began."""
    usage: Usage
    folder_bytes: Mapping[str, int]
    """Size of each folder that the coach keeps something in."""
    commands: int
    """Commands given so far."""


@dataclass(frozen=True, slots=True)
class Stock:
    """Processes, threads and open files by kind, in a quiet moment between two walks."""

    at: float
    kinds: Counter[str]


class Watch:
    """Samples in a thread of its own, for as long as the `with` block lasts.

    Args:
        pid: of the coach.
        folders: what it keeps things in, by name.
        every_seconds: how often to look.
        commands: tells how many commands have been given.
    """

    def __init__(
        self, pid: int, folders: Mapping[str, Path], every_seconds: float, commands: Callable[[], int]
    ) -> None:
        self.samples: list[Sample] = []
        self.stocks: list[Stock] = []
        self._pid = pid
        self._folders = folders
        self._every_seconds = every_seconds
        self._commands = commands
        self._began_at = time.monotonic()
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._run, name="watch", daemon=True)

    def __enter__(self) -> Self:
        """Look from now on."""
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop looking."""
        self._is_over.set()
        self._thread.join()

    @property
    def seconds(self) -> float:
        """Seconds since the watch began."""
        return time.monotonic() - self._began_at

    def take_stock(self) -> None:
        """Count what is there, in a quiet moment; what is there for half a second only is no leak, so look again."""
        kinds = inventory(self._pid)
        if self.stocks:
            for _ in range(_SETTLING_TRIES):
                if kinds == self.stocks[-1].kinds:
                    break
                time.sleep(_SETTLING_SECONDS)
                kinds = inventory(self._pid)
        self.stocks.append(Stock(self.seconds, kinds))

    def _run(self) -> None:
        while not self._is_over.is_set():
            taken = usage(self._pid)
            if taken.rss_bytes:
                sizes = {name: folder_bytes(folder) for name, folder in self._folders.items()}
                self.samples.append(Sample(self.seconds, taken, sizes, self._commands()))
            self._is_over.wait(self._every_seconds)
