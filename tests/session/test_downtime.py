from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from voice_coach.session.persistence import EARLIEST_WALL, LONGEST_BELIEVED_SECONDS, Stamp, seconds_between

TEN_YEARS = 10 * 365 * 86_400.0
THEN = Stamp(boot_id="one", monotonic=5_000.0, wall=1_800_000_000.0, is_wall_trusted=True)
AFTER_A_REBOOT = Stamp(boot_id="two", monotonic=60.0, wall=THEN.wall + 300.0, is_wall_trusted=True)


@given(step=st.floats(-TEN_YEARS, TEN_YEARS), is_wall_trusted=st.booleans())
def test_within_a_boot_the_wall_clock_does_not_matter(*, step: float, is_wall_trusted: bool) -> None:
    now = replace(THEN, monotonic=THEN.monotonic + 42.0, wall=THEN.wall + step, is_wall_trusted=is_wall_trusted)
    assert seconds_between(THEN, now) == 42.0


def test_over_a_reboot_a_trusted_wall_clock_tells() -> None:
    assert seconds_between(THEN, AFTER_A_REBOOT) == 300.0


def test_over_a_reboot_a_clock_that_nobody_keeps_right_tells_nothing() -> None:
    assert seconds_between(THEN, replace(AFTER_A_REBOOT, is_wall_trusted=False)) is None
    assert seconds_between(replace(THEN, is_wall_trusted=False), AFTER_A_REBOOT) is None


def test_a_clock_in_1970_is_not_believed() -> None:
    assert seconds_between(THEN, replace(AFTER_A_REBOOT, wall=100.0)) is None
    assert seconds_between(replace(THEN, wall=100.0), replace(AFTER_A_REBOOT, wall=400.0)) is None
    assert seconds_between(replace(THEN, wall=EARLIEST_WALL - 1), AFTER_A_REBOOT) is None


def test_a_clock_that_went_backwards_or_leapt_is_not_believed() -> None:
    for step in (-TEN_YEARS, -1.0, LONGEST_BELIEVED_SECONDS + 1, TEN_YEARS):
        assert seconds_between(THEN, replace(AFTER_A_REBOOT, wall=THEN.wall + step)) is None


def test_a_clock_that_says_less_than_the_computer_has_been_up_for_is_not_believed() -> None:
    assert seconds_between(THEN, replace(AFTER_A_REBOOT, monotonic=400.0)) is None


def test_where_the_boot_is_unknown_the_monotonic_clock_tells_nothing() -> None:
    nowhere = replace(THEN, boot_id="", is_wall_trusted=False)
    assert seconds_between(nowhere, replace(nowhere, monotonic=nowhere.monotonic + 5)) is None
