"""The way to the log: a pipe, as C libraries and child processes can write into one, too."""

from __future__ import annotations

import io
import os
import select
import threading
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from _typeshed import ReadableBuffer

_BATCH_BYTES = 65_536


class LogPipe(io.RawIOBase):
    """Takes bytes at once, and lets a thread of its own write them. What comes faster than that takes it is lost.

    Pipe and thread begin with the first byte, or when the descriptor is asked for. `write` neither waits nor raises.

    Args:
        write: where to; it may wait, but not raise.
    """

    name = "log"

    def __init__(self, write: Callable[[bytes], None]) -> None:
        super().__init__()
        self._take = write
        self._guard = threading.Lock()
        self._open: _Open | None = None

    def writable(self) -> bool:
        """It is."""
        return True

    def close(self) -> None:
        """Stay open: several text streams share it, and each closes it at its own end."""

    def fileno(self) -> int:
        """The descriptor to write to; a write that finds no room fails with EAGAIN."""
        with self._guard:
            self._open = self._open or _Open(self._take)
            return self._open.descriptor

    def write(self, batch: ReadableBuffer) -> int:
        """Log something soon."""
        content = bytes(batch)
        with suppress(OSError, RuntimeError):  # no room, or no descriptor or thread to be had
            os.write(self.fileno(), content)
        return len(content)

    def finish(self, seconds: float) -> None:
        """Write what has come until now, for so long at most."""
        with self._guard:
            finishing, self._open = self._open, None
        if finishing is not None:
            finishing.close(seconds)


class _Open:
    """The pipe and its thread."""

    def __init__(self, take: Callable[[bytes], None]) -> None:
        self._take = take
        self._reading, self.descriptor = os.pipe()
        self._is_over, self._alive = os.pipe()
        """The first can be read when the second is closed."""
        os.set_blocking(self._reading, False)
        os.set_blocking(self.descriptor, False)
        self._thread = threading.Thread(target=self._run, name="log", daemon=True)
        self._thread.start()

    def close(self, seconds: float) -> None:
        os.close(self._alive)
        os.close(self.descriptor)
        self._thread.join(seconds)

    def _run(self) -> None:
        is_over = False
        while not is_over:
            ready, _, _ = select.select([self._reading, self._is_over], [], [])
            is_over = self._is_over in ready
            with suppress(BlockingIOError):
                while batch := os.read(self._reading, _BATCH_BYTES):
                    self._take(batch)
        os.close(self._reading)
        os.close(self._is_over)
