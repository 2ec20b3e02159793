"""The page is small, asks nobody else, and lets no foreign script in."""

from __future__ import annotations

from importlib.resources import files
from typing import TYPE_CHECKING

from playwright.sync_api import expect

from tests.mirror.serving import serving

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, Page

MOST_BYTES = 100_000


def test_all_that_is_loaded_is_less_than_100_kilobytes(page: Page) -> None:
    sizes: dict[str, int] = {}
    page.on("requestfinished", lambda request: sizes.update({request.url: request.sizes()["responseBodySize"]}))
    with serving() as served:
        with page.expect_request_finished(lambda request: request.url.endswith("/icon.svg")):
            page.goto(served.url)
        expect(page.locator("html")).to_have_attribute("data-connection", "open")
        page.wait_for_timeout(0)  # lets the events of requests that have finished come in
    paths = {url.removeprefix(served.url) for url in sizes}
    assert paths >= {"", "mirror.css", "mirror.js", "link.js"}
    assert 10_000 < sum(sizes.values()) < MOST_BYTES
    static = files("voice_coach") / "mirror" / "static"
    assert sum(len(file.read_bytes()) for file in static.iterdir()) < MOST_BYTES


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
        page.wait_for_function("window.asked === 1")
        page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
        page.wait_for_function("window.asked === 2")
