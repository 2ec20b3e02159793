"""The text of the systemd unit, from what it depends on. Pure; the options are told in docs/service.md.

The options are those of systemd.service(5), systemd.exec(5) and systemd.resource-control(5), version 252 or later.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING

from voice_coach.errors import ServiceError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

NAME = "voice-coach.service"
WATCHDOG_SECONDS = 10
"""How long the main loop may give no sign of life."""
_NOT_IN_A_UNIT = re.compile(r"[\x00-\x08\x0a-\x1f\x7f\ud800-\udfff]")
"""Line breaks would begin another line of the unit; the rest systemd takes neither in a variable nor in a path."""
STOPPING_SECONDS = 45
"""How long the coach may take to end: it writes to a slow disk, and gives up one that hangs (memory/keeper.py)."""
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
