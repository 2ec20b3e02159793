"""Writes the history in a thread of its own. Nothing that is said depends on it, so nobody waits for its disk."""

from __future__ import annotations

import time
from collections import deque
from typing import TYPE_CHECKING

from voice_coach.errors import HistoryError
from voice_coach.memory.clocks import read_stamp
from voice_coach.memory.conflating_worker import ConflatingWorker
from voice_coach.memory.history.history_file import History
from voice_coach.memory.history.history_store import DamagedHistoryError
from voice_coach.memory.history.quarantine import put_aside
from voice_coach.routines.past_masks import NO_HISTORY
from voice_coach.session.events import Fault

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from voice_coach.memory.session_store import FaultReporter
    from voice_coach.routines.past_masks import HistoryEvent, HistorySummary
    from voice_coach.session.persistence import Stamp

PATIENCE_SECONDS = 1.0
"""Seconds that the start waits for the history to be read."""
STOPPING_SECONDS = 15.0
"""Seconds that a write may take at the end before the disk is given up; waiting for another process takes up to 5."""
_STUCK_SECONDS = 8.0
"""Seconds after which a fact that is not yet on the disk counts as a fault."""
_MOST_FACTS = 1000
"""More do not wait for a disk that hangs: they are of many masks, and their loss has been told long before."""
_MOST_TRIED_AGAIN = 32
"""Facts whose failed write is tried again with the next fact: those of about one mask, for which there is soon room."""
_SOURCE = "history"


class HistoryWriter:
    """The history, kept beside a session. No method raises; `begin` and `past` wait for a second at most.

    Args:
        folder: the folder of the history.
        faults: is told what cannot be read or kept.
    """

    def __init__(self, folder: Path, faults: FaultReporter) -> None:
        self._history = History(folder)
        self._faults = faults
        self._worker = ConflatingWorker("history")
        self._facts: deque[tuple[HistoryEvent, Stamp]] = deque()

    def begin(self, stamp: Stamp, restored: str | None) -> HistorySummary:
        """Return what is known of the masks before this session; nothing if the disk takes too long.

        Args:
            stamp: now.
            restored: the id of the routine that goes on; None when none does.
        """
        return self._past("begin", lambda: self._begin(stamp, restored))

    def past(self, stamp: Stamp) -> HistorySummary:
        """Return the newest summary of the history; as with `begin`, nothing if the disk takes too long."""
        return self._past("past", lambda: self._read(stamp))

    def record(self, fact: HistoryEvent) -> None:
        """Queue a fact to be written soon."""
        if len(self._facts) < _MOST_FACTS:
            self._facts.append((fact, read_stamp()))
        if not self._worker.put("facts", self._write_facts):
            self._tell_unkept("there is no thread to write with")
        since = self._worker.working_since
        if since is not None and time.monotonic() - since > _STUCK_SECONDS:
            self._tell_unkept("the disk hangs")

    def stop(self, patience_seconds: float = STOPPING_SECONDS, since: float | None = None) -> None:
        """Finish writing, unless the disk hangs.

        Args:
            patience_seconds: how long one write may take until the disk is given up.
            since: when the waiting for the disk began, monotonic seconds; None for now.
        """
        self._worker.put("finish", self._finish)
        if not self._worker.stop(patience_seconds, since):
            self._tell_unkept("the history was not all written")

    def _past(self, kind: str, look: Callable[[], HistorySummary]) -> HistorySummary:
        try:
            return self._worker.ask(kind, look).result(PATIENCE_SECONDS)
        except TimeoutError:
            self._tell_unkept("the history cannot be read in time")
        except Exception as error:  # noqa: BLE001 - whatever it is, the mask goes on without a history
            self._tell_unkept(repr(error))
        return NO_HISTORY

    def _begin(self, stamp: Stamp, restored: str | None) -> HistorySummary:
        self._mended(lambda: self._history.begin(stamp, restored))
        return self._read(stamp)

    def _read(self, stamp: Stamp) -> HistorySummary:
        try:
            return self._history.past(stamp)
        except DamagedHistoryError as error:
            self._replace(error)
        except HistoryError as error:
            self._tell_unkept(error)
        return NO_HISTORY

    def _write_facts(self) -> None:
        """Write all that wait, in one go, so that a slow disk is behind by one write only; again what failed before."""
        facts = [self._facts.popleft() for _ in range(len(self._facts))]
        if facts and not self._mended(lambda: self._history.record_all(facts)):
            self._facts.extendleft(reversed(facts[-_MOST_TRIED_AGAIN:]))

    def _finish(self) -> None:
        self._write_facts()
        self._history.close()

    def _mended(self, write: Callable[[], bool]) -> bool:
        """Write; into a new history where the old one is damaged. A call with nothing to write ends no fault.

        Returns:
            False when it may be possible later.
        """
        is_written = False
        try:
            try:
                is_written = write()
            except DamagedHistoryError as error:
                self._replace(error)
                is_written = write()
        except DamagedHistoryError as error:  # of a new one: the fault is in what was to be written
            self._tell_unkept(error)
        except Exception as error:  # noqa: BLE001 - as in `_past`
            self._tell_unkept(error)
            return False
        if is_written and not self._facts:
            self._faults.end(Fault.UNKEPT_NOTES, _SOURCE)
        return True

    def _replace(self, damage: DamagedHistoryError) -> None:
        self._history.close()
        try:
            aside = put_aside(self._history.store.path)
        except OSError as error:
            self._tell_unkept(error)
        else:
            self._faults.begin(Fault.DAMAGED_NOTES, _SOURCE, f"{damage} It is kept as {aside}.")

    def _tell_unkept(self, reason: object) -> None:
        self._faults.begin(Fault.UNKEPT_NOTES, _SOURCE, reason)
