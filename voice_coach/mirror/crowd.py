"""Who comes in at all. File descriptors belong to the whole coach, which must never run out of them."""

from __future__ import annotations

import socket
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from voice_coach.mirror.answers import no_seat

if TYPE_CHECKING:
    from collections.abc import Callable

    from voice_coach.mirror.limits import Limits

_AT_ONCE = 64
"""So many are turned away before the server does something else."""


class Crowd:
    """All connections, also those that have not agreed on TLS yet.

    Args:
        limits: how many may be open.
        is_here: whether an address is one of this machine.
        is_encrypted: then who is turned away cannot be told why.
    """

    def __init__(self, limits: Limits, is_here: Callable[[str], bool], *, is_encrypted: bool = False) -> None:
        self._limits = limits
        self._is_here = is_here
        self._last_words = b"" if is_encrypted else no_seat().as_bytes()
        self._guests: list[tuple[socket.socket, str]] = []

    def takes(self, guest: socket.socket, address: str) -> bool:
        """Take a connection in, or end it."""
        self._guests = [(other, where) for other, where in self._guests if other.fileno() >= 0]
        own = sum(where == address for _, where in self._guests)
        is_pushing = own >= self._limits.connections_per_address and not self._is_here(address)
        if is_pushing or len(self._guests) >= self._limits.connections + self._limits.refusals:
            self._turn_away(guest)
            return False
        with suppress(OSError):  # it has gone already
            guest.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, self._limits.send_buffer)
            guest.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, int(1000 * self._limits.send_seconds))
        self._guests.append((guest, address))
        return True

    def _turn_away(self, guest: socket.socket) -> None:
        """Answer and close without waiting for anything. What has come already is read, so that nothing is reset."""
        with guest, suppress(OSError):
            guest.settimeout(0)
            guest.send(self._last_words)
            guest.shutdown(socket.SHUT_WR)
            guest.recv(65_536)


class Door(socket.socket):
    """A listening socket that lets in only so many.

    Args:
        family: of its addresses.
        crowd: who has come in by any door.
    """

    def __init__(self, family: socket.AddressFamily, crowd: Crowd) -> None:
        super().__init__(family, socket.SOCK_STREAM)
        self._crowd = crowd

    def accept(self) -> tuple[socket.socket, Any]:
        """Take the next that there is a place for.

        Raises:
            BlockingIOError: there is none at the moment.
        """
        for _ in range(_AT_ONCE):
            guest, address = super().accept()
            if self._crowd.takes(guest, address[0]):
                return guest, address
        raise BlockingIOError
