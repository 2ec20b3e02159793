"""The coach's clock: it goes on while the machine sleeps, and nobody can set it.

A mask goes on drying while the machine sleeps, but Python's `time.monotonic()` stands still then. So all times of the
session (those of events, deadlines, the journal and the faces) are counted by CLOCK_BOOTTIME (clock_gettime(2)).
Sound devices and the supervision of processes use `time.monotonic()`: there a sleep must not count, or it would look
like a hang.
"""

from __future__ import annotations

import time

_COUNTS_SLEEP: int | None = getattr(time, "CLOCK_BOOTTIME", None)
"""The number of the clock that also counts sleep; None where the system has none, so that a sleep is not noticed."""
_READINGS = 3


def now() -> float:
    """Return the seconds since the machine was started, its sleep included."""
    return time.monotonic() if _COUNTS_SLEEP is None else time.clock_gettime(_COUNTS_SLEEP)


def slept_seconds() -> float:
    """Return for how many seconds the machine has slept since it was started."""
    differences = []
    for _ in range(_READINGS):  # a thread may be interrupted between the two clocks: the smallest difference is best
        devices = time.monotonic()
        differences.append(now() - devices)
    return min(differences)


def on_device_clock(at: float) -> float:
    """Convert a time of the coach's clock to `time.monotonic()`, which sound devices count by.

    The result is right only if the machine does not sleep until then.
    """
    return at - slept_seconds()
