"""Digits and ring agree with the coach's countdown within 0.2 s, however the messages come."""

from __future__ import annotations

import math
from functools import partial
from typing import TYPE_CHECKING, Any

from playwright.sync_api import expect

from tests.mirror.coaching import coaching
from tests.mirror.serving import serving
from tests.patience import patient
from voice_coach import clock
from voice_coach.language.intents import Intent
from voice_coach.routines import Phase
from voice_coach.session.view import CountdownView, View

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from tests.mirror.coaching import Coaching

TOLERANCE_SECONDS = 0.2
WATCHED_SECONDS = 7.0
HOLD_SECONDS = 9.0
_READ = """() => new Promise(resolve => setTimeout(() => resolve({
    left: remainingSeconds(state.countdown),
    digits: document.querySelector("#digits").textContent,
    ring: 1 - document.querySelector("#left").style.strokeDashoffset,
}), 130))"""
"""By a timer that is due after the next drawing, which comes within 100 ms of the last one in so short a hold: what is
read was drawn after it was asked for, even if the whole machine halted in between. A timer of 0 ms would come before
those that are overdue, and read what was drawn before the halt."""


def test_digits_and_ring_agree_with_the_coach_over_a_hold(page: Page) -> None:
    with coaching(hold_seconds=HOLD_SECONDS) as coach:
        ends_at = _go_to_hold(page, coach)
        readings = []
        while (now := clock.now()) < ends_at - HOLD_SECONDS + WATCHED_SECONDS:
            read = page.evaluate(_READ)
            readings.append((ends_at - now, ends_at - clock.now(), read))
        assert len(readings) > 10
        assert [one for one in readings if not _agrees(*one)] == []
        expect(page.locator("html")).to_have_attribute("data-phase", "removing", timeout=patient(15_000))


def test_until_the_bell_the_whole_time_is_left_and_not_a_second_more(page: Page) -> None:
    with serving() as served:
        served.face.show(View(phase=Phase.HOLDING, countdown=CountdownView(900, clock.now() + 930, 900)))
        page.goto(served.url)
        expect(page.locator("html")).to_have_attribute("data-countdown", "running")
        read = page.evaluate(_READ)
        assert (read["digits"], read["left"], read["ring"]) == ("15:00", 900, 1)


def test_a_pause_stops_the_digits_and_more_time_moves_them(page: Page) -> None:
    with coaching(hold_seconds=300) as coach:
        _go_to_hold(page, coach)
        coach.say(Intent.PAUSE)
        expect(page.locator("html")).to_have_attribute("data-countdown", "still")
        remaining = coach.served.state()["countdown"]["remaining_seconds"]
        expect(page.locator("#digits")).to_have_text(_digits(remaining))
        coach.say(Intent.ADD_TIME, minutes=5)
        expect(page.locator("#digits")).to_have_text(_digits(remaining + 300))
        coach.say(Intent.RESUME)
        expect(page.locator("html")).to_have_attribute("data-countdown", "running")


def _go_to_hold(page: Page, coach: Coaching) -> float:
    """Go there; returns when the hold ends."""
    page.goto(coach.served.url)
    coach.wait_for(lambda state: state["activity"] == "listening")
    coach.say(Intent.START)
    state = coach.wait_for(lambda state: state["step_number"] == 1)
    while state["phase"] != "holding":
        here = state["step_number"]
        coach.say(Intent.NEXT)
        state = coach.wait_for(partial(_is_beyond, here))
    expect(page.locator("html")).to_have_attribute("data-countdown", "running")
    ends_at: float = coach.wait_for(lambda state: state["countdown"] is not None)["countdown"]["ends_at"]
    return ends_at


def _is_beyond(number: int, state: dict[str, Any]) -> bool:
    return bool(state["step_number"] > number)


def _agrees(most: float, least: float, read: dict[str, float | str]) -> bool:
    least, most = min(HOLD_SECONDS, least), min(HOLD_SECONDS, most)  # until the bell, in a moment, all of it is left
    least, most = least - TOLERANCE_SECONDS, most + TOLERANCE_SECONDS
    allowed = {_digits(seconds) for seconds in range(max(0, math.ceil(least)), math.ceil(most) + 1)}
    drawn = HOLD_SECONDS * float(read["ring"])
    return least <= float(read["left"]) <= most and read["digits"] in allowed and least <= drawn <= most


def _digits(seconds: float) -> str:
    minutes, rest = divmod(math.ceil(seconds), 60)
    return f"{minutes}:{rest:02d}"
