"""A thread that works for those who may not wait: of each kind of job only the newest waits (a conflating queue)."""

from __future__ import annotations

import logging
import threading
import time
from concurrent.futures import Future
from contextlib import suppress
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

_log = logging.getLogger(__name__)
_Result = TypeVar("_Result")


class ConflatingWorker:
    """Does one job after the other in a thread of its own. A newer job replaces a waiting one of its kind.

    Args:
        name: Name of the thread.
        when_idle: called each time when no job is left, in the thread; no job can be put meanwhile.
    """

    def __init__(self, name: str, when_idle: Callable[[], None] = lambda: None) -> None:
        self._name = name
        self._when_idle = when_idle
        self._changed = threading.Condition()
        self._waiting: dict[str, Callable[[], None]] = {}
        self._thread: threading.Thread | None = None
        self._working_since: float | None = None
        self._progress_at = 0.0
        self._is_stopped = False

    @property
    def working_since(self) -> float | None:
        """When the job under way began, monotonic seconds; None when there is none."""
        return self._working_since

    @property
    def is_idle(self) -> bool:
        """Whether no job is under way or waits."""
        with self._changed:
            return self._has_nothing()

    def put(self, kind: str, job: Callable[[], None]) -> bool:
        """Have a job done soon; it replaces one of its kind that waits. Never raises.

        Returns:
            Whether it will be done: not when the worker was stopped, or no thread can be started.
        """
        with self._changed:
            if self._is_stopped:
                return False
            self._waiting[kind] = job
            if self._thread is None:
                thread = threading.Thread(target=self._work, name=self._name, daemon=True)
                try:
                    thread.start()
                except RuntimeError as error:  # the system has no thread left; the job waits for the next try
                    _log.warning("no thread for %s: %s", self._name, error)
                    return False
                self._thread = thread
            self._changed.notify_all()
            return True

    def ask(self, kind: str, question: Callable[[], _Result]) -> Future[_Result]:
        """Put a job that has a result, or an error. One that will not be done has a RuntimeError."""
        answer: Future[_Result] = Future()

        def job() -> None:
            if not answer.set_running_or_notify_cancel():
                return
            try:
                answer.set_result(question())
            except Exception as error:  # noqa: BLE001 - whoever asked is told
                answer.set_exception(error)

        if self.put(kind, job):
            return answer
        answer.cancel()
        refused: Future[_Result] = Future()
        refused.set_exception(RuntimeError("there is no thread to do it"))
        return refused

    def wait(self, seconds: float) -> bool:
        """Wait until no job is left; returns whether that is so."""
        with self._changed:
            return self._changed.wait_for(self._has_nothing, seconds)

    def if_busy(self, then: Callable[[], None]) -> None:
        """Call `then` if there is a job left; the worker does not become idle meanwhile."""
        with self._changed:
            if not self._has_nothing():
                then()

    def stop(self, patience_seconds: float, since: float | None = None) -> bool:
        """Take no more jobs, and wait for those that there are, while they make progress.

        Args:
            patience_seconds: how long one job may take until it is given up, and the others with it.
            since: when the waiting began, monotonic seconds, where several are waited for; None for now.

        Returns:
            Whether all were done.
        """
        with self._changed:
            self._is_stopped = True
            self._progress_at = max(self._progress_at, time.monotonic() if since is None else since)
            self._changed.notify_all()
            while not self._has_nothing() and self._thread is not None:
                left = self._progress_at + patience_seconds - time.monotonic()
                if left <= 0:
                    self._waiting.clear()
                    return False
                self._changed.wait(left)
            return not self._waiting

    def _has_nothing(self) -> bool:
        return not self._waiting and self._working_since is None

    def _work(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._waiting or self._is_stopped)
                if not self._waiting:
                    return
                job = self._waiting.pop(next(iter(self._waiting)))
                self._working_since = time.monotonic()
            self._do(job)
            with self._changed:
                self._working_since = None
                self._progress_at = time.monotonic()
                if not self._waiting:
                    self._do(self._when_idle)
                self._changed.notify_all()

    def _do(self, job: Callable[[], None]) -> None:
        """Run a job; an error that the job itself overlooked must not end the thread."""
        try:
            job()
        except Exception:  # noqa: BLE001
            with suppress(Exception):
                _log.exception("a job of %s failed", self._name)
