"""Whether the coach comes back by itself, and whether one runs already."""

from __future__ import annotations

import fcntl
from dataclasses import asdict
from typing import TYPE_CHECKING

from voice_coach.doctor.finding import ok, warning
from voice_coach.personal_file import open_regular

if TYPE_CHECKING:
    from voice_coach.core.sentences import Sentences
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
        with open_regular(state_folder() / LOCK_NAME) as file:
            try:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                number = "".join(
                    letter if letter.isdigit() else " " for letter in file.read(100).decode("ascii", "ignore")
                ).split()
                return int(number[0]) if number else 0
    except OSError:
        return None
    return None


def look_at_service(circumstances: Circumstances) -> Finding:
    """See `judge`."""
    from voice_coach.service.status import status

    return judge(status(), session_owner(), circumstances.texts)


def judge(service: Status, owner: int | None, texts: Sentences) -> Finding:
    """Whether the service does what it should.

    Args:
        service: what systemd knows.
        owner: the process that runs a coach; None when none does.
        texts: what the doctor says.
    """
    runs = _runs(owner, texts)
    figures = asdict(service) | {"running_process": owner}
    if not service.is_installed:
        return ok("service", texts.say("service.not_installed", runs=runs), **figures)
    if service.unreachable:
        return ok("service", texts.say("service.unknown", runs=runs, reason=service.unreachable), **figures)
    if service.state not in _UP:
        meaning = texts.say("service.down", state=service.state)
        if service.last_exit:
            meaning = texts.say("service.down_since", state=service.state, reason=service.last_exit)
        return warning("service", meaning, "systemctl --user restart voice-coach", **figures)
    if not (service.is_enabled and service.is_lingering):
        meaning = texts.say("service.not_at_boot")
        return warning("service", meaning, "voice-coach service install", **figures)
    if service.watchdog_restarts:
        meaning = texts.say("service.stood_still", count=service.watchdog_restarts)
        return warning("service", meaning, "journalctl --user --unit voice-coach --lines 50", **figures)
    return ok("service", texts.say("service.fine", state=service.state, runs=runs), **figures)


def _runs(owner: int | None, texts: Sentences) -> str:
    if owner is None:
        return texts.say("service.runs_not")
    return texts.say("service.runs_as", process=owner) if owner else texts.say("service.runs")
