"""The clock: a coach that was switched off wants to know for how long."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from voice_coach.doctor.finding import ok, warning
from voice_coach.memory.clocks import has_hardware_clock, is_synchronised

if TYPE_CHECKING:
    from voice_coach.core.sentences import Sentences
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


def look_at_clock(circumstances: Circumstances) -> Finding:
    """See `judge`."""
    return judge(clock_state(), circumstances.texts)


def judge(clock: ClockState, texts: Sentences) -> Finding:
    """Whether the time can be trusted after a power cut. The countdown itself needs no such clock.

    Args:
        clock: from `clock_state`.
        texts: what the doctor says.
    """
    figures = {
        "year": clock.year,
        "is_synchronised": clock.is_synchronised,
        "has_hardware_clock": clock.has_hardware_clock,
    }
    remedy = "sudo timedatectl set-ntp true"
    if clock.year not in _PLAUSIBLE_YEARS:
        return warning("clock", texts.say("clock.implausible", year=clock.year), remedy, **figures)
    match clock.is_synchronised, clock.has_hardware_clock:
        case True, True:
            return ok("clock", texts.say("clock.set_with_battery"), **figures)
        case True, False:
            return ok("clock", texts.say("clock.set"), **figures)
        case False, True:
            return ok("clock", texts.say("clock.unset_with_battery"), **figures)
    return warning("clock", texts.say("clock.unset"), remedy, **figures)
