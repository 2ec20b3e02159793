"""Whether the coach comes back by itself, and whether one runs already."""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from voice_coach.doctor.finding import ok, warning

if TYPE_CHECKING:
    from voice_coach.doctor.finding import Circumstances, Finding

_UNIT = "voice-coach.service"
_PATIENCE_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class ServiceState:
    """What systemd knows of the coach."""

    is_installed: bool
    activity: str
    """As `systemctl is-active` says it: active, activating, inactive, failed ...; empty when it cannot be asked."""


def service_state() -> ServiceState:
    """Look for the unit in the person's own folder, and ask systemd."""
    config = Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config")
    is_installed = (config / "systemd" / "user" / _UNIT).exists()
    return ServiceState(is_installed, _ask_systemd() if is_installed else "")


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
    return judge(service_state(), session_owner())


def judge(service: ServiceState, owner: int | None) -> Finding:
    """Whether the service does what it should.

    Args:
        service: what systemd knows.
        owner: the process that runs a coach; None when none does.
    """
    who = "" if not owner else f" (process {owner})"
    runs = f"The coach is running{who}" if owner is not None else "No coach is running"
    figures = {"is_installed": service.is_installed, "activity": service.activity, "running_process": owner}
    if service.activity == "failed":
        meaning = "The service has failed and was given up; its journal says why."
        return warning("service", meaning, "systemctl --user restart voice-coach", **figures)
    if not service.is_installed:
        return ok("service", f"{runs}; no service is installed, so it starts by hand only.", **figures)
    if service.activity in {"active", "activating", "reloading"}:
        return ok("service", f"The service is {service.activity}. {runs}.", **figures)
    if not service.activity:
        return ok("service", f"The service is installed, but systemd cannot be asked here. {runs}.", **figures)
    meaning = f"The service is installed and {service.activity}. {runs}."
    return warning("service", meaning, "systemctl --user enable --now voice-coach", **figures)


def _ask_systemd() -> str:
    if shutil.which("systemctl") is None:
        return ""
    try:
        asked = subprocess.run(
            ["systemctl", "--user", "is-active", _UNIT],
            capture_output=True, text=True, check=False, timeout=_PATIENCE_SECONDS,
        )  # fmt: skip
    except (OSError, subprocess.TimeoutExpired):
        return ""
    word = asked.stdout.strip()
    return word if word.isalpha() and "bus" not in asked.stderr else ""
