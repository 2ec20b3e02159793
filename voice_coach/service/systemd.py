"""The text of the service's unit file, and calls of systemctl, loginctl and journalctl.

The options of the unit are documented in systemd.service(5), systemd.exec(5) and systemd.resource-control(5); they need
version 252 or later.
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
"""Seconds that a command may take: more than the unit's TimeoutStartSec, as systemctl waits until the coach is up."""
_NO_ANSWER, _NOT_RUN, _NOT_THERE = _NOT_ASKED = (124, 126, 127)
"""Exit statuses for commands that gave no answer in time, could not be run, or are not installed, as in shells."""
_BOOTED = Path("/run/systemd/system")
"""A folder that exists if systemd is the init system of the machine: sd_booted(3)."""
_LINGERING = Path("/var/lib/systemd/linger")
_TRY_NAMESPACES = ("unshare", "--user", "--map-root-user", "--mount", "true")


def why_unreachable() -> str:
    """Return the reason why the user's systemd cannot be reached, as a part of a sentence; empty if it can."""
    if not _BOOTED.is_dir():
        return "systemd does not run on this machine"
    asked = _run("systemctl", "--user", "show", "--property=Version")
    if asked.returncode in _NOT_ASKED:
        return asked.stderr
    if asked.returncode:
        return "your own systemd cannot be reached from here (it can from a login, not from su or sudo)"
    return ""


def tell(*arguments: str) -> None:
    """Run `systemctl --user` with these arguments.

    Raises:
        ServiceError: it failed; the text says why.
    """
    done = _run("systemctl", "--user", *arguments)
    if done.returncode:
        reason = (done.stderr.strip().splitlines() or ["no reason given"])[0].rstrip(".")
        message = f"systemctl --user {' '.join(arguments)} failed ({reason}): see journalctl --user -n 30."
        raise ServiceError(message)


def answer(*arguments: str) -> str:
    """Run `systemctl --user` and return its output without the line's end, whatever its exit status is."""
    return _run("systemctl", "--user", *arguments).stdout.strip()


def properties(unit: str, *names: str) -> dict[str, str]:
    """Return properties of a unit by their names."""
    lines = answer("show", unit, f"--property={','.join(names)}").splitlines()
    return {name: value for name, _, value in (line.partition("=") for line in lines)}


def journal(*matches: str) -> list[str]:
    """Return entries of the user's journal, each a JSON object, oldest first; none if it cannot be read."""
    return _run("journalctl", "--user", "--quiet", "--output=json", *matches).stdout.splitlines()


def is_lingering() -> bool:
    """Whether the user's services start with the machine and keep running after a logout (lingering)."""
    return (_LINGERING / getpass.getuser()).exists()


def set_lingering(*, on: bool) -> bool:
    """Switch lingering on or off, and return whether that was allowed."""
    return not _run("loginctl", "--no-ask-password", "enable-linger" if on else "disable-linger").returncode


def has_user_namespaces() -> bool:
    """Whether an ordinary user may make namespaces on this machine; some distributions forbid it."""
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
"""Seconds that the main loop may send no heartbeat before systemd ends the service."""
_NOT_IN_A_UNIT = re.compile(r"[\x00-\x08\x0a-\x1f\x7f\ud800-\udfff]")
"""The characters that no value in a unit may have: line breaks, and others that systemd rejects."""
STOPPING_SECONDS = 45
"""Seconds that the coach may take to end: it may wait for a slow disk (`memory/session_store.py`)."""
ABORTING_SECONDS = 10
"""Seconds that the coach may take to end after the watchdog has ended it."""
RESTART_SECONDS = 3
"""Seconds before the next start: few for a person who waits, enough to spare a machine on which every start fails."""


class Network(Enum):
    """The networks from which the coach may be reached."""

    NONE = "none"
    LOOPBACK = "loopback"
    """This machine only: the mirror's page is shown on its own screen."""
    LAN = "lan"
    """The home network: the mirror's page is shown on a phone or a tablet."""


@dataclass(frozen=True, slots=True)
class Place:
    """The facts about an installation of the coach that its unit file depends on."""

    python: str
    """The absolute path of the Python interpreter."""
    folders: tuple[str, ...]
    """The absolute paths of all folders that the coach may write to."""
    environment: Mapping[str, str] = field(default_factory=dict)
    """Environment variables that the coach needs besides those that systemd sets."""
    has_user_namespaces: bool = True
    """Whether an ordinary user may make namespaces; if not, a part of the sandbox is left out."""
    network: Network = Network.NONE
    peers: tuple[str, ...] = ()
    """The IP addresses that the coach may ask: the MQTT broker's, and who knows the broker's name."""


_ORDER = """\
[Unit]
Description=Voice coach for facial masks
# A sound server that is not there is no trouble, and none is started: pulseaudio and pipewire-pulse exclude each other.
After=pipewire.service wireplumber.service pipewire-pulse.socket pulseaudio.socket
# It is never given up: nobody who could start it again has a keyboard. But it rests once its program was removed.
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

_FAMILY_ALONE, _FAMILIES = "AF_UNIX", "AF_UNIX AF_INET AF_INET6"
_REACHED = {
    Network.NONE: (),
    Network.LOOPBACK: ("localhost",),
    Network.LAN: ("localhost", "link-local", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7"),
}
"""The addresses that may reach the coach; those of home networks are from RFC 1918 and RFC 4193."""
_NO_NETWORK_NAMESPACE = "PrivateNetwork=yes"
"""The line that cuts the coach off all networks; left out when it serves a page or asks a broker, which it hinders."""

_FILTERS = """\
NoNewPrivileges=yes
LockPersonality=yes
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
SystemCallArchitectures=native
SystemCallFilter=@system-service
SystemCallFilter=~@privileged @resources
# By which the voice gives way to the ears while it renders ahead.
SystemCallFilter=setpriority
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
    """Return the whole text of the unit file.

    Raises:
        ServiceError: a path or an environment variable has a character that no unit may have.
    """
    reached = (*_REACHED[place.network], *place.peers)
    sandbox = _lines(_network(reached)) + _FILTERS
    if place.has_user_namespaces:
        alone = [] if reached else [_NO_NETWORK_NAMESPACE]
        writable = [f"ReadWritePaths={_quoted('-' + folder)}" for folder in place.folders]
        sandbox += _NAMESPACES + _lines(alone + writable)
    program = place.python.replace("%", "%%")  # a condition's path is not quoted, but percent signs begin a specifier
    order = f"{_ORDER}ConditionFileIsExecutable={program}\n"
    return "\n".join((order, _LIFE + _start(place), _LIMITS + sandbox, _INSTALL))


def _network(reached: tuple[str, ...]) -> tuple[str, ...]:
    allowed = (f"IPAddressAllow={' '.join(reached)}",) if reached else ()
    families = _FAMILIES if reached else _FAMILY_ALONE
    return (f"RestrictAddressFamilies={families}", "IPAddressDeny=any", *allowed)


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
    """Quote a value as in systemd.syntax(7); percent signs are doubled, as they would begin a specifier."""
    if odd := _NOT_IN_A_UNIT.search(text):
        message = f"systemd takes no {odd[0]!a} in a unit, but it is in {text!a}: use a path without it."
        raise ServiceError(message)
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%")
    return f'"{escaped}"' if set(escaped) & set(" \t'\"\\;") else escaped


def _argument(text: str) -> str:
    """Quote an argument of a command line; dollar signs are doubled, as they would begin a variable."""
    return _quoted(text.replace("$", "$$"))
