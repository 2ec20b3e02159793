"""A browser that follows the mirror: Debian's chromium without a window, and what it shows, read ten times a second."""

from __future__ import annotations

import os
from contextlib import AsyncExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from process_tree import family

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
  const words = (selector) => ($(selector).closest("[hidden], .past") ? "" : $(selector).textContent);
  const left = getComputedStyle($("#left"));
  const glance = () => ({
    at: performance.now(),
    phase: document.documentElement.dataset.phase,
    connection: document.documentElement.dataset.connection,
    place: words("#place"),
    title: words("#title"),
    caption: words("#caption"),
    question: words("#question-text"),
    digits: words("#digits"),
    ring: 1 - parseFloat(left.strokeDashoffset),
  });
  window.glances = [];
  setInterval(() => window.glances.push(glance()), everyMs);
}
"""
"""Reads what is shown, the ring as the share of it that is drawn; `at` is in the page's milliseconds."""


class Onlooker:
    """A browser with one page, for as long as the `async with` block lasts."""

    def __init__(self) -> None:
        self.troubles: list[str] = []
        """What went wrong in the page's own script."""
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
        """What has to be added to the page's clock; of several answers the fastest one knows it best."""
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
