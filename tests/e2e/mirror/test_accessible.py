"""axe-core finds nothing to complain of, whatever is shown, in whatever way."""

from __future__ import annotations

from importlib.resources import files
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect

from tests.e2e.mirror.scenes import title_of, view_of
from tests.e2e.mirror.waiting import wait_until
from tests.mirror.serving import serving
from voice_coach.content_index import languages
from voice_coach.routines import Phase

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Page

AXE = (files("axe_playwright_python") / "axe.min.js").read_text(encoding="utf-8")
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
SCREENS = ((320, 568), (480, 320), (390, 844), (820, 1180), (1280, 800), (1920, 1080), (1080, 1920))
"""The smallest phone, and the six screens of docs/mirror.md."""
FEW_SCREENS = ((320, 568), (480, 320), (1280, 800))
"""One of each layout: upright, lying and small, lying and large."""
DENSE = {"choosing", "question", "feeling", "pain"}
"""The scenes with the most on them, which are judged on every screen."""
SCENES = (
    *(phase.value for phase in Phase),
    "question",
    "trouble",
    "deaf",
    "why",
    "choosing",
    "feeling",
    "pain",
    "resting",
)
COLOURS = (("auto", "light"), ("auto", "dark"), ("mirror", "dark"))
"""What is chosen on the page, and what the system prefers."""
OTHER_COLOURS = ["color-contrast"]
"""The one rule that colours decide: all the others are tried in the first ones."""
LOOKS = (*(("en", colours) for colours in COLOURS), *((one, COLOURS[0]) for one in languages() if one != "en"))
"""Every language in the first colours, and all colours in one language: the letters of the other are as dark."""
PARTS = {
    "#left": "stroke", "#path li[data-progress='to come']": "border-top-color",
    "#buttons [data-intent='repeat']": "color", "#buttons [data-intent='stings']": "border-top-color",
    ".voice i": "background-color",
}  # fmt: skip
"""What must stand out from the ground, and by which property."""


@pytest.mark.parametrize(("language", "colours"), LOOKS)
def test_axe_finds_nothing_in_any_phase_and_any_colours(page: Page, language: str, colours: tuple[str, str]) -> None:
    with serving(language=language) as served:
        page.goto(served.url)
        page.evaluate(AXE)
        page.evaluate("document.body.style.backgroundImage = 'none'")  # axe looks away where letters lie on a gradient
        for scene in SCENES:
            served.face.show(view := view_of(scene, language))
            expect(page.locator("html")).to_have_attribute("data-phase", view.phase.value)
            expect(page.locator("#title")).to_have_text(title_of(view, language))
            expect(page.locator("#question-text")).to_have_text(view.question)
            expect(page.locator("[aria-disabled]")).to_have_count(0)  # axe looks away from what is disabled
            assert [*_complaints(page, colours, SCREENS if scene in DENSE else FEW_SCREENS)] == [], scene
        for connection in ("lost", "closed"):
            page.evaluate(f"tellConnection('{connection}')")
            assert [*_complaints(page, colours)] == [], connection


@pytest.mark.parametrize("language", languages())
def test_axe_finds_nothing_where_a_code_is_asked_for(page: Page, language: str) -> None:
    with serving(language=language, is_here=lambda _: False) as served:
        page.goto(served.url)
        page.evaluate(AXE)
        page.locator("#code").fill("WRNG-2345")
        page.keyboard.press("Enter")
        expect(page.locator("#pairing-error")).not_to_be_empty()
        assert [one for colours in COLOURS for one in _complaints(page, colours)] == []


@pytest.mark.parametrize("mode", ["light", "dark", "mirror"])
def test_what_matters_stands_out_from_the_ground(page: Page, mode: str) -> None:
    with serving() as served:
        page.goto(served.url)
        served.face.show(view_of("holding", "en"))
        expect(page.locator("#timer")).to_be_visible()
        page.evaluate("setMode", mode)
        ground = _brightness(page, "body", "background-color")
        contrasts = {part: _contrast(_brightness(page, part, by), ground) for part, by in PARTS.items()}
        assert {part for part, contrast in contrasts.items() if contrast < 3} == set(), contrasts
        page.evaluate("document.querySelector('.ball').style.backgroundColor = 'var(--orb)'")
        for connection in ("open", "lost"):  # axe cannot tell what is behind these
            page.evaluate("tellConnection", connection)
            orb = _brightness(page, ".ball", "background-color")
            assert _contrast(_brightness(page, "#digits", "color"), orb) >= 4.5
            assert _contrast(_brightness(page, "#activity-name", "color"), ground) >= 4.5


def test_the_page_tells_its_language_its_phase_and_the_time_in_words(page: Page) -> None:
    with serving(language="ko") as served:
        page.goto(served.url)
        served.face.show(view_of("holding", "ko"))
        expect(page).to_have_title("마스크 하는 중 · 쉬기 · 마스크 코치")
        assert page.locator("html").get_attribute("lang") == "ko"
        expect(page.get_by_role("timer")).to_contain_text("약 15분 남았어요")
        assert page.get_by_role("timer").get_attribute("aria-live") == "off"
        assert page.locator("h1").count() == page.locator("main").count() == 1


def test_only_few_places_speak_up_by_themselves(page: Page) -> None:
    with serving() as served:
        page.goto(served.url)
        live = page.eval_on_selector_all("[aria-live=polite]", "all => all.map(one => one.id || one.lastChild.id)")
        assert live == ["alerts", "title", "asked", "note", "pairing-error"]


def test_nothing_moves_for_who_wants_no_motion_and_something_does_for_others(page: Page) -> None:
    running = "document.getAnimations().filter(one => one.playState === 'running').length"
    with serving() as served:
        page.goto(served.url)
        served.face.show(view_of("hearing", "en"))
        expect(page.locator("html")).to_have_attribute("data-activity", "hearing")
        assert page.evaluate(running) == 0
        page.emulate_media(reduced_motion="no-preference")
        wait_until(page, f"{running} === 5")


@pytest.mark.parametrize("media", [{"contrast": "more"}, {"forced_colors": "active"}])
def test_strong_and_forced_colours_hide_nothing(page: Page, media: dict[str, Any]) -> None:
    page.emulate_media(**media)
    with serving() as served:
        page.goto(served.url)
        page.evaluate(AXE)
        for scene in ("holding", "question", "trouble", "aftercare"):
            served.face.show(view := view_of(scene, "en"))
            expect(page.locator("#title")).to_have_text(title_of(view, "en"))
            assert page.evaluate(_RUN, RULES) == []


_RUN = """rules => axe.run({runOnly: rules, resultTypes: ["violations"], preload: false}).then(found =>
    found.violations.map(one => `${one.id}: ${one.nodes.map(node => node.html + node.failureSummary).join("; ")}`))"""


def _complaints(
    page: Page, colours: tuple[str, str], screens: tuple[tuple[int, int], ...] = FEW_SCREENS
) -> Iterator[str]:
    mode, preferred = colours
    page.emulate_media(color_scheme=preferred)  # type: ignore[arg-type]
    page.evaluate("setMode", mode)
    for width, height in screens:
        page.set_viewport_size({"width": width, "height": height})
        for complaint in page.evaluate(_RUN, RULES if colours == COLOURS[0] else OTHER_COLOURS):
            yield f"{width}x{height} {mode} {preferred}: {complaint}"


def _brightness(page: Page, part: str, by: str) -> float:
    colour = page.locator(part).first.evaluate("(part, by) => getComputedStyle(part)[by]", by)
    channels = [int(number) / 255 for number in colour.removeprefix("rgb(").removesuffix(")").split(", ")]
    linear = [one / 12.92 if one <= 0.04045 else ((one + 0.055) / 1.055) ** 2.4 for one in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _contrast(one: float, other: float) -> float:
    return (max(one, other) + 0.05) / (min(one, other) + 0.05)
