"""Pictures of every phase, to be looked at: in MIRROR_SCREENSHOTS, if that names a folder."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.e2e.mirror.scenes import SCENES, view_of
from tests.mirror.serving import serving
from voice_coach.content_index import languages

if TYPE_CHECKING:
    from playwright.sync_api import Page

SIZES = {"touch": (800, 480), "phone": (390, 844), "screen": (1920, 1080)}
MODES = ("light", "dark", "mirror")
PNG = b"\x89PNG"


@pytest.mark.parametrize("language", languages())
def test_every_phase_has_its_picture(page: Page, language: str, tmp_path: Path) -> None:
    asked_for = os.environ.get("MIRROR_SCREENSHOTS")
    folder = Path(asked_for or tmp_path)
    folder.mkdir(parents=True, exist_ok=True)
    pictures = []
    with serving(language=language) as served:
        page.goto(served.url)
        for number, scene in enumerate(SCENES if asked_for or language == "en" else SCENES[:1]):
            served.face.show(view := view_of(scene, language))
            expect(page.locator("html")).to_have_attribute("data-phase", view.phase.value)
            expect(page.locator("#question-text")).to_have_text(view.question)
            for mode in MODES if asked_for else MODES[number % 3 :][:1]:
                page.evaluate("setMode", mode)
                for size, (width, height) in SIZES.items() if asked_for else [*SIZES.items()][:1]:
                    page.set_viewport_size({"width": width, "height": height})
                    picture = folder / f"{language}-{number:02d}-{scene}-{mode}-{size}.png"
                    pictures.append(page.screenshot(path=picture))
    assert pictures
    assert all(picture.startswith(PNG) for picture in pictures)
    assert len(set(pictures)) == len(pictures), "no two look alike"
