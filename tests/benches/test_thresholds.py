"""Thresholds are chosen by what they cost."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benches.common.outcomes import Outcomes
from scripts.words.thresholds import CHOSEN, Costs, choose
from voice_coach.ears.rejection import THRESHOLDS, Thresholds

SOME_NATS = st.integers(30, 140).map(lambda tenths: 2 * tenths / 20)


def named(*values: float) -> Thresholds:
    return replace(THRESHOLDS, **dict(zip(CHOSEN, values, strict=True)))


@given(st.tuples(SOME_NATS, SOME_NATS, SOME_NATS), st.tuples(SOME_NATS, SOME_NATS, SOME_NATS))
def test_the_cheapest_thresholds_are_found_from_anywhere(
    wanted: tuple[float, float, float], start: tuple[float, float, float]
) -> None:
    def cost(thresholds: Thresholds) -> float:
        return float(sum(abs(getattr(thresholds, name) - value) for name, value in zip(CHOSEN, wanted, strict=True)))

    found = choose(cost, named(*start))
    assert cost(found) < 0.2 * len(CHOSEN)


def test_thresholds_that_nothing_speaks_against_are_kept() -> None:
    assert choose(lambda _thresholds: 7.0) == THRESHOLDS


def test_a_command_taken_for_another_costs_more_than_one_that_is_missed() -> None:
    missed, wrong = (Costs(Outcomes(right=99, **{what: 1}), 0, 1.0).total for what in ("missed", "wrong"))
    assert wrong > missed > Costs(Outcomes(right=100), 0, 1.0).total == 0.0


def test_false_commands_cost_by_the_hour() -> None:
    once, twice_as_long = (Costs(Outcomes(right=100), 4, hours).total for hours in (1.0, 2.0))
    assert once == pytest.approx(2 * twice_as_long)
