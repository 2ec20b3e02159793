"""The first start on the coach's own screen: a phone's camera finds the page, and a touch changes the language."""

from __future__ import annotations

import base64
from dataclasses import replace
from itertools import cycle
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.e2e.mirror.scenes import view_of
from tests.e2e.mirror.test_layout import FAULTS, NARROW
from tests.e2e.mirror.test_touch import last_of, touch
from tests.mirror.serving import serving
from tests.session.test_introduction import first_start
from voice_coach.language.intents import Intent
from voice_coach.library import load_language
from voice_coach.mirror.invitation import pairing_url, qr_rows
from voice_coach.session.view import ChoiceView

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

    from voice_coach.session.view import View

URLS = ("http://192.168.178.31:8765/", "http://mirror.local:8765/")
SIZES = ((320, 568), (390, 844), (480, 320), (800, 480), (1280, 800), (1080, 1920))
LEAST_PIXELS = 3.0
"""Pixels of the smallest screen for a module of the picture, so that a camera tells them apart."""


def first_view(language: str) -> View:
    choices = (
        ChoiceView(Intent.LANGUAGE, code, load_language(code).own_name, is_chosen=code == language)
        for code in ("en", "ko")
    )
    return replace(view_of("choosing", language), languages=tuple(choices), notes=(), is_unknown=True)


def introducing(language: str) -> View:
    return replace(first_view(language), saying=first_start(language).texts[0])


_READ = """async ([png, count]) => {
  const image = new Image();
  image.src = `data:image/png;base64,${png}`;
  await image.decode();
  const canvas = new OffscreenCanvas(image.width, image.height).getContext("2d");
  canvas.drawImage(image, 0, 0);
  const middle = (at) => Math.floor((at + .5) * image.width / count);
  const numbers = [...Array(count).keys()];
  return numbers.map(y => numbers.map(x => canvas.getImageData(middle(x), middle(y), 1, 1).data[0] < 128));
}"""


def modules_in(picture: Locator, count: int) -> list[list[bool]]:
    """Look at the screen itself, in a tab of its own: whether the middle of each module is dark."""
    reader = picture.page.context.new_page()
    found: list[list[bool]] = reader.evaluate(_READ, [base64.b64encode(picture.screenshot()).decode(), count])
    reader.close()
    return found


@pytest.mark.parametrize(("size", "colours"), list(zip(SIZES, cycle(["light", "mirror"]), strict=False)))
def test_a_camera_reads_the_picture_on_every_screen(page: Page, size: tuple[int, int], colours: str) -> None:
    page.set_viewport_size({"width": size[0], "height": size[1]})
    page.add_init_script(f'localStorage.setItem("voice-coach.mode", "{colours}")')
    with serving(urls=lambda: URLS) as served:
        served.face.show(first_view("en"))
        page.goto(served.url)
        picture = page.locator("#code-picture")
        expect(picture).to_be_visible()
        code = served.post_json("/invitation", {}, served.pairing.local_token()).json["code"]
        expect(page.locator("#type")).to_have_text(f"Or open mirror.local:8765 there, and type {code}.")
        rows = qr_rows(pairing_url(code, URLS[0]))
        box = picture.bounding_box()
        assert box is not None
        assert box["width"] / len(rows) >= LEAST_PIXELS
        assert modules_in(picture, len(rows)) == rows


@pytest.mark.parametrize(("size", "language"), list(zip(SIZES, cycle(["en", "ko"]), strict=False)))
def test_all_of_it_can_be_read_and_touched_while_the_coach_introduces_itself_and_afterwards(
    page: Page, size: tuple[int, int], language: str
) -> None:
    page.set_viewport_size({"width": size[0], "height": size[1]})
    with serving(urls=lambda: URLS, language=language) as served:
        for view in (introducing(language), first_view(language)):
            served.face.show(view)
            page.goto(served.url)
            expect(page.locator("#code-picture")).to_be_visible()
            faults = page.evaluate(FAULTS)
            assert [fault for fault in faults if size != NARROW or not fault.endswith("too high")] == []


def test_a_touch_chooses_the_language_by_the_name_that_its_speakers_give_it(page: Page) -> None:
    with serving() as served:
        served.face.show(first_view("en"))
        page.goto(served.url)
        buttons = page.locator("#languages button")
        expect(buttons).to_have_text(["English", "한국어"])
        expect(page.locator("#languages [aria-pressed=true]")).to_have_text("English")
        expect(page.locator("#code-picture")).to_be_hidden()
        touch(page, buttons.last)
        assert last_of(served) == (Intent.LANGUAGE, "ko")


def test_the_picture_goes_when_a_phone_is_paired_and_all_of_it_with_the_first_command(page: Page) -> None:
    with serving(urls=lambda: URLS) as served:
        served.face.show(view := first_view("en"))
        page.goto(served.url)
        expect(page.locator("#code-picture")).to_be_visible()
        expect(page.locator("#masks")).to_be_hidden()
        code = served.post_json("/invitation", {}, served.pairing.local_token()).json["code"]
        assert served.pairing.pair(code, "192.168.178.20", "iPhone")
        expect(page.locator("#code-picture")).to_be_hidden()
        expect(page.locator("#languages")).to_be_visible()
        served.face.show(replace(view, is_unknown=False))
        expect(page.locator("#first")).to_be_hidden()
        expect(page.locator("#masks")).to_be_visible()


def test_a_phone_that_is_paired_shows_no_picture_of_its_own(page: Page) -> None:
    with serving(urls=lambda: URLS, is_here=lambda _: False) as served:
        served.face.show(first_view("en"))
        page.goto(f"{served.url}#pair={served.pairing.new_code().replace('-', '')}")
        expect(page.locator("#masks")).to_be_visible()
        expect(page.locator("#first")).to_be_hidden()
