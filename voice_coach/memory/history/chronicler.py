"""Writes the history in a thread of its own. Nothing that is said depends on it, so nobody waits for its disk."""

from __future__ import annotations

import logging
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, TypeVar

from voice_coach.core.events import Trouble
from voice_coach.core.past import NOTHING_PAST
from voice_coach.errors import HistoryError
from voice_coach.memory.clocks import read_stamp
from voice_coach.memory.history.aside import put_aside
from voice_coach.memory.history.history import History
from voice_coach.memory.history.store import DamagedHistoryError

if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import Future
    from pathlib import Path

    from voice_coach.core.absence import Stamp
    from voice_coach.core.chronicle import Fact
    from voice_coach.core.past import Past
    from voice_coach.memory.troubles import Troubles

PATIENCE_SECONDS = 1.0
"""How long the start waits for what the coach remembers, and the end for what it still writes."""
_STUCK_SECONDS = 8.0
"""What is not on the disk after this time is in trouble; waiting for another process takes up to five seconds."""
_SOURCE = "history"

_log = logging.getLogger(__name__)
_Result = TypeVar("_Result")


class Chronicler:
    """The history, kept beside a session. No method raises; `begin`, `past` and `stop` wait for a second at most.

    Args:
        folder: of the history.
        troubles: told what can't be read or kept.
    """

    def __init__(self, folder: Path, troubles: Troubles) -> None:
        self._history = History(folder)
        self._troubles = troubles
        self._writer = ThreadPoolExecutor(max_workers=1, thread_name_prefix="history")
        self._under_way: list[tuple[float, Future[Any]]] = []

    def begin(self, stamp: Stamp, restored: str | None) -> Past:
        """What there was before this session; nothing when that can't be known soon.

        Args:
            stamp: now.
            restored: the id of the routine that goes on; None when none does.
        """
        return self._past_from(self._submit(lambda: self._begin(stamp, restored)))

    def past(self, stamp: Stamp) -> Past:
        """What there is by now, as `begin`."""
        return self._past_from(self._submit(lambda: self._read(stamp)))

    def record(self, fact: Fact) -> None:
        """Write a fact down soon."""
        stamp = read_stamp()
        self._submit(lambda: self._mended(lambda: self._history.record(fact, stamp)))

    def stop(self) -> None:
        """Finish writing, unless the disk hangs."""
        _, last = self._under_way[-1] if self._under_way else (0.0, None)
        is_done = last is None
        if last is not None:
            try:
                last.result(PATIENCE_SECONDS)
                is_done = True
            except TimeoutError:
                _log.warning("the history was not all written")
        if is_done:
            self._writer.submit(self._history.close)
        self._writer.shutdown(wait=is_done, cancel_futures=not is_done)

    def _submit(self, work: Callable[[], _Result]) -> Future[_Result]:
        now = time.monotonic()
        self._under_way = [(at, future) for at, future in self._under_way if not future.done()]
        if self._under_way and now - self._under_way[0][0] > _STUCK_SECONDS:
            self._troubles.begin(Trouble.UNKEPT_NOTES, _SOURCE, "the disk hangs")
        future = self._writer.submit(work)
        self._under_way.append((now, future))
        return future

    def _past_from(self, reading: Future[Past]) -> Past:
        try:
            return reading.result(PATIENCE_SECONDS)
        except TimeoutError:
            self._troubles.begin(Trouble.UNKEPT_NOTES, _SOURCE, "the history cannot be read in time")
            return NOTHING_PAST

    def _begin(self, stamp: Stamp, restored: str | None) -> Past:
        self._mended(lambda: self._history.begin(stamp, restored))
        return self._read(stamp)

    def _read(self, stamp: Stamp) -> Past:
        try:
            return self._history.past(stamp)
        except DamagedHistoryError as error:
            self._replace(error)
        except HistoryError as error:
            self._troubles.begin(Trouble.UNKEPT_NOTES, _SOURCE, error)
        return NOTHING_PAST

    def _mended(self, write: Callable[[], bool]) -> None:
        """Write; into a new history where the old one is damaged. That nothing was to be written ends no trouble."""
        is_written = False
        try:
            try:
                is_written = write()
            except DamagedHistoryError as error:
                self._replace(error)
                is_written = write()
        except HistoryError as error:
            self._troubles.begin(Trouble.UNKEPT_NOTES, _SOURCE, error)
        if is_written:
            self._troubles.end(Trouble.UNKEPT_NOTES, _SOURCE)

    def _replace(self, damage: DamagedHistoryError) -> None:
        self._history.close()
        try:
            aside = put_aside(self._history.store.path)
        except OSError as error:
            self._troubles.begin(Trouble.UNKEPT_NOTES, _SOURCE, error)
        else:
            self._troubles.begin(Trouble.DAMAGED_NOTES, _SOURCE, f"{damage} It is kept as {aside}.")
