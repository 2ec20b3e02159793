from __future__ import annotations

import numpy as np
import pytest

from voice_coach.ears.frontend import Cleaned, FrontEndLease, LeaseExpiredError

RATE = 16_000
SECOND = np.ones(RATE, np.float32)


class Ledger:
    """A front end that says what it was asked for."""

    def __init__(self) -> None:
        self.asked: list[tuple[float, float]] = []

    def clean(self, sound: np.ndarray[tuple[int], np.dtype[np.float32]], captured_at: float) -> Cleaned:
        """See FrontEnd."""
        assert captured_at >= 0
        return Cleaned(sound, sound)

    def begin_anew(self) -> None:
        """It learns nothing."""

    def echo_probability(self, start: float, end: float) -> float:
        """See FrontEnd."""
        self.asked.append((start, end))
        return 0.5


def test_times_count_from_the_beginning_of_each_loan() -> None:
    front_end = Ledger()
    first = FrontEndLease(front_end)
    first.clean(SECOND, 0.0)
    first.echo_probability(0.25, 0.5)
    second = first.renew()
    second.clean(SECOND, 1.0)
    second.echo_probability(0.25, 0.5)
    assert front_end.asked == [(0.25, 0.5), (1.25, 1.5)]


def test_who_was_given_up_cannot_use_it_any_more() -> None:
    loan = FrontEndLease(Ledger())
    loan.renew()
    with pytest.raises(LeaseExpiredError):
        loan.clean(SECOND, 0.0)
    with pytest.raises(LeaseExpiredError):
        loan.echo_probability(0.0, 1.0)
