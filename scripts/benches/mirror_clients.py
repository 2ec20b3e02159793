"""Programs that follow the mirror's feed, many at once, and a crowd that comes all together."""

from __future__ import annotations

import asyncio
import json
import re
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from voice_coach import clock

_REQUEST = "GET {path} HTTP/1.1\r\nHost: localhost:{port}\r\nAccept: text/event-stream\r\n\r\n"
_STATUS = re.compile(rb"HTTP/1\.1 (\d{3}) ")
_OK = 200
_GONE = (ConnectionError, asyncio.IncompleteReadError, TimeoutError)
_ANSWER_SECONDS = 20.0
"""Within these everybody in a crowd has an answer."""
_LARGEST = 1 << 20


@dataclass
class Feed:
    """What one client was sent."""

    status: int = 0
    """Of the answer; 0 while there is none."""
    revisions: list[tuple[int, float]] = field(default_factory=list)
    """Each state's revision, and when it came (monotonic seconds)."""
    beats: list[float] = field(default_factory=list)
    """When each heartbeat came."""
    states: list[tuple[float, dict[str, Any]]] = field(default_factory=list)
    """The states themselves and when they came, where they are kept."""
    ended: str = ""
    """How the stream ended: "whole" as HTTP asks for, else the error."""

    def take(self, event: str, *, keeps_states: bool) -> None:
        """One event of the stream, without the empty line at its end."""
        now = clock.now()
        fields = dict(line.split(": ", 1) for line in event.splitlines() if ": " in line)
        match fields.get("event"):
            case "state":
                self.revisions.append((int(fields["id"]), now))
                if keeps_states:
                    self.states.append((now, json.loads(fields["data"])))
            case "beat":
                self.beats.append(now)


async def follow(port: int, feed: Feed, *, keeps_states: bool = False) -> None:
    """Hold `GET /events` open until it ends, as a home automation would.

    Args:
        port: of the mirror on loopback.
        feed: filled as the events come.
        keeps_states: whether the states are kept too, not only their revisions.
    """
    try:
        reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=_LARGEST)
        writer.write(_REQUEST.format(path="/events", port=port).encode())
        head = await reader.readuntil(b"\r\n\r\n")
        found = _STATUS.match(head)
        feed.status = int(found[1]) if found else 0
        rest = b""
        while feed.status == _OK and (size := int(await reader.readline() or b"0", 16)):
            *events, rest = (rest + await reader.readexactly(size)).split(b"\n\n")
            await reader.readexactly(2)
            for event in events:
                feed.take(event.decode(), keeps_states=keeps_states)
        feed.ended = "whole"
    except _GONE as error:
        feed.ended = repr(error)
    else:
        writer.close()
        with suppress(*_GONE):
            await writer.wait_closed()


@dataclass(frozen=True, slots=True)
class Crowd:
    """What became of clients that came all at once."""

    answers: dict[str, int]
    """How many got which status; "closed" is no answer at all."""
    began_at: float
    ended_at: float
    """Monotonic seconds: when the last one had its answer and left."""


async def crowd(port: int, size: int) -> Crowd:
    """Let many clients ask for the feed at once; all stay until the last one has its answer or loses patience."""
    began_at = clock.now()
    leaving = asyncio.Event()
    answers: asyncio.Queue[str] = asyncio.Queue()
    guests = [asyncio.create_task(_ask(port, answers, leaving)) for _ in range(size)]
    counted = Counter([await answers.get() for _ in guests])
    leaving.set()
    await asyncio.gather(*guests)
    return Crowd(dict(counted), began_at, clock.now())


async def _ask(port: int, answers: asyncio.Queue[str], leaving: asyncio.Event) -> None:
    """One of them."""
    answer, writer = "closed", None
    with suppress(*_GONE):
        async with asyncio.timeout(_ANSWER_SECONDS):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(_REQUEST.format(path="/events", port=port).encode())
            if found := _STATUS.match(await reader.readline()):
                answer = found[1].decode()
    answers.put_nowait(answer)
    await leaving.wait()
    if writer is not None:
        writer.close()
        with suppress(*_GONE):
            await writer.wait_closed()
