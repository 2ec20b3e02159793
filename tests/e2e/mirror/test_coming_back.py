"""The page comes back by itself: after a reload, a restart of the coach, half a minute without network, a new code."""

from __future__ import annotations

import re
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from playwright.sync_api import expect

from tests.e2e.mirror.relay import NAME, Relay
from tests.e2e.mirror.scenes import view_of
from tests.machine_sleep import MachineSleep
from tests.mirror.coaching import coaching
from tests.mirror.nginx import nginx
from tests.mirror.serving import serving
from voice_coach import clock
from voice_coach.language.intents import Intent
from voice_coach.library import load_language
from voice_coach.mirror.listeners import Address
from voice_coach.mirror.paired_devices import DevicesFile
from voice_coach.mirror.pairing import Pairing, unpair
from voice_coach.mirror.static_files import load_texts
from voice_coach.routines import Phase
from voice_coach.session.view import CountdownView, View

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pytest
    from playwright.sync_api import Page, Route

WORDS = load_texts(load_language("en")).texts
ROOT = Path(__file__).parents[3]
WITHOUT_NETWORK_SECONDS = 30
BACK_WITHIN_MS = 15_000
BUSY_MS = 20_000


def test_a_reload_shows_the_same_again_and_keeps_the_colours(page: Page) -> None:
    with coaching() as coach:
        page.goto(coach.served.url)
        page.locator("[data-intent=start]").click()
        expect(page.locator("html")).to_have_attribute("data-phase", "briefing")
        page.locator("#mode").click()
        expect(page.locator("#mode-name")).to_have_text(WORDS["mode.light"])
        page.reload()
        expect(page.locator("html")).to_have_attribute("data-phase", "briefing")
        expect(page.locator("html")).to_have_attribute("data-colours", "light")
        with page.expect_response("**/commands") as answered:
            page.locator("[data-intent=repeat]").click()
        assert answered.value.status == 202
        assert coach.served.posted[-1].intent is Intent.REPEAT


def test_a_coach_that_quits_is_closed_and_not_lost_and_when_it_is_back_its_buttons_work_again(page: Page) -> None:
    with coaching() as coach:
        page.goto(coach.served.url)
        page.locator("[data-intent=start]").click()
        expect(page.locator("html")).to_have_attribute("data-phase", "briefing")
        port = coach.served.port
        coach.say(Intent.QUIT)
        coach.wait_for(lambda state: state["question"] != "")
        coach.say(Intent.YES)
        expect(page.locator("#alerts .connection")).to_have_text(WORDS["connection.closed"])
    expect(page.locator("#activity-name")).to_have_text(WORDS["activity.closed"])
    expect(page.locator("#title")).to_have_text(WORDS["page.goodbye"])
    expect(page.locator("#say")).to_be_hidden()
    expect_buttons_off(page)
    page.wait_for_timeout(3000)  # it has tried to connect meanwhile
    assert page.locator("#alerts p").all_inner_texts() == [WORDS["connection.closed"]]
    with coaching(port=port) as coach:
        expect(page.locator("html")).to_have_attribute("data-phase", "idle", timeout=BACK_WITHIN_MS)
        expect(page.locator("#alerts .connection")).to_have_count(0)
        page.locator("[data-intent=start]").click()  # with the token of the former run
        expect(page.locator("html")).to_have_attribute("data-phase", "briefing")


def test_a_coach_that_is_killed_is_lost_its_buttons_are_off_and_it_is_looked_for(page: Page) -> None:
    with doomed() as (process, port):
        page.goto(f"http://127.0.0.1:{port}/")
        expect(page.locator("#buttons button[data-intent=next]:not([aria-disabled])")).to_be_visible()
        process.kill()
        expect(page.locator("#alerts .connection")).to_have_text(WORDS["connection.lost_counting"])
        expect_buttons_off(page)
    with serving(port=port) as served:
        served.face.show(view_of("aftercare", "en"))
        expect(page.locator("html")).to_have_attribute("data-phase", "aftercare", timeout=BACK_WITHIN_MS)
        page.locator("[data-intent=next]").click()
        expect(page.locator("[data-intent=next][data-pending]")).to_have_count(0)
        assert [heard.intent for heard in served.posted] == [Intent.NEXT]


def test_a_coach_that_is_stopped_in_the_hold_is_closed_and_the_page_counts_on(page: Page) -> None:
    with serving() as served:
        served.face.show(view_of("holding", "en"))
        page.goto(served.url)
        expect(page.locator("html")).to_have_attribute("data-countdown", "running")
    expect(page.locator("#alerts .connection")).to_have_text(WORDS["connection.closed_counting"])
    before = page.locator("#digits").inner_text()
    expect(page.locator("#digits")).not_to_have_text(before)


def expect_buttons_off(page: Page) -> None:
    """None can be pressed."""
    expect(page.locator("#buttons button:not([hidden])[aria-disabled=true]")).not_to_have_count(0)
    expect(page.locator("#buttons button:not([hidden]):not([aria-disabled=true])")).to_have_count(0)


@contextmanager
def doomed() -> Iterator[tuple[subprocess.Popen[str], int]]:
    """A mirror in a process of its own, in the hold, and its port."""
    script = (
        "from tests.e2e.mirror.scenes import view_of\n"
        "from tests.mirror.serving import serving\n"
        "with serving() as served:\n"
        "    served.face.show(view_of('holding', 'en'))\n"
        "    print(served.port, flush=True)\n"
        "    input()\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout
        try:
            yield process, int(process.stdout.readline())
        finally:
            process.kill()


def test_half_a_minute_without_network_is_told_and_mends_by_itself(page: Page) -> None:
    with serving() as served, Relay(served.port) as relay:
        served.face.show(view_of("holding", "en"))
        page.goto(f"http://{NAME}:{served.port}/")
        expect(page.locator("html")).to_have_attribute("data-countdown", "running")
        relay.is_cut, began = True, time.monotonic()
        expect(page.locator("#alerts .connection")).to_have_text(
            WORDS["connection.lost_counting"], timeout=BACK_WITHIN_MS
        )
        expect_buttons_off(page)
        before = page.locator("#digits").inner_text()
        expect(page.locator("#digits")).not_to_have_text(before)
        served.face.show(view_of("aftercare", "en"))
        page.wait_for_timeout(1000 * max(0, began + WITHOUT_NETWORK_SECONDS - time.monotonic()))
        assert page.locator("html").get_attribute("data-phase") == "holding"
        relay.is_cut = False
        expect(page.locator("html")).to_have_attribute("data-phase", "aftercare", timeout=BACK_WITHIN_MS)
        expect(page.locator("html")).to_have_attribute("data-connection", "open")
        expect(page.locator("#alerts p")).to_have_count(0)


def test_a_device_that_slept_asks_anew_and_shows_the_time_that_is_left(
    page: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In a sleep of the browser's device its `performance.now()` stands still; the coach's clock goes on."""
    machine = MachineSleep(monkeypatch)
    with serving() as served:
        served.face.show(View(phase=Phase.HOLDING, countdown=CountdownView(900, clock.now() + 900, 900)))
        page.goto(served.url)
        expect(page.locator("html")).to_have_attribute("data-countdown", "running")
        machine.sleep(600)
        with page.expect_request("**/events"):
            page.evaluate("{ const now = Date.now; Date.now = () => now() + 600_000; }")
        expect(page.locator("#digits")).to_have_text(re.compile("^[45]:"))
        expect(page.locator("html")).to_have_attribute("data-connection", "open")


def test_a_device_is_paired_by_its_code_and_forgotten_when_it_is_unpaired(page: Page, tmp_path: Path) -> None:
    devices = DevicesFile(tmp_path / "mirror.json")
    with serving(is_here=lambda _: False, pairing=Pairing(devices)) as served:
        served.face.show(view_of("briefing", "en"))
        page.goto(served.url)
        expect(page.locator("h1")).to_have_text(WORDS["pairing.title"])
        expect(page.locator("#buttons")).to_be_hidden()
        page.keyboard.type("wrng2345")
        page.keyboard.press("Enter")
        expect(page.locator("#pairing-error")).to_have_text(WORDS["pairing.wrong"])
        page.locator("#code").fill(served.pairing.new_code().replace("-", " ").lower())
        page.keyboard.press("Enter")
        expect(page.locator("h1")).to_have_text("Cleanse your face")
        expect(page.locator("#buttons button:focus")).to_have_attribute("data-intent", "back")
        page.reload()
        page.locator("[data-intent=next]").click()
        expect(page.locator("[data-intent=next][data-pending]")).to_have_count(0)
        assert [heard.intent for heard in served.posted] == [Intent.NEXT]
        unpair(devices, None)
        expect(page.locator("#code")).to_be_focused(timeout=BACK_WITHIN_MS)


def test_behind_a_proxy_and_below_a_path_a_device_is_paired_and_its_buttons_work(page: Page, tmp_path: Path) -> None:
    with serving(address=Address(0, proxy="127.0.0.2")) as served:
        served.face.show(view_of("briefing", "en"))
        location = f"location /mask/ {{ proxy_pass http://127.0.0.1:{served.port}/; proxy_bind 127.0.0.2; }}"
        with nginx(tmp_path, location) as port:
            page.goto(f"http://127.0.0.1:{port}/mask/#pair={served.pairing.new_code().replace('-', '')}")
            expect(page.locator("h1")).to_have_text("Cleanse your face")
            assert page.url == f"http://127.0.0.1:{port}/mask/"
            page.locator("[data-intent=next]").click()
            expect(page.locator("[data-intent=next][data-pending]")).to_have_count(0)
            assert [heard.intent for heard in served.posted] == [Intent.NEXT]
            served.face.show(view_of("aftercare", "en"))
            expect(page.locator("html")).to_have_attribute("data-phase", "aftercare")


def test_a_picture_that_was_scanned_pairs_and_its_code_leaves_the_address(page: Page) -> None:
    with serving(is_here=lambda _: False) as served:
        served.face.show(view_of("briefing", "en"))
        page.goto(f"{served.url}#pair={served.pairing.new_code().replace('-', '')}")
        expect(page.locator("h1")).to_have_text("Cleanse your face")
        assert page.url == served.url


def test_a_code_that_a_busy_coach_takes_long_to_check_still_pairs(page: Page) -> None:
    with serving(is_here=lambda _: False) as served:
        served.face.show(view_of("briefing", "en"))
        page.clock.install()

        def check_slowly(route: Route) -> None:
            page.clock.run_for(BUSY_MS)
            route.continue_()

        page.route("**/pair", check_slowly)
        page.goto(f"{served.url}#pair={served.pairing.new_code().replace('-', '')}")
        expect(page.locator("h1")).to_have_text("Cleanse your face")


def test_a_scanned_code_that_did_not_reach_the_coach_need_not_be_typed(page: Page) -> None:
    with serving(is_here=lambda _: False) as served:
        served.face.show(view_of("briefing", "en"))
        page.route("**/pair", lambda route: route.abort(), times=1)
        page.goto(f"{served.url}#pair={served.pairing.new_code().replace('-', '')}")
        expect(page.locator("#pairing-error")).to_have_text(WORDS["pairing.failed"])
        page.locator("#pairing button").click()
        expect(page.locator("h1")).to_have_text("Cleanse your face")


def test_a_coach_that_speaks_another_language_now_brings_its_own_page(page: Page) -> None:
    with serving() as served:
        page.goto(served.url)
        expect(page.locator("html")).to_have_attribute("data-connection", "open")
        port = served.port
    with serving(language="ko", port=port):
        expect(page.locator("html")).to_have_attribute("lang", "ko", timeout=BACK_WITHIN_MS)
        expect(page.locator("#title")).to_have_text(load_texts(load_language("ko")).texts["page.ready"])
