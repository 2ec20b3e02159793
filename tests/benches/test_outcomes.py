"""The benches' arithmetic."""

from __future__ import annotations

import math

import pytest
from outcomes import FalseCommands, Outcomes, wilson_interval


@pytest.mark.parametrize(
    ("count", "total", "low", "high"),
    [(0, 10, 0.0, 0.2775), (10, 10, 0.7225, 1.0), (5, 10, 0.2366, 0.7634), (81, 263, 0.2553, 0.3662)],
)
def test_the_interval_is_the_published_one(count: int, total: int, low: float, high: float) -> None:
    """The last row is an example of R. G. Newcombe, Statistics in Medicine 17 (1998)."""
    assert wilson_interval(count, total) == pytest.approx((low, high), abs=1e-4)


def test_nothing_measured_says_nothing() -> None:
    assert wilson_interval(0, 0) == (0.0, 1.0)
    assert math.isnan(FalseCommands().per_hour)


def test_counts_add_up() -> None:
    assert (Outcomes(right=1) + Outcomes(missed=2, wrong=3)).total == 6
    assert (FalseCommands(("stop",), 600.0) + FalseCommands((), 1200.0)).per_hour == 2.0
