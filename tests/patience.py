"""Limits of time in tests grow with the machine: a slower one, or one that is busy with something else, gets longer.

On a quiet machine like that on which the limits were measured, `patient(2.0)` is 2.0. The variable TEST_PATIENCE is one
more factor, for what cannot be measured here, such as a very slow disk.
"""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

_NUMBERS = 400_000
_USUAL_SECONDS = 0.033
"""How long `_work` takes on one core of that machine, an Intel Xeon with Python 3.11."""
_FRESH_SECONDS = 10.0
"""How long a measurement stands: others may begin to work at any time."""
_MOST = 20.0

_known = (float("-inf"), 1.0)
"""When it was measured, and what came of it."""


def patient(seconds: float) -> float:
    """So many seconds of a quiet, usual machine, as this one is now; never fewer."""
    return seconds * slowness()


def wait_until(is_so: Callable[[], object], seconds: float = 10.0) -> None:
    """Wait until something is so.

    Raises:
        AssertionError: it is not within so many patient seconds.
    """
    given_up_at = time.monotonic() + patient(seconds)
    while not is_so():
        assert time.monotonic() < given_up_at, "it did not come in time"
        time.sleep(0.02)


def slowness() -> float:
    """How many times longer than usual this machine takes for its work now, 1 to 20; by the clock on the wall."""
    global _known  # noqa: PLW0603 - one machine, one measurement
    measured_at, factor = _known
    began = time.monotonic()
    if began - measured_at > _FRESH_SECONDS:
        _work()
        ended = time.monotonic()
        factor = (ended - began) / _USUAL_SECONDS
        _known = (ended, factor)
    return min(_MOST, max(1.0, factor) * max(1.0, float(os.environ.get("TEST_PATIENCE", "1"))))


def _work() -> int:
    return sum(number * number % 7 for number in range(_NUMBERS))
