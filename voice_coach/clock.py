"""The coach's clock: it goes on while the machine sleeps, and nobody can set it.

A mask dries on while the machine sleeps, but the clock that Python calls monotonic stands still then. So everything
that belongs to the session (the stamps of events, deadlines, the journal, what a face shows) is counted by
CLOCK_BOOTTIME (clock_gettime(2)). Sound devices and whoever watches processes go on by `time.monotonic()`: there a
sleep must not count, or it would look like a hang.
"""

from __future__ import annotations

import time

_COUNTS_SLEEP: int | None = getattr(time, "CLOCK_BOOTTIME", None)
"""None where the system has no such clock: there a sleep is not noticed."""
_READINGS = 3


def now() -> float:
    """Seconds since the machine was started, its sleep included."""
    return time.monotonic() if _COUNTS_SLEEP is None else time.clock_gettime(_COUNTS_SLEEP)


def slept_seconds() -> float:
    """For how long the machine has slept since it was started."""
    differences = []
    for _ in range(_READINGS):  # we may be interrupted between two clocks: the smallest difference is the truest
        devices = time.monotonic()
        differences.append(now() - devices)
    return min(differences)


def on_device_clock(at: float) -> float:
    """The same moment by `time.monotonic()`, by which sound devices count, if the machine does not sleep before it."""
    return at - slept_seconds()
