"""Install and remove the service: each step is done only if it is still to be done, and told in a line."""

from __future__ import annotations

import getpass
import os
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from voice_coach.errors import ServiceError
from voice_coach.personal_file import NoTextError, UnfitFileError, read_text
from voice_coach.service import systemctl
from voice_coach.service.places import lingering_mark, own_folders, this_place, unit_path
from voice_coach.service.unit import NAME, Network, unit_text

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

UNDO = "To undo it: voice-coach service uninstall"
_OPEN_TO = {
    Network.NONE: (),
    Network.LOOPBACK: ("The mirror's page is open to this machine.",),
    Network.LAN: ("The mirror's page is open to the home network. To pair a device: voice-coach page pair",),
}
_LINGERS = "Your services now start with the machine, without a login (lingering)."
_NO_LINGER = "It starts when you log in. To have it start with the machine: sudo loginctl enable-linger {}"
_NO_NAMESPACES = (
    "This system lets no ordinary user make namespaces, so the coach runs with a part of its sandbox only: "
    "see docs/service.md."
)


def install(network: Network = Network.NONE) -> list[str]:
    """Write the unit, and start it now and with the machine.

    Args:
        network: who may reach the coach.

    Returns:
        What was done and what could not be done, a line each.

    Raises:
        ServiceError: the unit cannot be written or say what it must, or systemd does not start it.
    """
    place, path = this_place(network), unit_path()
    text = unit_text(place)
    with _telling_of(path):
        for folder in own_folders():
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        is_new = _write_if_new(path, text)
    done = [f"The unit was written: {path}", *_OPEN_TO[network]] if is_new else []
    left = [] if place.has_user_namespaces else [_NO_NAMESPACES]
    if why := systemctl.why_unreachable():
        left += [f"The service was not started, because {why}. When it can be: systemctl --user enable --now {NAME}"]
        left += [f"To have it start with the machine, without a login: loginctl enable-linger {getpass.getuser()}"]
    else:
        done += _start(is_new=is_new)
        if not systemctl.is_lingering():
            done += [_LINGERS] if _linger() else []
            left += [] if systemctl.is_lingering() else [_NO_LINGER.format(getpass.getuser())]
    return [*(done or [f"Nothing had to be changed: {path}"]), *left, UNDO]


def uninstall() -> list[str]:
    """Stop the service and remove what `install` has made; the person's settings and sessions stay.

    Returns:
        What was done, a line each.

    Raises:
        ServiceError: the unit cannot be removed, or systemd does not stop it.
    """
    path = unit_path()
    is_there, why = path.exists(), systemctl.why_unreachable()
    told = []
    if is_there and not why:
        systemctl.tell("disable", "--now", NAME)
        told += ["The service was stopped and will not start again."]
    with _telling_of(path):
        path.unlink(missing_ok=True)
        for wants in path.parent.glob("*.wants"):  # enabled, but systemd can't be told
            (wants / NAME).unlink(missing_ok=True)
    if is_there:
        told += [f"The unit was removed: {path}"]
        if not why:
            systemctl.tell("daemon-reload")
            systemctl.answer("reset-failed", NAME)
    told += _linger_no_more()
    for folder in reversed(own_folders()):
        with suppress(OSError):  # it is the coach's as long as something is in it
            folder.rmdir()
    return told or ["There was nothing to remove: the service is not installed."]


def _start(*, is_new: bool) -> list[str]:
    told = []
    if is_new:
        systemctl.tell("daemon-reload")
    if systemctl.answer("is-enabled", NAME) != "enabled":
        systemctl.tell("enable", NAME)
        told += ["It will be started whenever your systemd starts."]
    is_running = systemctl.answer("is-active", NAME) == "active"
    if is_new or not is_running:
        systemctl.tell("restart", NAME)
        told += ["It was started again." if is_running else "It was started."]
    return told


def _linger() -> bool:
    """Let the user's systemd, and with it the coach, start with the machine, if that is allowed."""
    if not systemctl.set_lingering(on=True):
        return False
    with suppress(OSError):
        lingering_mark().touch()
    return True


def _linger_no_more() -> list[str]:
    """Give up lingering, if it was `install` that asked for it."""
    mark = lingering_mark()
    if not mark.exists():
        return []
    with suppress(OSError):
        mark.unlink()
    if systemctl.is_lingering() and not systemctl.set_lingering(on=False):
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
def _telling_of(path: Path) -> Iterator[None]:
    """Tell of files that cannot be changed as a person should read it."""
    try:
        yield
    except OSError as error:
        message = f"{error.filename or path} cannot be changed ({error.strerror}): mend that, then try again."
        raise ServiceError(message) from error
