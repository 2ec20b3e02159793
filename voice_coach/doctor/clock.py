"""The clock: a coach that was switched off wants to know for how long."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from voice_coach.doctor.finding import ok, warning
from voice_coach.memory.clocks import has_hardware_clock, is_synchronised

if TYPE_CHECKING:
    from voice_coach.doctor.finding import Circumstances, Finding

_PLAUSIBLE_YEARS = range(2025, 2100)


@dataclass(frozen=True, slots=True)
class ClockState:
    """What can be known of the clock without asking the network."""

    year: int
    is_synchronised: bool
    """Whether the kernel says so."""
    has_hardware_clock: bool
    """Whether a hardware clock with a battery gave the time at the start."""


def clock_state() -> ClockState:
    """Ask the kernel."""
    return ClockState(time.localtime().tm_year, is_synchronised(), has_hardware_clock())


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
