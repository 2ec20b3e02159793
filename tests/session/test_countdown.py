"""A countdown runs to an absolute deadline."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voice_coach.session.timer import Countdown

times = st.floats(0, 1e6)
lengths = st.floats(1, 1800)


def test_it_runs_out() -> None:
    countdown = Countdown.start(900, at=100)
    assert countdown.remaining(100) == 900
    assert countdown.remaining(550) == 450
    assert countdown.remaining(1000) == 0
    assert countdown.remaining(5000) == 0


def test_it_may_start_a_little_ahead() -> None:
    assert Countdown.start(900, at=100.3).remaining(100) == 900


def test_paused_it_stands_still_and_resumed_it_has_a_new_deadline() -> None:
    paused = Countdown.start(900, at=100).pause(400)
    assert paused.ends_at is None
    assert paused.remaining(99_999) == 600
    assert paused.resume(2000).ends_at == 2600


def test_resuming_what_runs_changes_nothing() -> None:
    countdown = Countdown.start(900, at=100)
    assert countdown.resume(500) == countdown


@pytest.mark.parametrize("is_paused", [False, True])
def test_added_and_cut_time_counts_in_the_total(is_paused: bool) -> None:  # noqa: FBT001 - pytest's parameter
    countdown = Countdown.start(900, at=0)
    countdown = countdown.pause(300) if is_paused else countdown
    longer = countdown.extend(120, 300)
    assert (longer.remaining(300), longer.total_seconds) == (720, 1020)
    shorter = longer.cut(60, 300)
    assert (shorter.remaining(300), shorter.total_seconds) == (660, 960)


def test_no_more_can_be_cut_than_is_left() -> None:
    assert Countdown.start(900, at=0).cut(5000, 800).remaining(800) == 0


def test_time_added_after_the_end_counts_from_now() -> None:
    assert Countdown.start(10, at=0).extend(60, 30).ends_at == 90


@given(lengths, times, st.lists(times, min_size=2))
def test_remaining_never_grows_by_itself(seconds: float, at: float, moments: list[float]) -> None:
    countdown = Countdown.start(seconds, at)
    remaining = [countdown.remaining(now) for now in sorted(moments)]
    assert remaining == sorted(remaining, reverse=True)


@given(lengths, times, times, times)
def test_a_clock_that_goes_backwards_gives_no_time(seconds: float, at: float, later: float, earlier: float) -> None:
    paused = Countdown.start(seconds, at).pause(later)
    assert paused.resume(later).remaining(earlier) <= paused.left_seconds <= seconds
