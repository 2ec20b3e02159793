"""Film `voice-coach demo`: the real program and its real page in chromium, as one animated SVG for the README.

An SVG needs no library and moves on GitHub, too: each frame is a JPEG inside it, shown in its time by a CSS animation.
"""

from __future__ import annotations

import base64
import os
import re
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from playwright.sync_api import sync_playwright

if TYPE_CHECKING:
    from playwright.sync_api import Page

ROOT = Path(__file__).parents[2]
FILM = ROOT / "docs" / "demo.svg"
CHROMIUM = "/usr/bin/chromium"
WIDTH, HEIGHT = 960, 600
"""Of the page, in its pixels: a tablet that leans on the shelf."""
SCALE = 2 / 3
"""Of the film."""
QUALITY = 60
FRAME_SECONDS = 0.5
LAST_FRAME_SECONDS = 3.0
"""The last frame stays for so long before the film begins anew."""
MOST_BYTES = 3_000_000


@dataclass(frozen=True, slots=True)
class Frame:
    """A picture of the page, and when it was taken, in seconds since the first."""

    at: float
    jpeg: bytes


def main() -> None:
    """Film the demo and write docs/demo.svg; fails when the demo does, or when the film is too large."""
    with tempfile.TemporaryDirectory() as home:
        environment = os.environ | {"HOME": home}
        command = [sys.executable, "-u", "-m", "voice_coach", "demo", "--plain", "--no-browser"]
        with subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True) as demo:
            frames = _filmed(demo)
    if demo.returncode != 0:
        sys.exit(f"The demo ended with status {demo.returncode}; run it by hand: voice-coach demo")
    film = _svg(frames)
    if len(film) > MOST_BYTES:
        sys.exit(f"The film has {len(film):,} bytes, more than {MOST_BYTES:,}: take fewer frames or a lower quality.")
    FILM.write_text(film, encoding="utf-8")
    print(f"{len(frames)} frames, {frames[-1].at:.0f} s, {len(film):,} bytes: {FILM.relative_to(ROOT)}")


def _filmed(demo: subprocess.Popen[str]) -> list[Frame]:
    """Return the frames in which the page has changed, until the demo ends."""
    frames: list[Frame] = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, chromium_sandbox=False)
        page = browser.new_page(
            viewport={"width": WIDTH, "height": HEIGHT}, device_scale_factor=SCALE, color_scheme="light"
        )
        page.goto(_address_of(demo))
        page.wait_for_selector('html[data-connection="open"]')
        began = time.monotonic()
        while demo.poll() is None:
            now = time.monotonic() - began
            jpeg = _picture(page)
            if not frames or jpeg != frames[-1].jpeg:
                frames.append(Frame(now, jpeg))
            time.sleep(max(0.0, FRAME_SECONDS - (time.monotonic() - began - now)))
        browser.close()
    return frames


def _address_of(demo: subprocess.Popen[str]) -> str:
    assert demo.stdout is not None  # noqa: S101 - a pipe was asked for
    for line in demo.stdout:
        if found := re.search(r"http://127\.0\.0\.1:\d+/", line):
            return found[0]
    sys.exit("The demo did not tell the address of its page; run it by hand: voice-coach demo")


def _picture(page: Page) -> bytes:
    return page.screenshot(type="jpeg", quality=QUALITY)


def _svg(frames: list[Frame]) -> str:
    """Return an SVG that shows each frame until the next one, over and over."""
    width, height = round(WIDTH * SCALE), round(HEIGHT * SCALE)
    whole = frames[-1].at + LAST_FRAME_SECONDS
    ends = [*(frame.at for frame in frames[1:]), whole]
    styles, images = [], []
    for number, (frame, end) in enumerate(zip(frames, ends, strict=True)):
        begins, over = 100 * frame.at / whole, 100 * end / whole
        is_first = int(number == 0)
        styles.append(
            f"@keyframes f{number}{{0%{{opacity:{is_first}}}{begins:.3f}%{{opacity:1}}{over:.3f}%{{opacity:0}}}}"
            f"#f{number}{{animation:f{number} {whole:.2f}s step-end infinite}}"
        )
        data = base64.b64encode(frame.jpeg).decode()
        images.append(f'<image id="f{number}" width="{width}" height="{height}" href="data:image/jpeg;base64,{data}"/>')
    title = "<title>voice-coach demo: four steps, with a mask of ten seconds</title>"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}">'
        f"{title}<style>image{{opacity:0}}{''.join(styles)}</style>{''.join(images)}</svg>\n"
    )


if __name__ == "__main__":
    main()
