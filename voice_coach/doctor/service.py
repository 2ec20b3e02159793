"""Whether the coach comes back by itself, and whether one runs already."""

from __future__ import annotations

import fcntl
from dataclasses import asdict
from typing import TYPE_CHECKING

from voice_coach.doctor.finding import ok, warning

if TYPE_CHECKING:
    from voice_coach.doctor.finding import Circumstances, Finding
    from voice_coach.service.status import Status

_UP = frozenset({"active", "activating", "reloading"})


def session_owner() -> int | None:
    """The process that runs a coach on this store; None when there is none, 0 when it does not say who it is.

    The lock's text begins with the process's number (memory/lock.py).
    """
    from voice_coach.memory.folders import state_folder
    from voice_coach.memory.keeper import LOCK_NAME

    try:
        with (state_folder() / LOCK_NAME).open(encoding="ascii", errors="ignore") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                number = "".join(letter if letter.isdigit() else " " for letter in file.read(100)).split()
                return int(number[0]) if number else 0
    except OSError:
        return None
    return None


def look_at_service(_circumstances: Circumstances) -> Finding:
    """See `judge`."""
    from voice_coach.service.status import status

    return judge(status(), session_owner())


def judge(service: Status, owner: int | None) -> Finding:
    """Whether the service does what it should.

    Args:
        service: what systemd knows.
        owner: the process that runs a coach; None when none does.
    """
    who = "" if not owner else f" (process {owner})"
    runs = f"The coach is running{who}" if owner is not None else "No coach is running"
    figures = asdict(service) | {"running_process": owner}
    if not service.is_installed:
        meaning = f"{runs}; no service is installed, so it starts by hand only (voice-coach service install)."
        return ok("service", meaning, **figures)
    if service.unreachable:
        return ok("service", f"{runs}; how the service fares is not known, for {service.unreachable}.", **figures)
    if service.state not in _UP:
        how = f"; its last end: {service.last_exit}" if service.last_exit else ""
        meaning = f"The service is installed, but {service.state}{how}."
        return warning("service", meaning, "systemctl --user restart voice-coach", **figures)
    if not (service.is_enabled and service.is_lingering):
        meaning = "The service is running, but does not start with the machine."
        return warning("service", meaning, "voice-coach service install", **figures)
    if service.watchdog_restarts:
        meaning = f"The service stood still and was started again, {service.watchdog_restarts} times since the boot."
        return warning("service", meaning, "journalctl --user --unit voice-coach --lines 50", **figures)
    return ok("service", f"The service is {service.state}. {runs}.", **figures)
