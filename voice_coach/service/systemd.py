"""The service's unit file, and systemctl.

The options are those of systemd.service(5), systemd.exec(5) and systemd.resource-control(5), version 252 or later.
"""

from __future__ import annotations

import getpass
import re
import subprocess
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING

from voice_coach.errors import ServiceError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


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


NAME = "voice-coach.service"
WATCHDOG_SECONDS = 10
"""How long the main loop may give no sign of life."""
_NOT_IN_A_UNIT = re.compile(r"[\x00-\x08\x0a-\x1f\x7f\ud800-\udfff]")
"""Line breaks would begin another line of the unit; the rest systemd takes neither in a variable nor in a path."""
STOPPING_SECONDS = 45
"""How long the coach may take to end while it writes to a slow disk, or gives up one (memory/session_store.py)."""
ABORTING_SECONDS = 10
"""How long it may take to end after it gave no sign of life."""
RESTART_SECONDS = 3
"""How long to wait before the next start: soon for a person, seldom for a machine on which nothing works."""


class Network(Enum):
    """Who may reach the coach."""

    NONE = "none"
    LOOPBACK = "loopback"
    """This machine: the mirror on its own screen."""
    LAN = "lan"
    """The home network: the mirror on a phone."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where the coach is installed."""

    python: str
    """The interpreter, an absolute path."""
    folders: tuple[str, ...]
    """All that the coach may write to, absolute paths."""
    environment: Mapping[str, str] = field(default_factory=dict)
    """What the coach needs beside what systemd gives it."""
    has_user_namespaces: bool = True
    """Whether an ordinary user may make namespaces: without them only the kernel's own filters work."""
    network: Network = Network.NONE


_ORDER = """\
[Unit]
Description=Voice coach for facial masks
# A sound server that is not there is no trouble, and none is started: pulseaudio and pipewire-pulse exclude each other.
After=pipewire.service wireplumber.service pipewire-pulse.socket pulseaudio.socket
# It is never given up: nobody who could start it again has a keyboard.
StartLimitIntervalSec=0
"""

_LIFE = f"""\
[Service]
Type=notify
NotifyAccess=main
WatchdogSec={WATCHDOG_SECONDS}
TimeoutStartSec=120
TimeoutStopSec={STOPPING_SECONDS}
TimeoutAbortSec={ABORTING_SECONDS}
# After "quit" it comes back and listens.
Restart=always
RestartSec={RESTART_SECONDS}
# The coach ends its own children; what is left then is killed.
KillMode=mixed
# What is said to it is not kept in the journal.
StandardOutput=null
StandardError=journal
WorkingDirectory=/
UMask=0077
"""

_LIMITS = """\
MemoryMax=1G
TasksMax=128
LimitCORE=0
# A child that memory ran out for is replaced by the coach.
OOMPolicy=continue
"""

_FAMILIES = {
    Network.NONE: "AF_UNIX",
    Network.LOOPBACK: "AF_UNIX AF_INET AF_INET6",
    Network.LAN: "AF_UNIX AF_INET AF_INET6",
}
_REACHED = {
    Network.NONE: (),
    Network.LOOPBACK: ("localhost",),
    Network.LAN: ("localhost", "link-local", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7"),
}
"""From the addresses of a home network: RFC 1918 and RFC 4193."""
_NO_NETWORK_NAMESPACE = "PrivateNetwork=yes"
"""Not with a page: the namespace has a loopback of its own, which no browser reaches."""

_FILTERS = """\
NoNewPrivileges=yes
LockPersonality=yes
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
SystemCallArchitectures=native
SystemCallFilter=@system-service
SystemCallFilter=~@privileged @resources
SystemCallErrorNumber=EPERM
KeyringMode=private
"""

_NAMESPACES = """\
# systemd ignores what follows in a user's unit unless PrivateUsers is set.
PrivateUsers=yes
CapabilityBoundingSet=
ProtectSystem=strict
ProtectHome=read-only
InaccessiblePaths=-%h/.ssh -%h/.gnupg
PrivateMounts=yes
PrivateTmp=yes
ProtectProc=invisible
ProtectClock=yes
ProtectControlGroups=yes
ProtectHostname=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes
# For a manager that may restrict devices: sound, and a button with its light.
DevicePolicy=closed
DeviceAllow=char-alsa rw
DeviceAllow=char-gpiochip rw
"""

_INSTALL = """\
[Install]
WantedBy=default.target
"""


def unit_text(place: Place) -> str:
    """The whole unit.

    Raises:
        ServiceError: a path or a variable has a character that no unit can have.
    """
    sandbox = _lines(_network(place.network)) + _FILTERS
    if place.has_user_namespaces:
        alone = [_NO_NETWORK_NAMESPACE] if place.network is Network.NONE else []
        writable = [f"ReadWritePaths={_quoted('-' + folder)}" for folder in place.folders]
        sandbox += _NAMESPACES + _lines(alone + writable)
    return "\n".join((_ORDER, _LIFE + _start(place), _LIMITS + sandbox, _INSTALL))


def _network(network: Network) -> tuple[str, ...]:
    reached = _REACHED[network]
    allowed = (f"IPAddressAllow={' '.join(reached)}",) if reached else ()
    return (f"RestrictAddressFamilies={_FAMILIES[network]}", "IPAddressDeny=any", *allowed)


def _start(place: Place) -> str:
    folders = " ".join(_argument(folder) for folder in place.folders)
    return _lines(
        (
            *(f"Environment={_quoted(f'{name}={value}')}" for name, value in sorted(place.environment.items())),
            f"ExecStartPre=+-/usr/bin/mkdir -p {folders}",
            f"ExecStart={_quoted(place.python)} -m voice_coach start --plain --wait",
        )
    )


def _lines(lines: Iterable[str]) -> str:
    return "".join(f"{line}\n" for line in lines)


def _quoted(text: str) -> str:
    """Quote as systemd.syntax(7) wants it; a percent sign would begin a specifier."""
    if odd := _NOT_IN_A_UNIT.search(text):
        message = f"systemd takes no {odd[0]!a} in a unit, but it is in {text!a}: use a path without it."
        raise ServiceError(message)
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%")
    return f'"{escaped}"' if set(escaped) & set(" \t'\"\\;") else escaped


def _argument(text: str) -> str:
    """Quote an argument of a command line; a dollar sign would begin a variable."""
    return _quoted(text.replace("$", "$$"))
