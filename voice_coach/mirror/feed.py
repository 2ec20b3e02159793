"""What the mirror shows now, for all that look: serialised once for each change; who is slow gets only the latest."""

from __future__ import annotations

import json
import logging
import threading
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from voice_coach import clock
from voice_coach.core.view import View
from voice_coach.mirror.state import state_of
from voice_coach.routines import Phase

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Iterator

FRESH_SECONDS = 0.02
"""A state that is older is made anew for who asks, so that its `now` is true; all that ask at once share one."""
SHARED_SECONDS = 0.2
"""So long it is shared by those that are told of a change; they know the time already."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A state, ready to be sent."""

    revision: int
    made_at: float
    """Seconds of the coach's clock."""
    json: bytes


class Feed:
    """Takes views from any thread, and wakes those that watch, in the thread of the server.

    Args:
        language: of the words in the views, such as "en".
        states_per_second: how often watchers are woken at most.
    """

    def __init__(self, language: str, states_per_second: float) -> None:
        self._language = language
        self._pause_seconds = 1 / states_per_second
        self._changing = threading.Lock()
        self._view = View(phase=Phase.IDLE)
        self._loading = ""
        self._revision = 1
        self._snapshot: Snapshot | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._watchers: set[asyncio.Event] = set()
        self._timer: asyncio.TimerHandle | None = None
        self._woken_at = 0.0
        self.is_over = False
        """Whether all streams shall end."""

    def show(self, view: View) -> None:
        """Take a view; never blocks, never raises."""
        with self._changing:
            if view == self._view or self.is_over:
                return
            self._view = view
            self._revision += 1
        self._tell(self._wake_soon)

    def tell_loading(self, done: int, total: int) -> None:
        """Take how far the ears have come."""
        with self._changing:
            self._loading = f"{done}/{total}"
            self._revision += 1
        self._tell(self._wake_soon)

    def end(self) -> None:
        """Let all streams end, and tell in the last state that the coach has ended."""
        with self._changing:
            self._view = self._view.closed()
            self._revision += 1
            self.is_over = True
        self._tell(self._wake)

    @contextmanager
    def serving(self, loop: asyncio.AbstractEventLoop) -> Iterator[None]:
        """Wake watchers in this loop, until it ends."""
        self._loop = loop
        try:
            yield
        finally:
            self._loop = self._timer = None
            self._watchers.clear()

    @contextmanager
    def watched(self, woken: asyncio.Event) -> Iterator[None]:
        """Set an event at each change; in the server's thread."""
        self._watchers.add(woken)
        try:
            yield
        finally:
            self._watchers.discard(woken)

    def snapshot(self, oldest: float = FRESH_SECONDS) -> Snapshot:
        """The state as of now; in the server's thread.

        Args:
            oldest: how old its `now` may be, in seconds.
        """
        now = clock.now()
        with self._changing:
            view, loading, revision = self._view, self._loading, self._revision
        kept = self._snapshot
        if kept is None or kept.revision != revision or now - kept.made_at > oldest:
            state = state_of(view, now, revision=revision, language=self._language, loading=loading)
            text = json.dumps(state, ensure_ascii=False, separators=(",", ":"))
            self._snapshot = kept = Snapshot(revision, now, text.encode("utf-8", "replace"))
        return kept

    def _tell(self, what: object) -> None:
        loop = self._loop
        try:
            if loop is not None:
                loop.call_soon_threadsafe(what)  # type: ignore[arg-type]
        except RuntimeError:  # it has just ended
            _log.debug("nobody is served at the moment")

    def _wake_soon(self) -> None:
        if self._timer is None and self._loop is not None:
            due = self._woken_at + self._pause_seconds
            self._timer = self._loop.call_at(max(due, self._loop.time()), self._wake)

    def _wake(self) -> None:
        self._timer = None
        if self._loop is not None:
            self._woken_at = self._loop.time()
        for woken in self._watchers:
            woken.set()
