"""The page is small, asks nobody else, and lets no foreign script in."""

from __future__ import annotations

import re
from importlib.resources import files
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.e2e.mirror.scenes import view_of
from tests.e2e.mirror.waiting import wait_until
from tests.mirror.serving import serving
from voice_coach.content_index import languages
from voice_coach.library import load_language
from voice_coach.mirror.static_files import load_texts, read_files
from voice_coach.routines import PICTURES

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, Page

MOST_BYTES = 200_000
MOST_DRAWN = 40_000
_LATIN = ("latin-400.woff2", "latin-700.woff2")
FONTS = {"en": _LATIN, "ko": (*_LATIN, "hangul-400.woff2", "hangul-700.woff2")}
"""The fonts that a page in each language loads."""


@pytest.mark.parametrize("language", languages())
def test_all_that_is_loaded_is_less_than_200_kilobytes_with_font_and_drawings(page: Page, language: str) -> None:
    sizes: dict[str, int] = {}
    page.on("requestfinished", lambda request: sizes.update({request.url: request.sizes()["responseBodySize"]}))
    with serving(language=language) as served:
        with page.expect_request_finished(lambda request: request.url.endswith("/icon.svg")):
            page.goto(served.url)
        served.face.show(view_of("applying", language))
        expect(page.locator("#picture")).to_be_visible()
        page.evaluate("document.fonts.ready.then(() => null)")
        page.wait_for_timeout(0)  # lets the events of requests that have finished come in
        paths = {url.removeprefix(served.url) for url in sizes}
        assert paths >= {"", "mirror.css", "mirror.js", "link.js", "time.js", "calm.js", "touch.js", *FONTS[language]}
        assert not {path for path in paths if path.endswith(".woff2")} - set(FONTS[language])
        files = read_files(load_texts(load_language(language)), language)
        kept = {path: file.content for path, file in files.items() if path.removeprefix("/") in paths}
        assert 10_000 < sum(map(len, kept.values())) < MOST_BYTES
        assert 10_000 < sum(sizes.values()) < MOST_BYTES


def test_the_drawings_weigh_little_and_there_is_one_for_each_picture_of_a_step() -> None:
    drawings = (files("voice_coach") / "mirror" / "static" / "drawings.svg").read_text(encoding="utf-8")
    assert set(re.findall(r'<symbol id="p-(\w+)"', drawings)) == set(PICTURES)
    assert len(drawings) <= MOST_DRAWN
    assert "<text" not in drawings
    used, drawn = (set(re.findall(pattern, drawings)) for pattern in (r'href="#([\w-]+)"', r' id="([\w-]+)"'))
    assert used <= drawn


def test_scripts_and_styles_of_others_do_not_run(context: BrowserContext) -> None:
    page = context.new_page()
    with serving() as served:
        page.goto(served.url)
        expect(page.locator("html")).to_have_attribute("data-connection", "open")
        blocked = page.evaluate(
            """() => new Promise(resolve => {
                const blocked = [];
                addEventListener("securitypolicyviolation", event => {
                    event.stopImmediatePropagation();
                    blocked.push(event.effectiveDirective);
                    if (blocked.length === 3) resolve(blocked);
                }, true);
                const script = document.createElement("script");
                script.textContent = "document.title = 'taken over'";
                document.body.append(script);
                document.body.setAttribute("style", "display: none");
                document.body.setAttribute("onclick", "document.title = 'taken over'");
                document.body.click();
            })"""
        )
        assert sorted(blocked) == ["script-src-attr", "script-src-elem", "style-src-attr"]
        assert page.title() != "taken over"
        assert page.locator("body").is_visible()


def test_the_screen_is_asked_to_stay_awake_and_again_when_the_page_is_seen_again(page: Page) -> None:
    page.add_init_script(
        """window.asked = 0;
        const request = WakeLock.prototype.request;
        WakeLock.prototype.request = function (kind) { window.asked += 1; return request.call(this, kind); };"""
    )
    with serving() as served:
        page.goto(served.url)
        wait_until(page, "window.asked === 1")
        page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
        wait_until(page, "window.asked === 2")
