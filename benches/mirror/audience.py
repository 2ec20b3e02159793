"""An audience of the mirror: a browser whose page is read, programs that follow the feed, and bursts of clients.

The browser is Debian's chromium without a window; what it shows is read ten times a second.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
from collections import Counter
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from benches.common.process_tree import family
from voice_coach import clock

if TYPE_CHECKING:
    from types import TracebackType

    from playwright.async_api import Page


CHROMIUM = "/usr/bin/chromium"
PHONE = (390, 740)
"""Pixels."""
_GLANCE_MS = 100
_CLOCK_TRIES = 20
_LOOK = """
(everyMs) => {
  const $ = (selector) => document.querySelector(selector);
  const words = (selector) => ($(selector).closest("[hidden]") ? "" : $(selector).textContent);
  const left = getComputedStyle($("#left"));
  const glance = () => ({
    at: performance.now(),
    phase: document.documentElement.dataset.phase,
    connection: document.documentElement.dataset.connection,
    place: words("#place"),
    title: words("#title"),
    instruction: words("#instruction"),
    caption: words("#saying"),
    question: words("#question-text"),
    digits: words("#digits"),
    ring: 1 - parseFloat(left.strokeDashoffset),
  });
  window.glances = [];
  setInterval(() => window.glances.push(glance()), everyMs);
}
"""
"""Reads what is shown, the ring as the share of it that is drawn; `at` is in the page's milliseconds."""
_REQUEST = "GET {path} HTTP/1.1\r\nHost: localhost:{port}\r\nAccept: text/event-stream\r\n\r\n"
_STATUS = re.compile(rb"HTTP/1\.1 (\d{3}) ")
_OK = 200
_GONE = (ConnectionError, asyncio.IncompleteReadError, TimeoutError)
_ANSWER_SECONDS = 20.0
"""Seconds within which each client of a burst has an answer."""
_LARGEST = 1 << 20


class Onlooker:
    """A browser with one page, for as long as the `async with` block lasts."""

    def __init__(self) -> None:
        self.troubles: list[str] = []
        """Errors of the page's own script."""
        self._exits = AsyncExitStack()
        self._page: Page | None = None

    async def __aenter__(self) -> Self:
        """Start it; takes a second or two."""
        from playwright.async_api import async_playwright  # noqa: PLC0415 - the quick tests of the judging do without

        async with AsyncExitStack() as undo:
            playwright = await undo.enter_async_context(async_playwright())
            browser = await playwright.chromium.launch(executable_path=CHROMIUM, chromium_sandbox=False)
            undo.push_async_callback(browser.close)
            width, height = PHONE
            self._page = await browser.new_page(viewport={"width": width, "height": height})
            self._page.on("pageerror", lambda error: self.troubles.append(str(error)))
            self._exits = undo.pop_all()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End it."""
        await self._exits.aclose()

    @property
    def page(self) -> Page:
        """The page that is followed."""
        assert self._page is not None  # noqa: S101 - it is there within the block
        return self._page

    @property
    def pid(self) -> int:
        """The browser's process number."""
        return next(pid for pid in family(os.getpid()) if _is_browser(pid))

    async def follow(self, url: str) -> None:
        """Open the mirror and look at it from now on."""
        await self.page.goto(url)
        await self.page.evaluate(_LOOK, _GLANCE_MS)

    async def glances(self) -> list[dict[str, Any]]:
        """All glances so far, with `at` in monotonic seconds."""
        offset = await self._offset_seconds()
        seen: list[dict[str, Any]] = await self.page.evaluate("window.glances")
        return [glance | {"at": round(glance["at"] / 1000 + offset, 3)} for glance in seen]

    async def _offset_seconds(self) -> float:
        """Seconds to be added to the page's clock, from the fastest of several answers."""
        answers = []
        for _ in range(_CLOCK_TRIES):
            asked_at = clock.now()
            shown: float = await self.page.evaluate("performance.now()")
            answered_at = clock.now()
            answers.append((answered_at - asked_at, (asked_at + answered_at) / 2 - shown / 1000))
        return min(answers)[1]


def _is_browser(pid: int) -> bool:
    arguments = Path(f"/proc/{pid}/cmdline").read_bytes()
    return b"--remote-debugging-pipe" in arguments and b"--type=" not in arguments


@dataclass
class FollowedFeed:
    """The events that one client was sent."""

    status: int = 0
    """The HTTP status of the answer; 0 while there is none."""
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


async def follow(port: int, feed: FollowedFeed, *, keeps_states: bool = False) -> None:
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
class ClientBurst:
    """The answers to clients that came all at once."""

    answers: dict[str, int]
    """Number of clients by HTTP status; "closed" stands for no answer at all."""
    began_at: float
    ended_at: float
    """Monotonic seconds: when the last one had its answer and left."""


async def burst(port: int, size: int) -> ClientBurst:
    """Let many clients ask for the feed at once; all stay until the last one has its answer or loses patience."""
    began_at = clock.now()
    leaving = asyncio.Event()
    answers: asyncio.Queue[str] = asyncio.Queue()
    clients = [asyncio.create_task(_ask(port, answers, leaving)) for _ in range(size)]
    counted = Counter([await answers.get() for _ in clients])
    leaving.set()
    await asyncio.gather(*clients)
    return ClientBurst(dict(counted), began_at, clock.now())


async def _ask(port: int, answers: asyncio.Queue[str], leaving: asyncio.Event) -> None:
    """Ask for the feed as one client of a burst."""
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
