"""The user's systemd, asked and told by its own programs: systemctl(1), loginctl(1), journalctl(1)."""

from __future__ import annotations

import getpass
import subprocess
from pathlib import Path

from voice_coach.errors import ServiceError

_PATIENCE_SECONDS = 150.0
"""Longer than the unit's TimeoutStartSec, since systemctl waits until the coach is up."""
_NO_ANSWER, _NOT_RUN, _NOT_THERE = _NOT_ASKED = (124, 126, 127)
"""Exit statuses that shells use for what did not come to an answer."""
_BOOTED = Path("/run/systemd/system")
"""Is there when systemd is the init system, says sd_booted(3)."""
_LINGERING = Path("/var/lib/systemd/linger")
_TRY_NAMESPACES = ("unshare", "--user", "--map-root-user", "--mount", "true")


def why_unreachable() -> str:
    """Why the user's systemd can't be told anything, as the beginning of a sentence; empty if it can."""
    if not _BOOTED.is_dir():
        return "systemd does not run on this machine"
    asked = _run("systemctl", "--user", "show", "--property=Version")
    if asked.returncode in _NOT_ASKED:
        return asked.stderr
    if asked.returncode:
        return "your own systemd cannot be reached from here (it can from a login, not from su or sudo)"
    return ""


def tell(*arguments: str) -> None:
    """Run `systemctl --user`.

    Raises:
        ServiceError: it refused; the sentence says why.
    """
    done = _run("systemctl", "--user", *arguments)
    if done.returncode:
        reason = (done.stderr.strip().splitlines() or ["no reason given"])[0].rstrip(".")
        message = f"systemctl --user {' '.join(arguments)} failed ({reason}): see journalctl --user -n 30."
        raise ServiceError(message)


def answer(*arguments: str) -> str:
    """What `systemctl --user` prints, without the line's end; some answers come with an exit status that is not 0."""
    return _run("systemctl", "--user", *arguments).stdout.strip()


def properties(unit: str, *names: str) -> dict[str, str]:
    """Properties of a unit by name."""
    lines = answer("show", unit, f"--property={','.join(names)}").splitlines()
    return {name: value for name, _, value in (line.partition("=") for line in lines)}


def journal(*matches: str) -> list[str]:
    """The user's journal, a JSON object a line, oldest first; empty where it cannot be read."""
    return _run("journalctl", "--user", "--quiet", "--output=json", *matches).stdout.splitlines()


def is_lingering() -> bool:
    """Whether the user's services start with the machine and go on after a logout."""
    return (_LINGERING / getpass.getuser()).exists()


def set_lingering(*, on: bool) -> bool:
    """Switch lingering; returns whether that was allowed."""
    return not _run("loginctl", "--no-ask-password", "enable-linger" if on else "disable-linger").returncode


def has_user_namespaces() -> bool:
    """Whether an ordinary user may make namespaces here; some distributions forbid it."""
    return not _run(*_TRY_NAMESPACES).returncode


def _run(*command: str) -> subprocess.CompletedProcess[str]:
    try:
        return subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False, timeout=_PATIENCE_SECONDS
        )
    except FileNotFoundError:
        return subprocess.CompletedProcess(command, _NOT_THERE, "", f"{command[0]} is not installed")
    except OSError as error:
        return subprocess.CompletedProcess(command, _NOT_RUN, "", f"{command[0]} cannot be run ({error.strerror})")
    except subprocess.TimeoutExpired:
        return subprocess.CompletedProcess(command, _NO_ANSWER, "", f"{command[0]} gave no answer")
