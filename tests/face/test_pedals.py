from __future__ import annotations

import pytest

from voice_coach.face.terminal.keyboard import PedalDebouncer, read_pedal
from voice_coach.language.intents import Intent
from voice_coach.routines import Phase
from voice_coach.session.view import View

APPLYING = View(phase=Phase.APPLYING)


@pytest.mark.parametrize("typed", ["\x1b[6~", "\x1b[C", "\x1bOC", "\r", "\n"])
def test_page_down_right_and_enter_go_on(typed: str) -> None:
    heard = read_pedal(typed, APPLYING)
    assert heard is not None
    assert heard.intent is Intent.NEXT


def test_before_the_first_step_the_pedal_begins() -> None:
    heard = read_pedal("\x1b[6~", View(phase=Phase.IDLE))
    assert heard is not None
    assert heard.intent is Intent.START


@pytest.mark.parametrize("typed", ["\x1b[5~", "\x1b[D", "\x1bOD"])
def test_page_up_and_left_go_back(typed: str) -> None:
    heard = read_pedal(typed, APPLYING)
    assert heard is not None
    assert heard.intent is Intent.BACK


@pytest.mark.parametrize(
    "typed", ["", "b", " ", "\x1b", "\x1b[A", "\x1b[B", "\x1b[6", "\x1b[6~x", "\x1b[6~\x1b[5~", "n\n"]
)
def test_what_no_pedal_sends_is_not_for_us(typed: str) -> None:
    assert read_pedal(typed, APPLYING) is None


def test_a_foot_that_stays_on_the_pedal_has_stepped_once() -> None:
    debouncer, heard = PedalDebouncer(), read_pedal("\x1b[6~\x1b[6~", APPLYING)
    assert heard is not None
    times = [100.0, 100.5, *(100.5 + 0.033 * repetition for repetition in range(1, 60))]
    assert [debouncer.is_new_step(heard, now) for now in times] == [True, *[False] * 60]
    assert debouncer.is_new_step(heard, 104.0)


def test_a_step_on_the_other_pedal_counts_at_once() -> None:
    debouncer, on, back = PedalDebouncer(), read_pedal("\x1b[6~", APPLYING), read_pedal("\x1b[5~", APPLYING)
    assert on is not None
    assert back is not None
    assert [debouncer.is_new_step(on, 1.0), debouncer.is_new_step(back, 1.1), debouncer.is_new_step(on, 1.2)] == [
        True,
        True,
        True,
    ]
