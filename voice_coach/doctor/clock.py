"""The clock: a coach that was switched off wants to know for how long."""

from __future__ import annotations

import ctypes
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from voice_coach.doctor.finding import ok, warning

if TYPE_CHECKING:
    from voice_coach.doctor.finding import Circumstances, Finding

_UNSYNCHRONISED = 0x40
"""STA_UNSYNC of adjtimex(2)."""
_PLAUSIBLE_YEARS = range(2025, 2100)
_SECONDS_OF_2025 = 1_735_689_600


class _Timex(ctypes.Structure):
    """The beginning of `struct timex` of adjtimex(2), and room for all the rest."""

    _fields_ = (
        ("modes", ctypes.c_uint),
        ("offset", ctypes.c_long),
        ("freq", ctypes.c_long),
        ("maxerror", ctypes.c_long),
        ("esterror", ctypes.c_long),
        ("status", ctypes.c_int),
        ("rest", ctypes.c_char * 512),
    )


@dataclass(frozen=True, slots=True)
class ClockState:
    """What can be known of the clock without asking the network."""

    year: int
    is_synchronised: bool | None
    """Whether the kernel says so; None when it does not answer."""
    has_hardware_clock: bool
    """Whether a hardware clock is there and tells a plausible time, as one without a battery does not."""


def clock_state() -> ClockState:
    """Ask the kernel."""
    return ClockState(time.localtime().tm_year, _is_synchronised(), has_hardware_clock(Path("/")))


def look_at_clock(_circumstances: Circumstances) -> Finding:
    """See `judge`."""
    return judge(clock_state())


def judge(clock: ClockState) -> Finding:
    """Whether the time can be trusted after a power cut. The countdown itself needs no such clock."""
    figures = {
        "year": clock.year,
        "is_synchronised": clock.is_synchronised,
        "has_hardware_clock": clock.has_hardware_clock,
    }
    remedy = "sudo timedatectl set-ntp true"
    battery = "with a hardware clock" if clock.has_hardware_clock else "without a hardware clock"
    if clock.year not in _PLAUSIBLE_YEARS:
        meaning = f"The clock says it is {clock.year}; after a power cut the coach asks how long the mask has been on."
        return warning("clock", meaning, remedy, **figures)
    if clock.is_synchronised:
        return ok("clock", f"Set by the network, {battery}.", **figures)
    if clock.has_hardware_clock:
        return ok("clock", f"Not set by the network, but {battery}.", **figures)
    meaning = f"Not set by the network and {battery}: after a power cut the coach asks how long the mask has been on."
    return warning("clock", meaning, remedy, **figures)


def has_hardware_clock(root: Path) -> bool:
    """Whether one of the hardware clocks tells a time after 2025.

    Args:
        root: of the file system.
    """
    for path in root.glob("sys/class/rtc/rtc*/since_epoch"):
        try:
            if int(path.read_text(encoding="ascii")) >= _SECONDS_OF_2025:
                return True
        except (OSError, ValueError):
            continue
    return False


def _is_synchronised() -> bool | None:
    answer = _Timex()
    try:
        state = ctypes.CDLL(None, use_errno=True).adjtimex(ctypes.byref(answer))
    except (OSError, AttributeError):
        return None
    return None if state < 0 else not answer.status & _UNSYNCHRONISED
