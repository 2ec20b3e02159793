"""Which date a moment has, if the clock can be believed."""

from __future__ import annotations

import platform
from datetime import datetime
from typing import TYPE_CHECKING

from voice_coach.core.absence import EARLIEST_WALL

if TYPE_CHECKING:
    from voice_coach.core.absence import Stamp

LATEST_WALL = 4_102_444_800.0
"""2100-01-01 UTC: a later time is a broken clock's."""
_WITH_BATTERY = {"x86_64", "AMD64", "i386", "i686"}
"""Linux reads these machines' battery-backed clock at every start (read_persistent_clock64, arch/x86/kernel/rtc.c)."""


def date_of(stamp: Stamp) -> datetime | None:
    """The local date and time of a stamp; None rather than a wrong one.

    A clock that nobody keeps right is believed only on a machine whose clock goes on while it is off: a Raspberry Pi's
    begins with the time of its last shutdown.
    """
    is_kept = stamp.is_wall_trusted or platform.machine() in _WITH_BATTERY
    return local_time(stamp.wall) if is_kept and EARLIEST_WALL <= stamp.wall < LATEST_WALL else None


def local_time(wall: float) -> datetime:
    """Seconds since 1970 as local time, whole seconds, with the offset from UTC that holds here and then."""
    return datetime.fromtimestamp(int(wall)).astimezone()
