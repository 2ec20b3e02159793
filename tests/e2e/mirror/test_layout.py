"""From the smallest phone to a large screen all can be read, and nothing has to be scrolled."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.e2e.mirror.scenes import SCENES, long_worded, title_of, view_of
from tests.mirror.serving import serving
from voice_coach.content_index import languages

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from voice_coach.session.view import View

DIFFERENT = (
    "idle",
    "applying",
    "holding",
    "paused",
    "done",
    "question",
    "unsure",
    "trouble",
    "deaf",
    "why",
    "choosing",
    "feeling",
    "pain",
    "timers",
)
"""Scenes; the others have the same parts."""
NARROW = (320, 568)
"""Here it may be scrolled down."""
SIZES = (
    NARROW, (360, 640), (390, 844), (480, 320), (640, 360), (800, 480), (1024, 600), (1280, 800), (768, 1024),
    (820, 1180), (1920, 1080), (1080, 1920), (3840, 2160),
)  # fmt: skip
# What stands in a row that a finger pushes aside may lie beside the page.
FAULTS = """() => {
  const faults = [], page = document.documentElement;
  const shown = [...document.querySelectorAll("header *, #stage *, #buttons *")].filter(one =>
    one.checkVisibility({ visibilityProperty: true }) && !one.closest(".unseen, svg, #heard-line")
    && ![at.masks, at.skins].some(row => row.contains(one) && row.scrollWidth > row.clientWidth)
    && getComputedStyle(one).clipPath === "none");
  const boxes = [];
  for (const one of shown) {
    const text = [...one.childNodes].some(node => node.nodeType === 3 && node.data.trim());
    if (!text) continue;
    const range = document.createRange();
    range.selectNodeContents(one);
    const box = range.getBoundingClientRect();
    const name = `${one.id || one.tagName} "${one.textContent.trim().slice(0, 40)}"`;
    if (box.left < -1 || box.right > page.clientWidth + 1) faults.push(`${name} is beside the page`);
    const frame = one.closest("button, #question, #alerts p, .middle");
    if (frame) {
      const outer = frame.getBoundingClientRect();
      if (box.left < outer.left - 1 || box.right > outer.right + 1 || box.top < outer.top - 1
          || box.bottom > outer.bottom + 1) faults.push(`${name} leaves its frame`);
    }
    boxes.push({ one, name, box });
  }
  for (const a of boxes) for (const b of boxes) {
    if (a === b || a.one.contains(b.one) || b.one.contains(a.one)) continue;
    if (a.one.closest("#say") && b.one.closest("#say")) continue; // lines of one text
    const isOver = a.box.left < b.box.right - 1 && b.box.left < a.box.right - 1
      && a.box.top < b.box.bottom - 3 && b.box.top < a.box.bottom - 3;
    if (isOver && a.name < b.name && !a.one.closest("#buttons") && !b.one.closest("#buttons"))
      faults.push(`${a.name} lies over ${b.name}`);
  }
  for (const button of document.querySelectorAll("button")) {
    if (!button.checkVisibility({ visibilityProperty: true })) continue;
    const { width, height } = button.getBoundingClientRect();
    const least = button.closest("#buttons, #masks, #feelings, #pairing") ? 64 : 44;
    if (width < least || height < least) faults.push(`${button.textContent} is small: ${width} x ${height}`);
  }
  for (const { one, name } of boxes) { // a word that is wider than its lines would leave them, or be broken
    const style = getComputedStyle(one);
    if (style.display !== "inline" && one.scrollWidth > one.clientWidth + 1) faults.push(`${name} has too wide a word`);
    if (style.overflowWrap !== "normal") faults.push(`${name} breaks words`);
  }
  if (page.scrollWidth > page.clientWidth) faults.push(`${page.scrollWidth - page.clientWidth} px too wide`);
  if (page.scrollHeight > page.clientHeight) faults.push(`${page.scrollHeight - page.clientHeight} px too high`);
  return faults;
}"""


@pytest.mark.parametrize("language", languages())
def test_everything_fits_on_every_screen(page: Page, language: str) -> None:
    views = {scene: view_of(scene, language) for scene in DIFFERENT} | {"long words": long_worded(language)}
    found: dict[str, list[str]] = {}
    with serving(language=language) as served:
        page.goto(served.url)
        for scene, view in views.items():
            served.face.show(view)
            _wait_for(page, view, language)
            for width, height in SIZES:
                page.set_viewport_size({"width": width, "height": height})
                page.evaluate("needsFit = true; fit()")
                faults = page.evaluate(FAULTS)
                if (width, height) == NARROW:
                    faults = [fault for fault in faults if not fault.endswith("too high")]
                found |= {f"{scene} {width}x{height}": faults} if faults else {}
    assert found == {}


def test_the_code_can_be_typed_on_the_smallest_screen(page: Page) -> None:
    with serving(language="ko", is_here=lambda _: False) as served:
        page.set_viewport_size({"width": NARROW[0], "height": NARROW[1]})
        page.goto(served.url)
        expect(page.locator("#code")).to_be_focused()
        assert page.evaluate(FAULTS) == []


def test_what_stings_is_always_in_the_same_place(page: Page) -> None:
    with serving() as served:
        page.goto(served.url)
        places = set()
        for scene in (scene for scene in SCENES if scene != "pain"):  # which has nothing but its own answers
            served.face.show(view := view_of(scene, "en"))
            _wait_for(page, view, "en")
            places.add(tuple((page.locator("[data-intent=stings]").bounding_box() or {}).values()))
        assert len(places) == 1


def _wait_for(page: Page, view: View, language: str) -> None:
    expect(page.locator("html")).to_have_attribute("data-phase", view.phase.value)
    expect(page.locator("#title")).to_have_text(title_of(view, language))
    expect(page.locator("#question-text")).to_have_text(view.question)
