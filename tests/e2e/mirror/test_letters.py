"""Letters are large enough to be read from two metres, and they are those of the font that ships with the page."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.e2e.mirror.scenes import KINDS, view_of, walked_to
from tests.mirror.serving import serving
from voice_coach.content_index import languages
from voice_coach.library import load_routine
from voice_coach.routines import Phase

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Page

    from voice_coach.session.view import View

LEAST_MINUTES_OF_ARC = 10.0
DISTANCE_MM = 2000.0
TEN_INCHES = {"width": 1280, "height": 800}
PIXEL_MM = 216.0 / TEN_INCHES["width"]
"""A 10" screen of 1280 x 800 pixels is 216 mm wide."""
LETTERS = Path(__file__).parents[3] / "scripts" / "fonts" / "letters.txt"
CONTENT = Path(__file__).parents[3] / "voice_coach" / "content"
_HEIGHT = """letter => {
    const style = getComputedStyle(document.querySelector("#instruction"));
    const pen = document.createElement("canvas").getContext("2d");
    pen.font = `${style.fontWeight} ${style.fontSize} ${style.fontFamily}`;
    return pen.measureText(letter).actualBoundingBoxAscent;
}"""
"""The height in pixels of a letter, from its line up, as the instruction is written."""


@pytest.mark.parametrize("language", languages())
def test_each_instruction_has_ten_minutes_of_arc_at_two_metres_on_a_ten_inch_screen(page: Page, language: str) -> None:
    page.set_viewport_size(TEN_INCHES)  # type: ignore[arg-type]
    small: dict[str, float] = {}
    with serving(language=language) as served:
        page.goto(served.url)
        for view in (*_steps(language), *_beside(language)):
            served.face.show(view)
            expect(page.locator("#instruction")).to_have_text(view.instruction)
            expect(page.locator("#instruction")).to_be_visible()
            page.evaluate("document.fonts.ready.then(() => null)")
            height = page.evaluate(_HEIGHT, "H" if language == "en" else "한") * PIXEL_MM
            seen = math.degrees(math.atan(height / DISTANCE_MM)) * 60
            if seen < LEAST_MINUTES_OF_ARC:
                small[f"{view.title} {view.saying}"] = round(seen, 1)
    assert small == {}


def _steps(language: str) -> Iterator[View]:
    """Each step of each routine, for nobody's skin in particular."""
    view = view_of("applying", language)
    for kind in KINDS:
        for step in load_routine(kind, language).steps:
            yield replace(
                view, title=step.title, instruction=f"{step.say} {step.how}", picture=step.picture, saying="", heard=""
            )


def _beside(language: str) -> Iterator[View]:
    """The step's words stay as large beside a reason, a pause and the time left."""
    yield from (view_of(scene, language) for scene in ("why", "paused", "holding"))


@pytest.mark.parametrize("language", languages())
def test_a_page_that_opens_late_has_the_words_of_the_step(page: Page, language: str) -> None:
    conversation = walked_to(Phase.APPLYING, language)
    conversation.wait(60)
    view = conversation.view
    assert view.saying == ""
    with serving(language=language) as served:
        served.face.show(view)
        page.goto(served.url)
        expect(page.locator("#instruction")).to_have_text(view.instruction)
        expect(page.locator("#instruction")).to_be_visible()


@pytest.mark.parametrize("language", languages())
def test_letters_are_those_of_the_font_that_ships_with_the_page(page: Page, language: str) -> None:
    with serving(language=language) as served:
        page.goto(served.url)
        served.face.show(view := view_of("applying", language))
        expect(page.locator("#instruction")).to_have_text(view.instruction)
        page.evaluate("document.fonts.ready.then(() => null)")
        assert page.evaluate("getComputedStyle(document.body).fontFamily").startswith("Coach,")
        for weight in (400, 700):
            assert page.evaluate(
                "([font, text]) => document.fonts.check(font, text)", [f"{weight} 20px Coach", view.title]
            )
        loaded = page.evaluate("[...document.fonts].filter(one => one.status === 'loaded').length")
        assert loaded == {"en": 2, "ko": 4}[language]


@pytest.mark.parametrize("language", languages())
def test_the_fonts_have_every_letter_of_the_texts(language: str) -> None:
    """Where this fails, scripts/subset-fonts makes them anew."""
    letters = set(LETTERS.read_text(encoding="utf-8")) - {"\n"}
    texts = {file.name: set(file.read_text(encoding="utf-8")) for file in (CONTENT / language).rglob("*.toml")}
    hangul = {letter for text in texts.values() for letter in text if "가" <= letter <= "힣"}
    latin = {letter for text in texts.values() for letter in text if " " <= letter <= "ÿ"}
    assert sorted((hangul | latin) - letters) == []
