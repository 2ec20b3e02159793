"""The hold is rest, pain is a state of its own, what was heard goes away, and a screen that nobody needs is dark."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.e2e.mirror.scenes import view_of
from tests.mirror.serving import serving
from voice_coach.content_index import languages
from voice_coach.language.intents import Intent
from voice_coach.library import load_language
from voice_coach.mirror.limits import Limits
from voice_coach.mirror.page_commands import buttons_of
from voice_coach.mirror.static_files import load_texts
from voice_coach.routines import Phase

if TYPE_CHECKING:
    from playwright.sync_api import Page

LIVELY = replace(Limits(), keepalive_seconds=0.05)
"""Signs of life come so often that the page does not miss them when its clock is put forward."""
LATER_SECONDS = 3600.0
"""When the page's clock is stopped: later than the slowest machine takes from its beginning to the stop."""
REST_MS = 15_000
STEP_MS = 3_000


def stand_still(page: Page) -> None:
    """Stop the page's clock, so that a slow machine's own seconds do not count beside those that are put forward."""
    page.clock.install(time=0)
    page.clock.pause_at(LATER_SECONDS)


def let_pass(page: Page, milliseconds: int) -> None:
    """Put the page's clock forward, with the coach's signs of life in between."""
    for _ in range(milliseconds // STEP_MS):
        page.clock.run_for(STEP_MS)
        page.wait_for_timeout(150)


def is_resting(page: Page) -> bool:
    return bool(page.evaluate("document.documentElement.dataset.rest === 'resting'"))


@pytest.mark.parametrize("way", ["a touch", "a key", "a saying", "a question", "a trouble", "a word heard"])
def test_after_fifteen_seconds_the_hold_is_only_its_clock_and_comes_back_at(page: Page, way: str) -> None:
    stand_still(page)
    view = view_of("resting", "en")
    with serving(limits=LIVELY) as served:
        page.goto(served.url)
        served.face.show(view)
        expect(page.locator("#timer")).to_be_visible()
        let_pass(page, REST_MS - STEP_MS)
        assert not is_resting(page)
        let_pass(page, 2 * STEP_MS)
        assert is_resting(page)
        for part in ("header", "#words", "#buttons [data-intent=next]"):
            expect(page.locator(part)).to_have_css("opacity", "0")
        for part in ("#orb", "#buttons [data-intent=pause]", "#buttons [data-intent=stings]"):
            expect(page.locator(part)).to_have_css("opacity", "1")
        match way:
            case "a touch":
                page.mouse.click(5, 5)
            case "a key":
                page.keyboard.press("Shift")
            case "a saying":
                served.face.show(replace(view, saying="Half of the time is over."))
            case "a question":
                served.face.show(replace(view, question="Are you in pain?"))
            case "a trouble":
                served.face.show(replace(view, faults=("there is no microphone",)))
            case _:
                served.face.show(replace(view, heard="more time"))
        expect(page.locator("html:not([data-rest])")).to_be_attached()
        expect(page.locator("header")).to_have_css("opacity", "1")


def test_at_rest_pause_and_it_stings_can_be_touched_at_once(page: Page) -> None:
    stand_still(page)
    with serving(limits=LIVELY) as served:
        page.goto(served.url)
        for intent in (Intent.PAUSE, Intent.STINGS):
            served.face.show(view_of("resting", "en"))
            let_pass(page, REST_MS + STEP_MS)
            assert is_resting(page)
            with page.expect_response("**/commands"):
                page.locator(f"#buttons [data-intent={intent.value}]").click()
            assert served.posted[-1].intent is intent


def test_the_clock_has_no_leading_zero_and_the_shape_breathes_ten_times_a_second_at_most(page: Page) -> None:
    page.emulate_media(reduced_motion="no-preference")
    with serving() as served:
        page.goto(served.url)
        served.face.show(view_of("question", "en"))
        expect(page.locator("#digits")).to_have_text("8:20")
        frames = page.evaluate(
            """() => new Promise(resolve => {
                const halo = document.querySelector(".halo"), seen = new Set();
                const began = performance.now();
                (function look() {
                    seen.add(getComputedStyle(halo).transform);
                    if (performance.now() - began < 2000) requestAnimationFrame(look); else resolve(seen.size);
                })();
            })"""
        )
        assert 5 <= frames <= 22


def test_what_was_heard_is_shown_for_three_seconds(page: Page) -> None:
    stand_still(page)
    with serving(limits=LIVELY) as served:
        page.goto(served.url)
        served.face.show(replace(view_of("applying", "en"), heard=""))
        expect(page.locator("html")).to_have_attribute("data-phase", "applying")
        served.face.show(replace(view_of("applying", "en"), heard="go back"))
        expect(page.locator("#heard-line")).to_be_visible()
        page.clock.run_for(3000)
        expect(page.locator("#heard-line")).to_be_hidden()


def test_an_announcement_does_not_stay_beside_the_clock(page: Page) -> None:
    view = view_of("resting", "en")
    with serving() as served:
        page.goto(served.url)
        served.face.show(replace(view, saying="Thirty seconds are left."))
        expect(page.locator("#saying")).to_have_text("Thirty seconds are left.")
        expect(page.locator("#instruction")).to_be_visible()
        served.face.show(view)
        expect(page.locator("#saying")).to_be_hidden()
        expect(page.locator("#instruction")).to_have_text(view.instruction)


@pytest.mark.parametrize("language", languages())
def test_pain_has_only_its_words_and_two_large_answers(page: Page, language: str) -> None:
    texts = load_texts(load_language(language)).texts
    with serving(language=language) as served:
        page.goto(served.url)
        served.face.show(view := view_of("pain", language))
        assert buttons_of(view) == (Intent.YES, Intent.NO, Intent.REPEAT)
        for width, height in ((480, 320), (390, 844), (1280, 800), (1080, 1920)):
            page.set_viewport_size({"width": width, "height": height})
            expect(page.locator("#instruction")).to_be_visible()
            expect(page.locator("#question-text")).to_have_text(view.question)
            for hidden in ("#path", "#dial", "#say", "#buttons [data-intent=stings]"):
                expect(page.locator(hidden)).to_be_hidden()
            for answer in ("yes", "no"):
                box = page.get_by_role("button", name=texts[f"pain.{answer}"]).bounding_box()
                assert box
                assert box["width"] >= 0.4 * width
                assert box["height"] >= 72


def test_it_stings_is_quiet_until_the_mask_is_on_and_red_then(page: Page) -> None:
    stings = page.locator("#buttons [data-intent=stings]")
    alarm = "rgb(171, 46, 31)"
    with serving() as served:
        page.goto(served.url)
        page.evaluate("setMode", "light")
        for phase in Phase:
            served.face.show(view_of(phase.value, "en"))
            expect(page.locator("html")).to_have_attribute("data-phase", phase.value)
            is_on = phase in {Phase.APPLYING, Phase.HOLDING, Phase.PAUSED, Phase.REMOVING}
            expect(stings).to_have_css("background-color", alarm if is_on else "rgba(0, 0, 0, 0)")
            expect(stings).to_have_css("border-top-color", alarm)


def test_a_screen_that_sleeps_is_dark_and_a_touch_only_wakes_it(page: Page) -> None:
    with serving() as served:
        page.goto(served.url)
        served.face.show(view_of("asleep", "en"))
        night = page.locator("#night")
        expect(night).to_be_visible()
        expect(night).to_have_css("background-color", "rgb(0, 0, 0)")
        page.mouse.click(400, 420)
        expect(night).to_be_hidden()
        served.face.show(view_of("applying", "en"))
        expect(page.locator("html")).to_have_attribute("data-phase", "applying")
        served.face.show(view_of("asleep", "en"))
        expect(night).to_be_visible()
        page.keyboard.press("s")
        expect(night).to_be_hidden()
        assert served.posted == []
        with page.expect_response("**/commands"):
            page.keyboard.press("s")
        assert [heard.intent for heard in served.posted] == [Intent.START]
