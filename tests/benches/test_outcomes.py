"""The benches' arithmetic."""

from __future__ import annotations

import pytest

from benches.common.outcomes import Outcomes, poisson_interval, wilson_interval


@pytest.mark.parametrize(
    ("count", "total", "low", "high"),
    [(0, 10, 0.0, 0.2775), (10, 10, 0.7225, 1.0), (5, 10, 0.2366, 0.7634), (81, 263, 0.2553, 0.3662)],
)
def test_the_interval_is_the_published_one(count: int, total: int, low: float, high: float) -> None:
    """The last row is an example of R. G. Newcombe, Statistics in Medicine 17 (1998)."""
    assert wilson_interval(count, total) == pytest.approx((low, high), abs=1e-4)


@pytest.mark.parametrize(("count", "low", "high"), [(0, 0.0, 3.689), (1, 0.0253, 5.572), (10, 4.795, 18.39)])
def test_the_interval_of_rare_events_is_the_exact_one(count: int, low: float, high: float) -> None:
    """As in Garwood's table."""
    assert poisson_interval(count) == pytest.approx((low, high), rel=1e-3)


def test_nothing_measured_says_nothing() -> None:
    assert wilson_interval(0, 0) == (0.0, 1.0)


def test_counts_add_up() -> None:
    total = Outcomes(right=1) + Outcomes(missed=2, wrong=3) + Outcomes(right=1, misnumbered=1)
    assert (total.total, total.right, total.misnumbered) == (7, 2, 1)
