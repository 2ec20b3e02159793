"""How much of the coach the mirror may take: limits of connections, requests and times.

Before a request is read a guest is known by an address only. This machine's own have seats that nobody else can take.
A stranger, who has shown no valid key, never keeps a newcomer out: when there are too many of them the one that came
first has to go, since the newcomer may be a device that is paired.
"""

from __future__ import annotations

import socket
import time
from collections import Counter, OrderedDict
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from voice_coach.mirror.client_auth import network_of, plain
from voice_coach.mirror.responses import no_seat

if TYPE_CHECKING:
    from collections.abc import Callable

    from voice_coach.mirror.client_auth import Client


@dataclass(frozen=True, slots=True)
class Limits:
    """All limits; times in seconds, sizes in bytes."""

    streams: int = 128
    """A household has a handful of screens; the load test shows that the voice is unharmed by so many."""
    streams_kept: int = 16
    """Of these, for this machine."""
    connections: int = 192
    """All streams, and some more for pages that load and buttons that are pressed; what comes then gets a 503."""
    connections_kept: int = 32
    """Of these, for this machine's own screen and programs: whatever happens in the network, they are served."""
    connections_of_strangers: int = 64
    """Of these at most, off this machine and without a valid key. Who wants to be paired needs six for a moment."""
    refusals: int = 48
    """Connections that are being told so at the same time. What comes beyond that is told in one go, and closed."""
    waiting: int = 1024
    """Connections that the system keeps until we get to them."""
    connections_per_address: int = 24
    """Off this machine, so that one device in the home cannot take all seats. A browser opens six. For strangers all
    addresses of IPv6 in a /64 are one, since a host can take as many of them as it likes."""
    requests_per_second: float = 20
    """Off this machine, for each key, and without one for each address, counted as above; in bursts of five times as
    many: a page that loads needs five."""
    head: int = 8192
    """Of a request. Browsers send 1 kB."""
    header_lines: int = 64
    """Browsers send 20."""
    head_seconds: float = 5
    """From the first byte, or from the connection, to the end of the head. TLS has to be agreed on in as many."""
    body: int = 4096
    """The largest that makes sense has 120."""
    body_seconds: float = 5
    drained_seconds: float = 1
    """How long what nobody wants to read is read nevertheless: a connection that is closed on unread bytes is reset,
    and its client may never see the answer."""
    idle_seconds: int = 10
    """Between two requests of a connection."""
    send_seconds: float = 5
    """How long a client may take to receive what was sent. Then it is dropped; nothing is kept for it."""
    send_buffer: int = 16_384
    """Of the system, for each connection: a few states, so that a client that does not read is noticed soon."""
    commands_per_second: float = 5
    """For each device. Nobody presses buttons faster."""
    command_burst: int = 10
    remembered_ids: int = 1000
    """Of commands, so that none counts twice."""
    states_per_second: float = 20
    """In a stream. More cannot be seen."""
    keepalive_seconds: float = 5
    """Between two signs of life in a stream."""


_AT_ONCE = 64
"""How many are turned away before the server does something else."""
_REMEMBERED = 128
"""How many addresses are remembered at which paired devices were seen."""
_REMEMBERED_SECONDS = 3600.0
"""How long they are remembered: a network gives an address to somebody else in time."""

Peer = tuple[str, int]
"""Address and port of the other end."""


@dataclass(eq=False, slots=True)
class _Guest:
    """A connection that is open."""

    connection: socket.socket
    address: str
    """Of who asks; behind the proxy that is not the other end."""
    is_here: bool
    is_paired: bool
    """Whether it has shown a valid key, or comes from where a paired device was seen."""
    has_asked: bool = False

    @property
    def network(self) -> str:
        return network_of(self.address)

    @property
    def is_stranger(self) -> bool:
        return not (self.is_here or self.is_paired)


class ConnectionLimit:
    """All connections, also those that have not agreed on TLS yet. Used in the server's thread only.

    Args:
        limits: how many may be open.
        is_here: whether an address is one of this machine.
        is_encrypted: then who is turned away cannot be told why.
        clock: monotonic seconds.
    """

    def __init__(
        self,
        limits: Limits,
        is_here: Callable[[str], bool],
        *,
        is_encrypted: bool = False,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._limits = limits
        self._is_here = is_here
        self._clock = clock
        self._last_words = b"" if is_encrypted else no_seat().as_bytes()
        self._guests: dict[Peer, _Guest] = {}
        """In the order in which they came."""
        self._leaving: list[socket.socket] = []
        """Those that had to go and whose file is not closed yet."""
        self._household: OrderedDict[str, float] = OrderedDict()
        """Where paired devices were seen, and when last."""

    def takes(self, connection: socket.socket, peer: Peer) -> bool:
        """Take a connection in, or end it."""
        self._forget_those_that_went()
        address = peer[0]
        is_here = self._is_here(address)
        guest = _Guest(connection, address, is_here, not is_here and self._is_of_household(address))
        if not self._find_room(guest):
            self._turn_away(connection)
            return False
        with suppress(OSError):  # it has gone already
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, self._limits.send_buffer)
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, int(1000 * self._limits.send_seconds))
        self._guests[peer] = guest
        return True

    def settle(self, peer: Peer | None, visitor: Client, *, is_paired: bool) -> None:
        """Count a guest as who it is, now that it has asked.

        Args:
            peer: the other end of its connection.
            visitor: who asks.
            is_paired: whether it shows a valid key.

        Raises:
            Refusal: as such it has no seat.
        """
        guest = self._guests.get(peer) if peer else None
        if peer is None or guest is None:  # it had to go in this moment
            raise no_seat()
        guest.has_asked = True
        if is_paired and visitor.address and not visitor.is_here:
            self._note(visitor.address)
        was_paired = guest.is_paired and guest.address == visitor.address  # a proxy's connection serves many
        is_known = not visitor.is_here and (is_paired or was_paired or self._is_of_household(visitor.address))
        if (guest.address, guest.is_here, guest.is_paired) == (visitor.address, visitor.is_here, is_known):
            return
        del self._guests[peer]
        self._forget_those_that_went()
        guest.address, guest.is_here, guest.is_paired = visitor.address, visitor.is_here, is_known
        if not self._find_room(guest):
            self._leaving.append(guest.connection)
            raise no_seat()
        self._guests[peer] = guest

    def _find_room(self, guest: _Guest) -> bool:
        """Whether there is a seat, for which a stranger may have to go."""
        limits, leaving = self._limits, len(self._leaving)
        if len(self._guests) + leaving >= limits.connections + limits.refusals:
            return False
        if guest.is_here:
            return True
        others = [one for one in self._guests.values() if not one.is_here]
        for_others = limits.connections - limits.connections_kept
        if len(others) + leaving >= for_others + limits.connections_kept // 2:
            return False
        if guest.is_paired and self._paired_from(guest.address) >= limits.connections_per_address:
            return False
        too_many = self._too_many_for(guest)
        if not too_many and len(others) >= for_others:
            too_many = [one for one in others if one.is_stranger]
            if not too_many:
                return False
        if too_many:
            self._put_out(_first_of_the_most(too_many))
        return True

    def _paired_from(self, address: str) -> int:
        return sum(one.is_paired and one.address == address for one in self._guests.values())

    def _too_many_for(self, guest: _Guest) -> list[_Guest]:
        """The strangers of whom one has to go before another can come; none when there is room, or for who is known."""
        if not guest.is_stranger:
            return []
        strangers = [one for one in self._guests.values() if one.is_stranger]
        own = [one for one in strangers if one.network == guest.network]
        if len(own) >= self._limits.connections_per_address:
            return own
        return strangers if len(strangers) >= self._limits.connections_of_strangers else []

    def _put_out(self, guest: _Guest) -> None:
        """End a stranger's connection, for somebody else; asyncio closes the file when it sees the end."""
        self._guests = {peer: one for peer, one in self._guests.items() if one is not guest}
        self._leaving.append(guest.connection)
        with suppress(OSError):
            if not guest.has_asked:
                guest.connection.send(self._last_words)
            guest.connection.shutdown(socket.SHUT_RDWR)

    def _turn_away(self, connection: socket.socket) -> None:
        """Answer and close without waiting for anything. What has come already is read, so that nothing is reset."""
        with connection, suppress(OSError):
            connection.settimeout(0)
            connection.send(self._last_words)
            connection.shutdown(socket.SHUT_WR)
            connection.recv(65_536)

    def _forget_those_that_went(self) -> None:
        self._guests = {peer: guest for peer, guest in self._guests.items() if guest.connection.fileno() >= 0}
        self._leaving = [connection for connection in self._leaving if connection.fileno() >= 0]

    def _note(self, address: str) -> None:
        self._household[plain(address)] = self._clock()
        self._household.move_to_end(plain(address))
        if len(self._household) > _REMEMBERED:
            self._household.popitem(last=False)

    def _is_of_household(self, address: str) -> bool:
        seen_at = self._household.get(plain(address))
        return seen_at is not None and self._clock() - seen_at < _REMEMBERED_SECONDS


def _first_of_the_most(strangers: list[_Guest]) -> _Guest:
    """The one that came first, of the network that has the most connections."""
    counts = Counter(one.network for one in strangers)
    return max(strangers, key=lambda one: counts[one.network])


class LimitedSocket(socket.socket):
    """A listening socket that lets in only so many.

    Args:
        family: of its addresses.
        crowd: who has come in by any door.
    """

    def __init__(self, family: socket.AddressFamily, crowd: ConnectionLimit) -> None:
        super().__init__(family, socket.SOCK_STREAM)
        self._crowd = crowd

    def accept(self) -> tuple[socket.socket, Any]:
        """Take the next that there is a place for.

        Raises:
            BlockingIOError: there is none at the moment.
        """
        for _ in range(_AT_ONCE):
            guest, address = super().accept()
            if self._crowd.takes(guest, (str(address[0]), int(address[1]))):
                return guest, address
        raise BlockingIOError
