"""Draws the mirror: the real session on the real page, in a real browser without a window."""

from __future__ import annotations

import argparse
import base64
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from playwright.sync_api import expect, sync_playwright
from scene import Scene

from voice_coach import clock
from voice_coach.content_index import languages
from voice_coach.face.base import clock_text, remaining_seconds
from voice_coach.language.intents import Intent
from voice_coach.library import load_language
from voice_coach.mirror.listeners import Address
from voice_coach.mirror.mirror_face import MirrorFace
from voice_coach.mirror.paired_devices import DevicesFile
from voice_coach.mirror.pairing import Pairing
from voice_coach.mirror.static_files import load_texts
from voice_coach.routines import Phase
from voice_coach.session.events import CommandRejected, RejectionReason
from voice_coach.session.view import View

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import Browser

    from voice_coach.session.view import View

DOCS = Path(__file__).parents[2] / "docs"
CHROMIUM = "/usr/bin/chromium"
COLUMNS, GAP = 3, 8
"""The rehearsal is so wide, and so many pixels lie between pictures."""
ASKED_AT_SECONDS = 400.0
"""Into the countdown, when the person asks how much time is left."""
ASKED_AGAIN_SECONDS = 70.0
"""After "it stings", when the coach has asked whether it is better."""
MODES = ("light", "dark", "mirror")
SCREENS = ((480, 320), (800, 480), (390, 844), (820, 1180), (1280, 800), (1920, 1080), (1080, 1920))
"""The page's screens, in its pixels: 3.5", 7", a phone, a tablet, 10", a screen, an upright mirror."""
SHEET_HEIGHT = 300
SETTLED_MS = 700
"""After a button has changed its meaning, it takes no touch for 400 ms and looks like that."""


@dataclass(frozen=True, slots=True)
class Look:
    """How a screen looks; its size is in the page's pixels."""

    width: int
    height: int
    colours: Literal["light", "dark"]
    scale: float = 1.0
    """Of the picture."""


DARK, LIGHT = Look(960, 600, "dark"), Look(960, 600, "light")
"""A tablet that leans on the shelf."""
SMALL = Look(800, 480, "light", scale=0.475)
"""A small screen, from afar."""


def idle(language: str = "en") -> Scene:
    """The coach has greeted, and waits."""
    scene = Scene(language)
    scene.wait(1.0)
    return scene


def briefing(language: str = "en") -> Scene:
    """The first step is explained."""
    scene = idle(language)
    scene.say(Intent.START)
    return scene


def applying(language: str = "en") -> Scene:
    """A step of putting the mask on is explained."""
    scene = briefing(language)
    scene.go_on_to(Phase.APPLYING)
    return scene


def explained(language: str = "en") -> Scene:
    """The person asks why that is done."""
    scene = applying(language)
    scene.wait(1.0)
    scene.say(Intent.WHY)
    return scene


def holding(language: str = "en") -> Scene:
    """The person has asked how much time is left, and the coach tells."""
    scene = applying(language)
    scene.go_on_to(Phase.HOLDING)
    scene.wait(ASKED_AT_SECONDS)
    scene.say(Intent.TIME_LEFT)
    return scene


def resting(language: str = "en") -> Scene:
    """Nobody has said anything for long."""
    scene = holding(language)
    scene.wait(30.0)
    return scene


def paused(language: str = "en") -> Scene:
    """The countdown stands still."""
    scene = resting(language)
    scene.say(Intent.PAUSE)
    return scene


def asked(language: str = "en") -> Scene:
    """The person wants to go on in the middle of the hold."""
    scene = holding(language)
    scene.wait(ASKED_AT_SECONDS / 4)
    scene.say(Intent.NEXT)
    return scene


def hurting(language: str = "en") -> Scene:
    """The mask stings, and the coach has asked whether it is better."""
    scene = resting(language)
    scene.say(Intent.STINGS)
    scene.wait(ASKED_AGAIN_SECONDS)
    return scene


def taking_off(language: str = "en") -> Scene:
    """The mask is taken off."""
    scene = holding(language)
    scene.go_on_to(Phase.REMOVING)
    scene.wait(1.0)
    return scene


def aftercare(language: str = "en") -> Scene:
    """A step of the care is explained, and the person asks why."""
    scene = holding(language)
    scene.go_on_to(Phase.AFTERCARE)
    scene.wait(1.0)
    scene.say(Intent.WHY)
    return scene


def unsure(language: str = "en") -> Scene:
    """Something was hardly heard while the coach speaks."""
    scene = aftercare(language)
    scene.play(
        CommandRejected(
            text=scene.phrase(Intent.NEXT), reason=RejectionReason.UNCLEAR, intent=Intent.NEXT, is_borderline=True
        )
    )
    return scene


def done(language: str = "en") -> Scene:
    """All steps are done."""
    scene = aftercare(language)
    scene.go_on_to(Phase.DONE)
    scene.wait(1.0)
    return scene


MOMENTS = (
    idle, briefing, applying, explained, holding, resting, paused, asked, hurting, taking_off, aftercare, unsure, done,
)  # fmt: skip


def main() -> None:
    """Draw the pictures of the docs, or contact sheets of every moment on every screen in a folder."""
    parser = argparse.ArgumentParser(prog="scripts/draw-mirror", description=__doc__)
    parser.add_argument("--all", type=Path, metavar="FOLDER", help="contact sheets of every moment, for the eye")
    folder: Path | None = parser.parse_args().all
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, chromium_sandbox=False)
        if folder is None:
            draw_docs(browser)
        else:
            folder.mkdir(parents=True, exist_ok=True)
            for language in languages():
                draw_sheets(browser, language, folder)
        browser.close()


def draw_docs(browser: Browser) -> None:
    """Draw two large pictures, and a rehearsal in six small ones."""
    with mirror("en") as face:
        draw = partial(picture, browser, face)
        (DOCS / "mirror-holding.png").write_bytes(draw(resting, DARK))
        (DOCS / "mirror-aftercare.png").write_bytes(draw(aftercare, LIGHT))
        frames = [draw(moment, SMALL) for moment in (idle, explained, holding, hurting, unsure, done)]
        whole = contact_sheet(browser, frames, COLUMNS, round(SMALL.height * SMALL.scale))
        (DOCS / "mirror-rehearsal.png").write_bytes(whole)


def draw_sheets(browser: Browser, language: str, folder: Path) -> None:
    """Draw a sheet for each of the page's modes: a line for each moment, with all screens side by side."""
    frames: dict[str, list[bytes]] = {mode: [] for mode in MODES}
    with mirror(language) as face:
        page = browser.new_page(reduced_motion="reduce")
        page.goto(f"http://127.0.0.1:{face.port}/")
        page.wait_for_selector('html[data-connection="open"]')
        for moment in MOMENTS:
            scene = moment(language)
            face.show(_as_of_now(scene))
            page.wait_for_timeout(SETTLED_MS)
            for mode in MODES:
                page.evaluate("setMode", mode)
                for width, height in SCREENS:
                    page.set_viewport_size({"width": width, "height": height})
                    page.evaluate("needsFit = true; fit()" if moment is not resting else "stir(); rest()")
                    frames[mode].append(page.screenshot())
        page.close()
    for mode, drawn in frames.items():
        sheet = contact_sheet(browser, drawn, len(SCREENS), SHEET_HEIGHT)
        (folder / f"mirror-{language}-{mode}.png").write_bytes(sheet)


@contextmanager
def mirror(language: str) -> Iterator[MirrorFace]:
    """The real one, on a free port."""
    with tempfile.TemporaryDirectory() as folder:
        pairing = Pairing(DevicesFile(Path(folder) / "mirror.json"))
        pack = load_language(language)
        face = MirrorFace(Address(0), load_texts(pack), pack.wording, pairing)
        face.start(lambda _heard: None)
        yield face
        face.stop()


def picture(browser: Browser, face: MirrorFace, moment: Callable[[], Scene], look: Look) -> bytes:
    """What the page shows at a moment, as PNG."""
    page = browser.new_page(
        viewport={"width": look.width, "height": look.height},
        device_scale_factor=look.scale,
        color_scheme=look.colours,
        reduced_motion="reduce",
    )
    page.goto(f"http://127.0.0.1:{face.port}/")
    page.wait_for_selector('html[data-connection="open"]')
    scene = moment()
    face.show(_as_of_now(scene))
    page.wait_for_selector(f'html[data-phase="{scene.view.phase.value}"]')
    page.wait_for_timeout(SETTLED_MS)
    if scene.view.countdown is not None:
        face.show(_as_of_now(scene))
        digits = clock_text(remaining_seconds(scene.view.countdown, scene.now))
        expect(page.locator("#digits")).to_have_text(digits)
    if moment is resting:
        page.evaluate("rest()")
    drawn = page.screenshot()
    page.close()
    return drawn


def contact_sheet(browser: Browser, frames: list[bytes], columns: int, height: int) -> bytes:
    """Put pictures side by side, on grey.

    Args:
        browser: draws it.
        frames: the pictures, as PNG.
        columns: how many go into a line.
        height: of each, in pixels.
    """
    page = browser.new_page(viewport={"width": 100, "height": 100})
    images = [f'<img height="{height}" src="data:image/png;base64,{base64.b64encode(one).decode()}">' for one in frames]
    lines = ["".join(images[first : first + columns]) for first in range(0, len(images), columns)]
    body = "".join(f'<div style="display:flex;gap:{GAP}px;margin-bottom:{GAP}px">{line}</div>' for line in lines)
    page.set_content(f'<body style="margin:0;background:#7d7d7d"><main style="width:max-content">{body}</main></body>')
    page.wait_for_function("[...document.images].every(one => one.complete)")
    drawn = page.locator("main").screenshot()
    page.close()
    return drawn


def _as_of_now(scene: Scene) -> View:
    """What the session shows, with its countdown on the clock of this machine."""
    countdown = scene.view.countdown
    if countdown is None or countdown.ends_at is None:
        return scene.view
    ends_at = countdown.ends_at - scene.now + clock.now()
    return replace(scene.view, countdown=replace(countdown, ends_at=ends_at))


if __name__ == "__main__":
    main()
