"""The stream of server-sent events that tells clients the coach's state.

The format is described at https://html.spec.whatwg.org/multipage/server-sent-events.html.
"""

from __future__ import annotations

import asyncio
import json
import time
from typing import TYPE_CHECKING

from voice_coach import clock
from voice_coach.mirror.feed import FRESH_SECONDS, SHARED_SECONDS
from voice_coach.mirror.responses import NOT_KEPT

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from starlette.types import Receive, Scope, Send

    from voice_coach.mirror.feed import Feed, PageSnapshot

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
