"""Runs the bench of the mirror: rehearsals with audiences, starts, and presses of a button."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import tempfile
import time
import urllib.request
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np

from benches.common.publishing import DOCS, MEASURED, ROOT, as_json, describe, page_with, parser_of, publish
from benches.common.running import measure_first_sounds
from benches.mirror.audience import Onlooker
from benches.mirror.judge import (
    beyond_limits,
    judge,
)
from benches.mirror.observations import Observations
from benches.mirror.page import mirror_section
from benches.mirror.watching import PORT
from voice_coach.content_index import languages
from voice_coach.library import load_language
from voice_coach.mirror.static_files import load_texts, read_files
from voice_coach.rehearsal.coach_process import CoachProcess
from voice_coach.rehearsal.virtual_card import VirtualCard

_PAGE = DOCS / "mirror.md"
_PRESSES = 20
_STARTS = 5
"""The first one renders the sentences and is not counted."""
_AUDIENCES = {
    "no_page": ["--no-page"],
    "nobody": [],
    "one": ["--browser"],
    "many": ["--browser", "--clients", "99", "--burst", "1000"],
}
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


def main() -> int:
    """Measure, print, and say with the exit status whether the limits hold."""
    parser = parser_of("mirror")
    parser.add_argument("--quick", action="store_true", help="only the largest audience; docs/ stays as it is")
    options = parser.parse_args()
    load = round(os.getloadavg()[0], 1)
    audiences = ["many"] if options.quick else list(_AUDIENCES)
    rehearsals = {name: _rehearse(name) for name in audiences}
    _, *without = measure_first_sounds(_STARTS)
    _, *beside = measure_first_sounds(_STARTS, ["--page", str(PORT)])
    presses = measure_presses(PORT, _PRESSES)
    figures: dict[str, Any] = {
        "kind": "summary",
        "rehearsals": rehearsals,
        "page_kb": round(max(page_bytes(language) for language in languages()) / 1000, 1),
        "first_sound_s": round(median(beside), 2),
        "first_sound_without_s": round(median(without), 2),
        "start_s": round(presses.there_seconds, 2),
        "press_ms_median": round(median(presses.shown_ms)),
        "press_ms_p95": round(float(np.percentile(presses.shown_ms, 95))),
    }
    figures["beyond_limits"] = beyond_limits(figures)
    figures |= {"machine": describe("uvicorn", "starlette"), "load": load}
    against = ["--quick measures only the largest audience"] if options.quick else []
    against += figures["beyond_limits"]
    publish(
        lambda: {
            MEASURED / "mirror.json": as_json(figures),
            _PAGE: page_with("mirror", mirror_section(figures), _PAGE),
        },
        against,
    )
    print(json.dumps(figures), flush=True)
    return 1 if figures["beyond_limits"] else 0


def page_bytes(language: str) -> int:
    """The size of all files that a browser loads for a page in a language, without letters of others."""
    files = read_files(load_texts(load_language(language)), language)
    others = ".json", ".txt", *(() if language == "ko" else ("/hangul-400.woff2", "/hangul-700.woff2"))
    return sum(len(file.content) for path, file in files.items() if not path.endswith(others))


def _rehearse(audience: str) -> dict[str, Any]:
    print(f"==> A rehearsal: {audience.replace('_', ' ')}", file=sys.stderr)
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(
            [sys.executable, "-m", "benches.mirror.watching", folder, *_AUDIENCES[audience]], check=False, cwd=ROOT
        )
        return judge(Observations.read(Path(folder) / "seen.json"))


@dataclass(frozen=True, slots=True)
class Presses:
    """The times of the mirror's start and of presses."""

    there_seconds: float
    """Seconds from the start of the process to the first answer of the mirror."""
    shown_ms: tuple[float, ...]
    """Milliseconds from each touch to its result on the page."""


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


if __name__ == "__main__":
    sys.exit(main())
