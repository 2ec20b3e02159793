"""A touch does what the words do, and a keyboard alone is enough."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.e2e.mirror.scenes import SCENES, view_of
from tests.e2e.mirror.waiting import wait_until
from tests.mirror.coaching import coaching
from tests.mirror.serving import serving
from voice_coach.content_index import languages
from voice_coach.language.intents import Intent
from voice_coach.library import load_language
from voice_coach.mirror.page_commands import buttons_of
from voice_coach.mirror.static_files import load_texts
from voice_coach.session.events import CommandHeard, Via

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page, Route

MOST_TABS = 20
PHASES_ON_THE_WAY = ("briefing", "applying", "holding", "removing", "aftercare")


def button(page: Page, intent: Intent) -> Locator:
    """A button, once it can be pressed."""
    return page.locator(f"#buttons button[data-intent={intent.value}]:not([aria-disabled])")


@pytest.mark.parametrize("language", languages())
def test_each_button_does_what_its_words_do(page: Page, language: str) -> None:
    texts = load_texts(load_language(language))
    pressed: set[Intent] = set()
    with serving(language=language) as served:
        page.goto(served.url)
        for scene in SCENES:
            view = view_of(scene, language)
            served.face.show(view)
            for intent in set(buttons_of(view)) - pressed:
                named = page.get_by_role("button", name=texts.texts[f"button.{intent.value}"], exact=True)
                expect(named).to_have_attribute("data-intent", intent.value)
                with page.expect_response("**/commands") as answered:
                    button(page, intent).click()
                assert answered.value.status == 202
                assert served.posted[-1] == CommandHeard(intent=intent, via=Via.TOUCH)
                pressed.add(intent)
        assert len(served.posted) == len(pressed) == 10


def test_touches_lead_through_a_whole_mask(page: Page) -> None:
    with coaching() as coach:
        page.goto(coach.served.url)
        names = load_texts(load_language("en")).texts
        button(page, Intent.START).click()
        for phase in PHASES_ON_THE_WAY:
            while page.locator("html").get_attribute("data-phase") != phase:
                here = page.locator("#place").inner_text()
                button(page, Intent.NEXT).click()
                if phase == "removing":
                    button(page, Intent.YES).click()
                expect(page.locator("#place")).not_to_have_text(here)
            expect(page.locator("#phase")).to_have_text(names[f"phase.{phase}"])
            if phase == "holding":
                button(page, Intent.PAUSE).click()
                expect(page.locator("#phase")).to_have_text(names["phase.paused"])
                button(page, Intent.RESUME).click()
                expect(page.locator("#phase")).to_have_text(names["phase.holding"])
        coach.wait_for(lambda state: state["phase"] == "aftercare")


def test_a_finger_that_meant_the_button_before_presses_nothing(page: Page) -> None:
    with serving() as served:
        page.goto(served.url)
        served.face.show(view_of("holding", "en"))
        expect(button(page, Intent.NEXT)).to_be_visible()
        served.face.show(view_of("question", "en"))
        yes = page.locator("#buttons button[data-intent=yes]")
        # Both in one turn of the page's script: it cannot have become old in between.
        wait_until(page, "document.querySelector('[data-intent=yes][aria-disabled]')?.click() === undefined")
        expect(yes).not_to_have_attribute("aria-disabled", "true")
        assert served.posted == []
        yes.click()
        expect(yes).not_to_have_attribute("aria-disabled", "true")
        assert [heard.intent for heard in served.posted] == [Intent.YES]


def test_a_touch_that_does_not_arrive_is_told_and_one_that_half_arrived_counts_once(page: Page) -> None:
    with serving() as served:
        page.goto(served.url)
        served.face.show(view_of("holding", "en"))
        button(page, Intent.REPEAT).click()
        expect(button(page, Intent.REPEAT)).to_be_visible()
        page.route("**/commands", lambda route: route.abort())
        button(page, Intent.REPEAT).click()
        expect(page.locator("#alerts .status")).to_have_text(load_texts(load_language("en")).texts["command.failed"])
        page.unroute("**/commands")

        def lose_the_answer(route: Route) -> None:
            route.fetch()
            route.abort()

        page.route("**/commands", lose_the_answer, times=1)
        with page.expect_response("**/commands") as again:
            button(page, Intent.REPEAT).click()
        assert again.value.status == 409
        expect(page.locator("#alerts .status")).to_have_count(0)
        assert len(served.posted) == 2


def test_a_keyboard_alone_leads_on_and_the_focus_is_never_lost(page: Page) -> None:
    with coaching() as coach:
        page.goto(coach.served.url)
        expect(button(page, Intent.START)).to_be_visible()
        focused = page.locator("#buttons button:focus:not([aria-disabled])")
        page.keyboard.press("Tab")
        expect(page.locator("#mode")).to_be_focused()
        start = page.locator("#buttons [data-intent=start]")
        for _ in range(MOST_TABS):  # cards and phrases come before the buttons
            page.keyboard.press("Tab")
            if start.evaluate("start => start === document.activeElement"):
                break
        expect(focused).to_have_attribute("data-intent", "start")
        page.keyboard.press("Enter")
        expect(focused).to_have_attribute("data-intent", "next")
        page.keyboard.press("Enter")
        coach.wait_for(lambda state: state["step_number"] == 2)
        page.keyboard.press("Shift+Tab")
        expect(focused).to_have_attribute("data-intent", "back")
        page.keyboard.press("Space")
        coach.wait_for(lambda state: state["step_number"] == 1)
        for _ in range(3):
            page.keyboard.press("Tab")
        expect(focused).to_have_attribute("data-intent", "pause")
        page.keyboard.press("Enter")
        expect(focused).to_have_attribute("data-intent", "resume")
        coach.say(Intent.START_OVER)  # a question comes: the place of the focus goes away
        expect(focused).to_have_attribute("data-intent", "stings")
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement === document.body"), "nothing comes after the last button"
