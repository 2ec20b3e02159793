"""Cards, chips, phrases and keys send what their words would mean."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.e2e.mirror.scenes import KINDS, view_of
from tests.mirror.serving import serving
from voice_coach.content_index import languages
from voice_coach.language.intents import Intent
from voice_coach.library import load_language
from voice_coach.mirror.page_commands import buttons_of
from voice_coach.mirror.static_files import load_texts
from voice_coach.session.view import Attention

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

    from tests.mirror.serving import Served

WORDS = load_texts(load_language("en")).texts


def touch(page: Page, button: Locator) -> None:
    """Touch it, once it can be, and wait until the coach has it."""
    expect(button).not_to_have_attribute("aria-disabled", "true")
    with page.expect_response("**/commands") as answered:
        button.click()
    assert answered.value.status == 202


def type_key(page: Page, key: str) -> None:
    """Press a key that sends something, and wait until the coach has it."""
    with page.expect_response("**/commands") as answered:
        page.keyboard.press(key)
    assert answered.value.status == 202


def last_of(served: Served) -> tuple[Intent, str]:
    return served.posted[-1].intent, served.posted[-1].slot_value


@pytest.mark.parametrize("size", [(480, 320), (390, 844), (1280, 800)])
def test_each_card_chooses_its_mask_and_each_chip_its_skin(page: Page, size: tuple[int, int]) -> None:
    page.set_viewport_size({"width": size[0], "height": size[1]})
    with serving() as served:
        page.goto(served.url)
        served.face.show(view := view_of("choosing", "en"))
        cards, chips = page.locator("#masks button"), page.locator("#skins button")
        expect(cards).to_have_count(len(KINDS))
        expect(page.locator("#masks [aria-pressed=true]")).to_contain_text("Clay mask")
        for choice, button in zip(view.choices, (*cards.all(), *chips.all()), strict=True):
            expect(button).to_contain_text(choice.title)
            touch(page, button)
            assert last_of(served) == (choice.intent, choice.value)


@pytest.mark.parametrize("language", languages())
def test_each_feeling_can_be_touched_and_starting_another_mask_is_not_the_largest_button(
    page: Page, language: str
) -> None:
    with serving(language=language) as served:
        page.goto(served.url)
        served.face.show(view := view_of("feeling", language))
        for width, height in ((480, 320), (390, 844), (1280, 800), (1080, 1920)):
            page.set_viewport_size({"width": width, "height": height})
            assert buttons_of(view) == (Intent.START, Intent.REPEAT, Intent.HELP, Intent.STINGS)
            feelings = page.locator("#feelings button")
            expect(feelings).to_have_count(4)
            for choice, button in zip(view.choices, feelings.all(), strict=True):
                touch(page, button)
                assert last_of(served) == (Intent.FELT, choice.value)
            start = page.locator("#buttons [data-intent=start]").bounding_box()
            least = min(box["width"] * box["height"] for one in feelings.all() if (box := one.bounding_box()))
            assert start
            assert start["width"] * start["height"] <= 1.2 * least


def test_phrases_are_buttons_at_most_three_and_say_themselves(page: Page) -> None:
    page.set_viewport_size({"width": 1280, "height": 800})
    with serving() as served:
        page.goto(served.url)
        served.face.show(view := view_of("resting", "en"))
        phrases = page.locator("#phrases button")
        expect(phrases).to_have_count(3)
        for suggestion, button in zip(view.suggestions, phrases.all(), strict=False):
            expect(button).to_have_text(suggestion.phrase)
            touch(page, button)
            assert served.posted[-1].intent is suggestion.intent


@pytest.mark.parametrize(
    ("scene", "key", "intent"),
    [
        ("applying", "n", Intent.NEXT), ("applying", "PageDown", Intent.NEXT), ("applying", "b", Intent.BACK),
        ("applying", "w", Intent.WHY), ("applying", "r", Intent.REPEAT), ("applying", "?", Intent.HELP),
        ("applying", "!", Intent.STINGS), ("applying", " ", Intent.PAUSE), ("paused", " ", Intent.RESUME),
        ("resting", "t", Intent.TIME_LEFT), ("question", "y", Intent.YES), ("question", "n", Intent.NO),
        ("idle", "s", Intent.START), ("idle", "Enter", Intent.START), ("done", "q", Intent.QUIT),
    ],
)  # fmt: skip
def test_the_keys_of_the_terminal_work_on_the_page(page: Page, scene: str, key: str, intent: Intent) -> None:
    with serving() as served:
        page.goto(served.url)
        served.face.show(view := view_of(scene, "en"))
        expect(page.locator("html")).to_have_attribute("data-phase", view.phase.value)
        expect(page.locator("#question-text")).to_have_text(view.question)
        type_key(page, key)
        assert served.posted[-1].intent is intent


def test_digits_choose_a_mask_and_escape_switches_the_keys_off_and_on(page: Page) -> None:
    with serving() as served:
        page.goto(served.url)
        served.face.show(view_of("choosing", "en"))
        expect(page.locator("#masks button")).to_have_count(len(KINDS))
        type_key(page, "2")
        assert last_of(served) == (Intent.MASK, KINDS[1])
        page.keyboard.press("Escape")
        expect(page.locator("#alerts .status")).to_have_text(WORDS["command.keys_off"])
        page.keyboard.type("s2nb!? ")
        page.keyboard.press("Escape")
        expect(page.locator("#alerts .status")).to_have_text(WORDS["command.keys_on"])
        type_key(page, "s")
        assert [heard.intent for heard in served.posted] == [Intent.MASK, Intent.START]


def test_no_key_does_anything_where_a_code_is_typed(page: Page) -> None:
    with serving(is_here=lambda _: False) as served:
        page.goto(served.url)
        expect(page.locator("#code")).to_be_focused()
        page.keyboard.type("snbr w?!2")
        expect(page.locator("#code")).to_have_value("snbr w?!2")
        assert served.posted == []


def test_without_a_microphone_nobody_is_told_to_speak(page: Page) -> None:
    with serving() as served:
        page.goto(served.url)
        view = view_of("applying", "en")
        served.face.show(replace(view, saying="", attention=Attention.DEAF, faults=("there is no microphone",)))
        expect(page.locator("#alerts .trouble")).to_have_text("there is no microphone")
        expect(page.locator("#activity-name")).to_have_text(WORDS["activity.deaf"])
        expect(page.locator("#say-label")).to_have_text(WORDS["page.only_touch"])
