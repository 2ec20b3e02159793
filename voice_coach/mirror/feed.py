"""The state of the coach as JSON, and its stream to the page and to other programs.

The format is described in openapi.json.
"""

from __future__ import annotations

import asyncio
import json
import logging
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Any

from voice_coach import clock
from voice_coach.face.base import remaining_seconds
from voice_coach.mirror.client_auth import NOT_KEPT
from voice_coach.mirror.page_commands import buttons_of
from voice_coach.routines import Phase
from voice_coach.session.view import Attention, View

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from starlette.types import Receive, Scope, Send

    from voice_coach.session.view import ChoiceView, CountdownView

VERSION = 1
"""Version of the format. It is raised when a field is removed or changes its meaning, not when one is added."""


class Activity(Enum):
    """The one thing that the coach is doing now, simple enough to be shown by a single light."""

    CLOSED = "closed"
    """The coach has ended, and the stream ends too. When it is started again, it has the same address."""
    LOADING = "loading"
    """The speech recogniser is loading; nothing is heard yet."""
    STANDBY = "standby"
    """The person has asked not to be listened to: only the wake phrase, pain and buttons count."""
    DEAF = "deaf"
    """Nothing that is said is heard; the field `troubles` tells why. Buttons work."""
    SPEAKING = "speaking"
    HEARING = "hearing"
    """Somebody may be speaking."""
    PAUSED = "paused"
    LISTENING = "listening"


def state_of(view: View, now: float, *, revision: int, language: str, loading: str = "") -> dict[str, Any]:
    """Return the state of the coach as a JSON object, with everything that a page needs.

    Args:
        view: the view that the session shows.
        now: the time in seconds of the coach's clock.
        revision: the number of the state; it grows with every change.
        language: the language of all texts in it, such as "en".
        loading: the progress of calibrating the speech recogniser, such as "3/10"; empty for none.
    """
    return {
        "version": VERSION,
        "revision": revision,
        "now": round(now, 3),
        "language": language,
        "phase": view.phase.value,
        "activity": activity_of(view).value,
        "loading": loading if view.attention is Attention.LOADING else "",
        "title": view.title,
        "instruction": view.instruction,
        "picture": view.picture,
        "step_number": view.step_number,
        "step_count": view.step_count,
        "steps": [{"title": step.title, "progress": step.progress.value} for step in view.steps],
        "saying": view.caption,
        "question": view.question,
        "heard": view.heard,
        "heard_note": view.heard_note,
        "may_say": list(view.may_say),
        "suggestions": [{"phrase": one.phrase, "intent": one.intent.value} for one in view.suggestions],
        "choices": [_choice(choice) for choice in view.choices],
        "languages": [_choice(choice) for choice in view.languages],
        "notes": list(view.notes),
        "buttons": [intent.value for intent in buttons_of(view)],
        "countdown": _countdown(view.countdown, now) if view.countdown else None,
        "timers": [{"name": timer.name, **_countdown(timer.countdown, now)} for timer in view.timers],
        "troubles": list(view.faults),
        "pain": view.is_in_pain,
        "asleep": view.is_asleep,
        "first_start": view.is_unknown,
    }


def activity_of(view: View) -> Activity:
    """Return the activity that a view shows; if several apply, the first in the order of Activity."""
    if view.attention is not Attention.LISTENING:
        return Activity(view.attention.value)
    if view.saying:
        return Activity.SPEAKING
    if view.is_hearing:
        return Activity.HEARING
    return Activity.PAUSED if view.phase is Phase.PAUSED else Activity.LISTENING


def _choice(choice: ChoiceView) -> dict[str, Any]:
    """Return a choice as JSON; `intent` and `value` are those of the command that chooses it."""
    return {
        "intent": choice.intent.value,
        "value": choice.value,
        "title": choice.title,
        "detail": choice.detail,
        "is_chosen": choice.is_chosen,
    }


def _countdown(countdown: CountdownView, now: float) -> dict[str, Any]:
    """Return a countdown as JSON, in seconds; `ends_at` is by the same clock as `now`, and null while it is paused."""
    return {
        "total_seconds": round(countdown.total_seconds, 3),
        "remaining_seconds": round(remaining_seconds(countdown, now), 3),
        "ends_at": None if countdown.ends_at is None else round(countdown.ends_at, 3),
    }


FRESH_SECONDS = 0.02
"""Seconds for which clients that ask for the state share one. Then it is made anew, so that its `now` is right."""
SHARED_SECONDS = 0.2
"""Seconds for which a state is shared by clients that are told of a change; they know the time already."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class PageSnapshot:
    """A state of the coach, encoded and ready to be sent."""

    revision: int
    made_at: float
    """The time at which it was made, in seconds of the coach's clock."""
    json: bytes


class Feed:
    """The state for the page: it takes views from any thread, and wakes the event streams in the server's thread.

    Args:
        language: the language of the texts in the views, such as "en".
        states_per_second: how often streams are woken, at most.
    """

    def __init__(self, language: str, states_per_second: float) -> None:
        self._language = language
        self._pause_seconds = 1 / states_per_second
        self._changing = threading.Lock()
        self._view = View(phase=Phase.IDLE)
        self._loading = ""
        self._revision = 1
        self._snapshot: PageSnapshot | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._watchers: set[asyncio.Event] = set()
        self._timer: asyncio.TimerHandle | None = None
        self._woken_at = 0.0
        self.is_over = False
        """Whether the coach has ended, so that all streams shall end."""

    @property
    def is_first_start(self) -> bool:
        """Whether the coach runs for the first time, and nobody has given it a command yet."""
        return self._view.is_unknown

    def show(self, view: View) -> None:
        """Take a new view; this never blocks and never raises."""
        with self._changing:
            if view == self._view or self.is_over:
                return
            self._view = view
            self._revision += 1
        self._tell(self._wake_soon)

    def tell_loading(self, done: int, total: int) -> None:
        """Take the progress of calibrating the speech recogniser: how many sounds are done, and of how many."""
        with self._changing:
            self._loading = f"{done}/{total}"
            self._revision += 1
        self._tell(self._wake_soon)

    def end(self) -> None:
        """End all streams; the last state says that the coach has ended."""
        with self._changing:
            self._view = self._view.closed()
            self._revision += 1
            self.is_over = True
        self._tell(self._wake)

    @contextmanager
    def serving(self, loop: asyncio.AbstractEventLoop) -> Iterator[None]:
        """Wake streams in the given event loop while the block runs."""
        self._loop = loop
        try:
            yield
        finally:
            self._loop = self._timer = None
            self._watchers.clear()

    @contextmanager
    def watched(self, woken: asyncio.Event) -> Iterator[None]:
        """Set the given event at each change while the block runs. For the server's thread."""
        self._watchers.add(woken)
        try:
            yield
        finally:
            self._watchers.discard(woken)

    def snapshot(self, oldest: float = FRESH_SECONDS) -> PageSnapshot:
        """Return the present state. For the server's thread.

        Args:
            oldest: the age in seconds that a shared state may have.
        """
        now = clock.now()
        with self._changing:
            view, loading, revision = self._view, self._loading, self._revision
        kept = self._snapshot
        if kept is None or kept.revision != revision or now - kept.made_at > oldest:
            state = state_of(view, now, revision=revision, language=self._language, loading=loading)
            text = json.dumps(state, ensure_ascii=False, separators=(",", ":"))
            self._snapshot = kept = PageSnapshot(revision, now, text.encode("utf-8", "replace"))
        return kept

    def _tell(self, what: object) -> None:
        loop = self._loop
        try:
            if loop is not None:
                loop.call_soon_threadsafe(what)  # type: ignore[arg-type]
        except RuntimeError:  # the loop has just ended
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


STREAM_HEADERS: Mapping[str, str] = {
    "content-type": "text/event-stream; charset=utf-8",
    "x-accel-buffering": "no",  # so that nginx hands on each event as it comes
    **NOT_KEPT,
}
_RETRY = b"retry: 1000\n"
"""The field that tells a client how many milliseconds to wait before it connects again."""


class EventStream:
    """A response that does not end: it sends the state at once and at each change, and heartbeats in between.

    Nothing is queued: when a client has taken an event, it gets the latest state next, whatever came in between. A
    client that takes nothing is disconnected by its Connection.

    Args:
        feed: holds the state.
        beat_seconds: seconds between two heartbeats.
        is_allowed: is called at each heartbeat; the stream ends when it returns False.
    """

    def __init__(self, feed: Feed, beat_seconds: float, is_allowed: Callable[[], bool]) -> None:
        self._feed = feed
        self._beat_seconds = beat_seconds
        self._is_allowed = is_allowed

    async def __call__(self, _scope: Scope, receive: Receive, send: Send) -> None:
        """Send the response, as an ASGI application."""
        headers = [(name.encode(), value.encode()) for name, value in STREAM_HEADERS.items()]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        woken = asyncio.Event()
        leaving = asyncio.create_task(_until_gone(receive))
        leaving.add_done_callback(lambda _: woken.set())
        try:
            with self._feed.watched(woken):
                await self._tell(woken, leaving, send)
        finally:
            leaving.cancel()
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _tell(self, woken: asyncio.Event, leaving: asyncio.Task[None], send: Send) -> None:
        told, beat_at = 0, time.monotonic() + self._beat_seconds
        while not (leaving.done() or self._feed.is_over):
            snapshot = self._feed.snapshot(SHARED_SECONDS if told else FRESH_SECONDS)
            if snapshot.revision != told:
                await _send(send, _event(snapshot, is_first=not told))
                told = snapshot.revision
            await _wait(woken, beat_at - time.monotonic())
            if (now := time.monotonic()) >= beat_at:
                if not self._is_allowed():
                    return
                await _send(send, _beat())
                beat_at = now + self._beat_seconds
        if not leaving.done() and (last := self._feed.snapshot()).revision != told:
            await _send(send, _event(last, is_first=not told))


async def _wait(woken: asyncio.Event, seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            await woken.wait()
    except TimeoutError:
        return
    woken.clear()


async def _send(send: Send, event: bytes) -> None:
    await send({"type": "http.response.body", "body": event, "more_body": True})


async def _until_gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def _beat() -> bytes:
    return b"event: beat\ndata: " + json.dumps({"now": round(clock.now(), 3)}).encode() + b"\n\n"


def _event(snapshot: PageSnapshot, *, is_first: bool) -> bytes:
    event = b"event: state\nid: %d\ndata: %s\n\n" % (snapshot.revision, snapshot.json)
    return _RETRY + event if is_first else event
