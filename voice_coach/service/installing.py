"""Installs the coach as a service of the user, removes it, and reports its status."""

from __future__ import annotations

import getpass
import json
import os
import socket
import sys
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from platformdirs import user_cache_path, user_config_path, user_data_path, user_log_path, user_state_path

from voice_coach.errors import ServiceError
from voice_coach.personal_file import NoTextError, UnfitFileError, read_text
from voice_coach.service import systemd
from voice_coach.service.systemd import NAME, Network, Place, has_user_namespaces, unit_text

if TYPE_CHECKING:
    from collections.abc import Iterator


_COACH = "voice-coach"
_KEPT = ("PYTHONPATH", "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME")
"""Environment variables that are copied into the unit, so that the service uses the same folders as the person."""


def unit_path() -> Path:
    """Return the path of the service's unit file, in the folder where systemd looks for a user's units."""
    return user_config_path() / "systemd" / "user" / NAME


def lingering_mark() -> Path:
    """Return the path of the file that marks that `install` switched lingering on."""
    return user_state_path(_COACH) / "lingering-was-off"


def own_folders() -> tuple[Path, ...]:
    """Return all folders that the coach writes to: for settings, sessions, history, log and synthesized sentences."""
    places = (user_config_path, user_state_path, user_data_path, user_log_path, user_cache_path)
    found = [place(_COACH) for place in places]
    return tuple(path for path in found if not any(other in path.parents for other in found))


def this_place(network: Network = Network.NONE, peers: tuple[str, ...] = ()) -> Place:
    """Return the Place of this interpreter on this machine.

    Args:
        network: the network from which the coach may be reached.
        peers: the IP addresses that the coach may ask.
    """
    return Place(
        python=str(Path(sys.executable).absolute()),
        folders=tuple(_absolute(path) for path in own_folders()),
        environment={name: _from_anywhere(name) for name in _KEPT if os.environ.get(name)},
        has_user_namespaces=has_user_namespaces(),
        network=network,
        peers=peers,
    )


def peers_for(host: str) -> tuple[str, ...]:
    """Return the IP addresses that the coach has to ask to reach a host: its own, and those of the name servers.

    Args:
        host: a name or an IP address; none is returned for a name that nobody knows now.
    """
    found = _addresses_of(host)
    if not found or found == {host}:
        return tuple(found)
    with suppress(OSError, ValueError):
        lines = read_text(Path("/etc/resolv.conf")).splitlines()
        servers = [words[1] for words in map(str.split, lines) if words[:1] == ["nameserver"] and len(words) > 1]
        found |= {address for server in servers for address in _addresses_of(server)}
    return tuple(sorted(found))


def _addresses_of(host: str) -> set[str]:
    try:
        return {str(found[4][0]).partition("%")[0] for found in socket.getaddrinfo(host, None)}
    except (OSError, UnicodeError):
        return set()


def _from_anywhere(name: str) -> str:
    """Return an environment variable with its paths made absolute, since the service runs in another folder."""
    value = os.environ[name]
    paths = value.split(os.pathsep) if name == "PYTHONPATH" else [value]
    return os.pathsep.join(_absolute(Path(path)) for path in paths)


def _absolute(path: Path) -> str:
    """Return an absolute path without "..", which systemd does not allow in paths that a service may write to."""
    return str(path.resolve() if ".." in path.parts else path.absolute())


UNDO = "To undo it: voice-coach service uninstall"
_OPEN_TO = {
    Network.NONE: (),
    Network.LOOPBACK: ("The mirror's page is open to this machine.",),
    Network.LAN: ("The mirror's page is open to the home network. To pair a device: voice-coach page pair",),
}
_OPEN_TO_BROKER = "The coach may ask the MQTT broker at {}."
_NO_BROKER = (
    "Nobody knows the MQTT broker {} by its name now, so the coach may not ask it: do this again when it is there."
)
_LINGERS = "Your services now start with the machine, without a login (lingering)."
_NO_LINGER = "It starts when you log in. To have it start with the machine: sudo loginctl enable-linger {}"
_NO_NAMESPACES = (
    "This system lets no ordinary user make namespaces, so the coach runs with a part of its sandbox only: "
    "see docs/service.md."
)


def install(network: Network = Network.NONE, broker: str | None = None) -> list[str]:
    """Write the unit file, start the service, and have it start with the machine.

    Args:
        network: the network from which the coach may be reached.
        broker: the name or IP address of the MQTT broker that the coach asks; None for none.

    Returns:
        Lines for the person: each tells something that was done or that could not be done.

    Raises:
        ServiceError: the unit file cannot be written, a path must not stand in it, or systemd does not start it.
    """
    peers = peers_for(broker) if broker else ()
    place, path = this_place(network, peers), unit_path()
    text = unit_text(place)
    with _readable_errors(path):
        for folder in own_folders():
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        is_new = _write_if_new(path, text)
    done = [f"The unit was written: {path}", *_OPEN_TO[network]] if is_new else []
    done += [_OPEN_TO_BROKER.format(broker)] if is_new and peers else []
    left = [] if place.has_user_namespaces else [_NO_NAMESPACES]
    left += [_NO_BROKER.format(broker)] if broker and not peers else []
    if why := systemd.why_unreachable():
        left += [f"The service was not started, because {why}. When it can be: systemctl --user enable --now {NAME}"]
        left += [f"To have it start with the machine, without a login: loginctl enable-linger {getpass.getuser()}"]
    else:
        done += _start(is_new=is_new)
        if not systemd.is_lingering():
            done += [_LINGERS] if _start_lingering() else []
            left += [] if systemd.is_lingering() else [_NO_LINGER.format(getpass.getuser())]
    return [*(done or [f"Nothing had to be changed: {path}"]), *left, UNDO]


def uninstall() -> list[str]:
    """Stop the service and remove everything that `install` made; the person's settings and sessions stay.

    Returns:
        Lines for the person: each tells something that was done.

    Raises:
        ServiceError: the unit file cannot be removed, or systemd does not stop the service.
    """
    path = unit_path()
    is_there, why = path.exists(), systemd.why_unreachable()
    told = []
    if is_there and not why:
        systemd.tell("disable", "--now", NAME)
        told += ["The service was stopped and will not start again."]
    with _readable_errors(path):
        path.unlink(missing_ok=True)
        for wants in path.parent.glob("*.wants"):  # links of an enabled unit; systemd can't remove them now
            (wants / NAME).unlink(missing_ok=True)
    if is_there:
        told += [f"The unit was removed: {path}"]
        if not why:
            systemd.tell("daemon-reload")
            systemd.answer("reset-failed", NAME)
    told += _stop_lingering()
    for folder in reversed(own_folders()):
        with suppress(OSError):  # a folder that is not empty stays
            folder.rmdir()
    return told or ["There was nothing to remove: the service is not installed."]


def _start(*, is_new: bool) -> list[str]:
    told = []
    if is_new:
        systemd.tell("daemon-reload")
    if systemd.answer("is-enabled", NAME) != "enabled":
        systemd.tell("enable", NAME)
        told += ["It will be started whenever your systemd starts."]
    is_running = systemd.answer("is-active", NAME) == "active"
    if is_new or not is_running:
        systemd.tell("restart", NAME)
        told += ["It was started again." if is_running else "It was started."]
    return told


def _start_lingering() -> bool:
    """Have the user's services start with the machine; return whether that was allowed."""
    if not systemd.set_lingering(on=True):
        return False
    with suppress(OSError):
        lingering_mark().touch()
    return True


def _stop_lingering() -> list[str]:
    """Switch lingering off if `install` switched it on, and return a line about that for the person."""
    mark = lingering_mark()
    if not mark.exists():
        return []
    with suppress(OSError):
        mark.unlink()
    if systemd.is_lingering() and not systemd.set_lingering(on=False):
        return [f"Lingering could not be switched off: sudo loginctl disable-linger {getpass.getuser()}"]
    return ["Your services start with your login again, as before."]


def _write_if_new(path: Path, text: str) -> bool:
    with suppress(FileNotFoundError, UnfitFileError, NoTextError):
        if read_text(path) == text:
            return False
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        part.write_text(text, encoding="utf-8")
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
    return True


@contextmanager
def _readable_errors(path: Path) -> Iterator[None]:
    """Turn an OSError about a file or folder into a ServiceError with a sentence for the person."""
    try:
        yield
    except OSError as error:
        message = f"{error.filename or path} cannot be changed ({error.strerror}): mend that, then try again."
        raise ServiceError(message) from error


_EXITED = "98e322203f7a4ed290d09fe03c09fe15"
"""The id of journal entries about the end of a unit's process: SD_MESSAGE_UNIT_PROCESS_EXIT in sd-messages.h."""


@dataclass(frozen=True, slots=True)
class Status:
    """The status of the service; values that are not known are None."""

    is_installed: bool
    unreachable: str
    """The reason why systemd can't be asked; empty if it can."""
    is_enabled: bool | None = None
    is_lingering: bool = False
    state: str | None = None
    """The state by systemd's name, such as "active", "activating", "inactive" or "failed"."""
    since: str | None = None
    """The time of the last change of the state, as systemd writes it."""
    doing: str = ""
    """The last line about its situation that the coach sent to systemd."""
    restarts: int | None = None
    """The number of times that systemd started the service again by itself."""
    watchdog_restarts: int | None = None
    """The number of times since the machine was started that the watchdog ended the service, by systemd's journal."""
    last_exit: str | None = None
    memory_bytes: int | None = None

    @property
    def is_running(self) -> bool:
        """Whether the service is running."""
        return self.state == "active"


def status() -> Status:
    """Find the status of the service from systemd and its journal."""
    is_installed, why = unit_path().exists(), systemd.why_unreachable()
    if why:
        return Status(is_installed, why, is_lingering=systemd.is_lingering())
    names = ("ActiveState", "StateChangeTimestamp", "StatusText", "NRestarts", "MemoryCurrent", "UnitFileState")
    found = systemd.properties(NAME, *names)
    return Status(
        is_installed,
        why,
        is_enabled=found.get("UnitFileState") == "enabled",
        is_lingering=systemd.is_lingering(),
        state=found.get("ActiveState"),
        since=found.get("StateChangeTimestamp") or None,
        doing=found.get("StatusText", ""),
        restarts=_number(found.get("NRestarts", "")),
        watchdog_restarts=_watchdog_restarts(),
        last_exit=_last_exit(),
        memory_bytes=_number(found.get("MemoryCurrent", "")),
    )


def in_words(status: Status) -> list[str]:
    """Describe a status in lines for the person."""
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
    return len(systemd.journal("--boot", f"USER_UNIT={NAME}", "UNIT_RESULT=watchdog"))


def _last_exit() -> str | None:
    lines = systemd.journal("--lines=1", f"USER_UNIT={NAME}", f"MESSAGE_ID={_EXITED}")
    if not lines:
        return None
    entry = json.loads(lines[-1])
    how = {"exited": "exit status", "killed": "signal", "dumped": "signal"}.get(entry.get("EXIT_CODE"), "status")
    return f"{how} {entry.get('EXIT_STATUS')}"


def _number(text: str) -> int | None:
    return int(text) if text.isdecimal() and int(text) < 2**63 else None
