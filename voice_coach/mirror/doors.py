"""The sockets that the mirror listens on."""

from __future__ import annotations

import errno
import logging
import socket
from typing import TYPE_CHECKING

from voice_coach.errors import FaceError
from voice_coach.mirror.crowd import Door

if TYPE_CHECKING:
    from voice_coach.mirror.address import Address
    from voice_coach.mirror.crowd import Crowd

_UNAVAILABLE = {errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT, errno.EPROTONOSUPPORT}
"""What a machine without IPv6 says."""
_ANY_PORT_TRIES = 8
"""A free port of IPv4 may be taken in IPv6."""

_log = logging.getLogger(__name__)


def open_doors(address: Address, crowd: Crowd) -> list[Door]:
    """Listen, in IPv4, and in IPv6 where there is any; both have the same port.

    Args:
        address: where.
        crowd: decides who comes in.

    Raises:
        FaceError: the port cannot be had.
    """
    for tries_left in reversed(range(_ANY_PORT_TRIES)):
        try:
            return _open_all(address, crowd)
        except OSError as error:
            if error.errno == errno.EADDRINUSE and not address.port and tries_left:
                continue
            raise FaceError(_sentence(address.port, error)) from error
    raise AssertionError


def _open_all(address: Address, crowd: Crowd) -> list[Door]:
    any4, any6 = ("0.0.0.0", "::") if address.is_on_lan else ("127.0.0.1", "::1")  # noqa: S104 - the person wants it
    first = _open(socket.AF_INET, any4, address.port, crowd)
    try:
        return [first, _open(socket.AF_INET6, any6, first.getsockname()[1], crowd)]
    except OSError as error:
        if error.errno not in _UNAVAILABLE:
            first.close()
            raise
        _log.info("the mirror does without IPv6: %s", error)
        return [first]


def _open(family: socket.AddressFamily, host: str, port: int, crowd: Crowd) -> Door:
    door = Door(family, crowd)
    try:
        door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family is socket.AF_INET6:
            door.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        door.bind((host, port))
        door.listen()
    except OSError:
        door.close()
        raise
    return door


def _sentence(port: int, error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"Port {port} is taken by another program: end that, or choose another port with --page PORT."
    if error.errno == errno.EAFNOSUPPORT:
        return "This coach may use no network: if it is the service, run `voice-coach service install` again."
    if error.errno == errno.EACCES:
        return f"Port {port} is kept for the system: choose one from 1024 on with --page PORT."
    return f"The page cannot be served on port {port} ({error.strerror}): choose another with --page PORT."
