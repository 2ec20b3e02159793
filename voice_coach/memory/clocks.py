"""Stamps of wall time and boot time, so that a session finds out how long it was away; and dates of wall times."""

from __future__ import annotations

import ctypes
import platform
import time
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from voice_coach import clock
from voice_coach.session.persistence import EARLIEST_WALL, Stamp

LATEST_WALL = 4_102_444_800.0
"""2100-01-01 UTC: a later time is a broken clock's."""
_WITH_BATTERY = {"x86_64", "AMD64", "i386", "i686"}
"""Linux reads these machines' battery-backed clock at every start (read_persistent_clock64, arch/x86/kernel/rtc.c)."""


def date_of(stamp: Stamp) -> datetime | None:
    """Return the local date and time of a stamp; None when its clock cannot be trusted.

    A clock that nobody keeps right is believed only on a machine whose clock goes on while it is off: a Raspberry Pi's
    begins with the time of its last shutdown.
    """
    is_kept = stamp.is_wall_trusted or platform.machine() in _WITH_BATTERY
    return local_time(stamp.wall) if is_kept and EARLIEST_WALL <= stamp.wall < LATEST_WALL else None


def local_time(wall: float) -> datetime:
    """Convert seconds since 1970 to local time in whole seconds, with the offset from UTC at that time."""
    return datetime.fromtimestamp(int(wall)).astimezone()


_DAY_HOURS = range(5, 17)
"""Hours of the local clock at which sunscreen still makes sense."""


def is_daytime_now() -> bool:
    """Return whether the local clock says that the steps of the day are to be done, such as sunscreen."""
    return datetime.now().astimezone().hour in _DAY_HOURS


_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
_HARDWARE_CLOCKS = Path("/sys/class/rtc")
_TIMEX_BYTES = 512
"""More than `struct timex` has; it begins with `modes`, and no mode only asks."""
_TIME_ERROR = 5
_AGREEING_SECONDS = 5.0
_SLEEP_COUNTED = "+sleep"
"""Ends the name of a boot whose seconds count the machine's sleep; those of the first versions did not."""
_NEVER_SLEPT_SECONDS = 0.5


def read_stamp() -> Stamp:
    """Read the clocks and return a stamp of the present moment."""
    return Stamp(_boot_id(), clock.now(), time.time(), is_synchronised() or has_hardware_clock())


def translated(kept: Stamp) -> Stamp:
    """A stamp from the disk, to be compared with those of today.

    The first versions of the coach counted by a clock that stood still while the machine slept. As long as this machine
    has never slept since its start, both clocks agree; else nobody knows how far they were apart then, and the stamp
    stays that of another boot.
    """
    is_old = kept.boot_id + _SLEEP_COUNTED == _boot_id()
    has_slept = clock.slept_seconds() > _NEVER_SLEPT_SECONDS
    return replace(kept, boot_id=_boot_id()) if is_old and not has_slept else kept


def is_synchronised() -> bool:
    """Whether the kernel knows that its clock is kept right, by NTP or alike: adjtimex(2) says TIME_ERROR if not."""
    try:
        state: int = ctypes.CDLL(None).adjtimex(ctypes.create_string_buffer(_TIMEX_BYTES))
    except (OSError, AttributeError):
        return False
    return 0 <= state < _TIME_ERROR


def has_hardware_clock(folder: Path = _HARDWARE_CLOCKS) -> bool:
    """Whether a hardware clock gave the time at the start (rtc's `hctosys`), and still agrees with it.

    One without a battery has forgotten the time, and the system, which takes another, does not agree with it any more.
    """
    try:
        return any(_agrees(clock) for clock in folder.iterdir())
    except OSError:
        return False


def _agrees(clock: Path) -> bool:
    try:
        gave_the_time = (clock / "hctosys").read_text().strip() == "1"
        return gave_the_time and abs(int((clock / "since_epoch").read_text()) - time.time()) < _AGREEING_SECONDS
    except (OSError, ValueError):
        return False


def _boot_id() -> str:
    try:
        name = _BOOT_ID.read_text(encoding="ascii").strip()
    except (OSError, ValueError):
        return ""
    return name + _SLEEP_COUNTED if name else ""
