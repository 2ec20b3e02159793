"""How soon the mirror is there when the coach starts, and how soon a touch shows on it."""

from __future__ import annotations

import asyncio
import tempfile
import time
import urllib.request
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from mirror_browser import Onlooker

from voice_coach.rehearsal.card import VirtualCard
from voice_coach.rehearsal.coach_process import CoachProcess

_READY_SECONDS = 60.0
_POLL_SECONDS = 0.01
_BETWEEN_SECONDS = 0.7
"""A button with a new meaning takes no touch for 0.4 s."""
_PRESS = """
(intent) => new Promise((resolve) => {
  const title = document.querySelector("#title");
  const before = title.textContent;
  const began = performance.now();
  new MutationObserver((_, observer) => {
    if (title.textContent === before) return;
    observer.disconnect();
    resolve(performance.now() - began);
  }).observe(document.body, { subtree: true, childList: true, characterData: true });
  document.querySelector(`button[data-intent="${intent}"]`).click();
})
"""
"""Touches a button; resolves with the milliseconds until the page shows another title."""


@dataclass(frozen=True, slots=True)
class Presses:
    """What was measured."""

    there_seconds: float
    """From the start of the process to the first answer of the mirror."""
    shown_ms: tuple[float, ...]
    """From each touch to what came of it on the page."""


def measure_presses(port: int, count: int) -> Presses:
    """Start the coach, open its page in a browser and touch "next" and "back" by turns.

    Args:
        port: a free one.
        count: how often.
    """
    with VirtualCard() as card, tempfile.TemporaryDirectory() as folder:
        own = {f"XDG_{kind}_HOME": folder for kind in ("CONFIG", "DATA", "STATE")}
        begun_at = time.monotonic()
        arguments = ["--daytime", "--page", str(port)]
        with CoachProcess(arguments, {**card.environment, **own}, Path(folder) / "log", lambda _: None) as coach:
            url = f"http://127.0.0.1:{port}/"
            _wait_for(url)
            there = time.monotonic() - begun_at
            coach.wait_until(lambda state: state.is_listening, _READY_SECONDS)
            return Presses(there, tuple(asyncio.run(_press(url, count))))


def _wait_for(url: str) -> None:
    deadline = time.monotonic() + _READY_SECONDS
    while time.monotonic() < deadline:
        with suppress(OSError), urllib.request.urlopen(url + "state", timeout=_READY_SECONDS):  # noqa: S310 - our own
            return
        time.sleep(_POLL_SECONDS)
    message = f"nobody answers at {url}"
    raise RuntimeError(message)


async def _press(url: str, count: int) -> list[float]:
    taken: list[float] = []
    async with Onlooker() as onlooker:
        await onlooker.page.goto(url)
        await onlooker.page.wait_for_selector('button[data-intent="start"]')
        for intent in ["start", *(("next", "back")[number % 2] for number in range(count))]:
            await asyncio.sleep(_BETWEEN_SECONDS)
            taken.append(await onlooker.page.evaluate(_PRESS, intent))
    return taken[1:]
