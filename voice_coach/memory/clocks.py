"""Reads all clocks, and whether the wall clock can be believed."""

from __future__ import annotations

import ctypes
import time
from pathlib import Path

from voice_coach.core.absence import Stamp

_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
_HARDWARE_CLOCKS = Path("/sys/class/rtc")
_TIMEX_BYTES = 512
"""More than `struct timex` has; it begins with `modes`, and no mode only asks."""
_TIME_ERROR = 5
_AGREEING_SECONDS = 5.0


def read_stamp() -> Stamp:
    """What the clocks say now."""
    return Stamp(_boot_id(), time.monotonic(), time.time(), is_synchronised() or has_hardware_clock())


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
        return _BOOT_ID.read_text(encoding="ascii").strip()
    except (OSError, ValueError):
        return ""
