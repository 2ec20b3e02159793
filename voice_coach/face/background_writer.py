"""Writes standard output from a thread of its own: the coach waits for no reader, and no full disk ends it."""

from __future__ import annotations

import logging
import queue
import threading
from typing import Protocol, TextIO

_MOST_WAITING = 10_000
"""How many texts may wait to be written; a whole routine writes about a thousand."""
_FLUSH_SECONDS = 1.0

_log = logging.getLogger(__name__)


class TextSink(Protocol):
    """Takes texts, as a stream does."""

    def write(self, text: str, /) -> object:
        """Write a text soon."""

    def flush(self) -> object:
        """Let what is written reach its reader."""


class BackgroundWriter:
    """Writes texts to a stream in their order. No method raises; for any thread. A TextSink.

    Texts that nobody reads are dropped when too many of them wait, and so are texts that a full disk does not take. A
    reader that has gone is no error either: the person still listens.

    Args:
        stream: nobody else writes to it.
        most_waiting: how many texts may wait.
    """

    def __init__(self, stream: TextIO, most_waiting: int = _MOST_WAITING) -> None:
        self._stream = stream
        self._waiting: queue.Queue[str | threading.Event] = queue.Queue(most_waiting)
        self._is_failing = False
        threading.Thread(target=self._run, name="standard output", daemon=True).start()

    def write(self, text: str, /) -> None:
        """Write a text soon."""
        self._put(text)

    def flush(self) -> None:
        """Wait until all is written, but not long for a reader who does not read."""
        is_written = threading.Event()
        if self._put(is_written):
            is_written.wait(_FLUSH_SECONDS)

    def _put(self, item: str | threading.Event) -> bool:
        try:
            self._waiting.put_nowait(item)
        except queue.Full:
            self._tell_failing("nobody reads it")
            return False
        return True

    def _run(self) -> None:
        while True:
            item = self._waiting.get()
            if isinstance(item, str):
                self._write(item)
            else:
                item.set()

    def _write(self, text: str) -> None:
        try:
            self._stream.write(text)
            self._stream.flush()
        except (OSError, ValueError) as error:  # ValueError: somebody has closed it
            self._tell_failing(error)
        else:
            self._is_failing = False

    def _tell_failing(self, reason: object) -> None:
        """Once; a text may have been written in part then."""
        if not self._is_failing:
            self._is_failing = True
            _log.warning("standard output is not written: %s", reason)
