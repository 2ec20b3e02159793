"""Draw the README's pictures of the mirror: the real session on the real page, in a real browser without a window."""

from __future__ import annotations

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
from voice_coach.face.base import clock_text, remaining_seconds
from voice_coach.language.intents import Intent
from voice_coach.library import load_language
from voice_coach.mirror.listeners import Address
from voice_coach.mirror.mirror_face import MirrorFace
from voice_coach.mirror.paired_devices import DevicesFile
from voice_coach.mirror.pairing import Pairing
from voice_coach.mirror.static_files import load_texts
from voice_coach.routines import Phase
from voice_coach.session.events import CommandHeard, CommandRejected, RejectionReason
from voice_coach.session.view import View

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import Browser

    from voice_coach.session.view import View

DOCS = Path(__file__).parents[2] / "docs"
CHROMIUM = "/usr/bin/chromium"
COLUMNS, GAP = 3, 8
"""A sequence is so wide, and so many pixels lie between its frames."""
ASKED_AT_SECONDS = 400.0
"""Into the countdown, when the person asks how much time is left."""
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


def idle() -> Scene:
    """The coach greets."""
    return Scene()


def applying() -> Scene:
    """A step of putting the mask on is explained."""
    scene = Scene()
    scene.play(CommandHeard(intent=Intent.START, text="start the mask"))
    scene.go_on_to(Phase.APPLYING)
    return scene


def holding() -> Scene:
    """The person has asked how much time is left, and the coach tells."""
    scene = applying()
    scene.go_on_to(Phase.HOLDING)
    scene.wait(ASKED_AT_SECONDS)
    scene.play(CommandHeard(intent=Intent.TIME_LEFT, text="how much time is left"))
    return scene


def asked() -> Scene:
    """The person wants to go on in the middle of the hold."""
    scene = holding()
    scene.wait(ASKED_AT_SECONDS / 4)
    scene.play(CommandHeard(intent=Intent.NEXT, text="next step"))
    return scene


def aftercare() -> Scene:
    """A step of the care is explained, and the person asks why."""
    scene = holding()
    scene.go_on_to(Phase.AFTERCARE)
    scene.wait(1.0)
    scene.play(CommandHeard(intent=Intent.WHY, text="why is that"))
    return scene


def unsure() -> Scene:
    """Something was hardly heard while the coach speaks."""
    scene = aftercare()
    scene.play(
        CommandRejected(text="next step", reason=RejectionReason.UNCLEAR, intent=Intent.NEXT, is_borderline=True)
    )
    return scene


def done() -> Scene:
    """All steps are done."""
    scene = aftercare()
    scene.go_on_to(Phase.DONE)
    return scene


def main() -> None:
    """Draw two large pictures, and a rehearsal in six small ones."""
    with sync_playwright() as playwright, mirror() as face:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, chromium_sandbox=False)
        draw = partial(picture, browser, face)
        (DOCS / "mirror-holding.png").write_bytes(draw(holding, DARK))
        (DOCS / "mirror-aftercare.png").write_bytes(draw(aftercare, LIGHT))
        frames = [draw(moment, SMALL) for moment in (idle, applying, holding, asked, unsure, done)]
        (DOCS / "mirror-rehearsal.png").write_bytes(sequence(browser, frames))
        browser.close()


@contextmanager
def mirror() -> Iterator[MirrorFace]:
    """The real one, on a free port."""
    with tempfile.TemporaryDirectory() as folder:
        pairing = Pairing(DevicesFile(Path(folder) / "mirror.json"))
        face = MirrorFace(Address(0), load_texts(load_language("en")), load_language("en").wording, pairing)
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
    drawn = page.screenshot()
    page.close()
    return drawn


def sequence(browser: Browser, frames: list[bytes]) -> bytes:
    """Pictures side by side, line by line, on white."""
    width, height = round(SMALL.width * SMALL.scale), round(SMALL.height * SMALL.scale)
    rows = -(-len(frames) // COLUMNS)
    whole = {"width": COLUMNS * (width + GAP) - GAP, "height": rows * (height + GAP) - GAP}
    page = browser.new_page(viewport={"width": whole["width"], "height": whole["height"]})
    images = "".join(
        f'<img width="{width}" height="{height}" src="data:image/png;base64,{base64.b64encode(frame).decode()}">'
        for frame in frames
    )
    page.set_content(f'<body style="margin:0;display:flex;flex-wrap:wrap;gap:{GAP}px">{images}</body>')
    drawn = page.screenshot()
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
