"""How the service fares, as systemd and its journal know it."""

from __future__ import annotations

import json
from dataclasses import dataclass

from voice_coach.service import systemctl
from voice_coach.service.places import unit_path
from voice_coach.service.unit import NAME

_EXITED = "98e322203f7a4ed290d09fe03c09fe15"
"""SD_MESSAGE_UNIT_PROCESS_EXIT of systemd's sd-messages.h: a process of a unit has ended."""


@dataclass(frozen=True, slots=True)
class Status:
    """All that is known; None is not known."""

    is_installed: bool
    unreachable: str
    """Why systemd can't be asked; empty if it can."""
    is_enabled: bool | None = None
    is_lingering: bool = False
    state: str | None = None
    """As systemd calls it: active, activating, inactive, failed ..."""
    since: str | None = None
    doing: str = ""
    """What the coach says that it does."""
    restarts: int | None = None
    """How often systemd has started it again by itself."""
    watchdog_restarts: int | None = None
    """How often because the main loop stood still, since the machine was started, as far as the journal knows."""
    last_exit: str | None = None
    memory_bytes: int | None = None

    @property
    def is_running(self) -> bool:
        """Whether it is up."""
        return self.state == "active"


def status() -> Status:
    """Ask systemd and its journal."""
    is_installed, why = unit_path().exists(), systemctl.why_unreachable()
    if why:
        return Status(is_installed, why, is_lingering=systemctl.is_lingering())
    names = ("ActiveState", "StateChangeTimestamp", "StatusText", "NRestarts", "MemoryCurrent", "UnitFileState")
    found = systemctl.properties(NAME, *names)
    return Status(
        is_installed,
        why,
        is_enabled=found.get("UnitFileState") == "enabled",
        is_lingering=systemctl.is_lingering(),
        state=found.get("ActiveState"),
        since=found.get("StateChangeTimestamp") or None,
        doing=found.get("StatusText", ""),
        restarts=_number(found.get("NRestarts", "")),
        watchdog_restarts=_watchdog_restarts(),
        last_exit=_last_exit(),
        memory_bytes=_number(found.get("MemoryCurrent", "")),
    )


def in_words(status: Status) -> list[str]:
    """The same for a person, a line each."""
    if not status.is_installed:
        return ["Not installed. To install it: voice-coach service install"]
    told = [f"Installed: {unit_path()}"]
    if status.unreachable:
        return [*told, f"Whether it runs is not known, because {status.unreachable}."]
    told += [
        ("Starts with the machine." if status.is_lingering else "Starts when you log in.")
        if status.is_enabled
        else f"Does not start by itself. To change that: systemctl --user enable {NAME}",
        f"{'Running' if status.is_running else f'Not running ({status.state})'} since {status.since or 'the start'}.",
    ]
    told += [f"It says: {status.doing}."] if status.doing else []
    told += [f"Started again by itself: {status.restarts} times."] if status.restarts else []
    told += [f"Ended for standing still: {status.watchdog_restarts} times."] if status.watchdog_restarts else []
    told += [f"Its last end: {status.last_exit}."] if status.last_exit else []
    told += [] if status.is_running else [f"What it complained of: journalctl --user --unit {NAME} --lines 20"]
    return told


def _watchdog_restarts() -> int:
    return len(systemctl.journal("--boot", f"USER_UNIT={NAME}", "UNIT_RESULT=watchdog"))


def _last_exit() -> str | None:
    lines = systemctl.journal("--lines=1", f"USER_UNIT={NAME}", f"MESSAGE_ID={_EXITED}")
    if not lines:
        return None
    entry = json.loads(lines[-1])
    how = {"exited": "exit status", "killed": "signal", "dumped": "signal"}.get(entry.get("EXIT_CODE"), "status")
    return f"{how} {entry.get('EXIT_STATUS')}"


def _number(text: str) -> int | None:
    return int(text) if text.isdecimal() and int(text) < 2**63 else None
