"""The limits of the mirror on connections, requests, sizes and times, and the class that counts connections.

Before a request is read, a client is known only by its address. Some connections are reserved for this machine. A
client that has shown no valid key counts as a stranger. When there are too many strangers, the one that came first is
disconnected and the new one is let in, because the new one may be a paired device.
"""

from __future__ import annotations

import socket
import time
from collections import Counter, OrderedDict
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from voice_coach.mirror.client_auth import network_of, no_seat, plain

if TYPE_CHECKING:
    from collections.abc import Callable

    from voice_coach.mirror.client_auth import Client


@dataclass(frozen=True, slots=True)
class Limits:
    """All limits of the mirror. Times are in seconds, sizes in bytes."""

    streams: int = 128
    """Event streams that may be open. A household has a handful of screens; 128 did not disturb the voice in the load
    test."""
    streams_kept: int = 16
    """Event streams, out of `streams`, that are reserved for this machine."""
    connections: int = 192
    """Connections that may be open: all streams, and some for pages that load and buttons that are pressed. Further
    ones are answered with status 503."""
    connections_kept: int = 32
    """Connections, out of `connections`, that are reserved for this machine, so that its own screen is always
    served."""
    connections_of_strangers: int = 64
    """Connections, out of `connections`, for other machines without a valid key. A device that is being paired needs
    six."""
    refusals: int = 48
    """Connections beyond `connections` that may be open while they are told that all are taken. A further one is
    answered and closed at once."""
    waiting: int = 1024
    """Connections that the operating system queues until the server accepts them."""
    connections_per_address: int = 24
    """Connections from one address of another machine, so that one device cannot take them all. A browser opens six.
    For strangers, all IPv6 addresses in a /64 count as one, since a host can take any number of them."""
    requests_per_second: float = 20
    """Requests a second from other machines, for each key, or for each address where no valid key is shown (IPv6: each
    /64). A burst may have five times as many. A page that loads makes five requests."""
    head: int = 8192
    """Bytes of a request's path, query and headers together. Browsers send 1 kB."""
    header_lines: int = 64
    """Header lines of a request. Browsers send 20."""
    head_seconds: float = 5
    """Seconds from the connection, or from the first byte of a later request, to the end of the head. The TLS handshake
    may take as long."""
    body: int = 4096
    """Bytes of a request's body. The largest that makes sense has 120."""
    body_seconds: float = 5
    """Seconds that the body of a request may take to arrive."""
    drained_seconds: float = 1
    """Seconds for which the rest of a refused request is still read. Closing a connection with unread bytes resets it,
    and the client may never see the answer."""
    idle_seconds: int = 10
    """Seconds between two requests of a connection."""
    send_seconds: float = 5
    """Seconds that a client may take to receive what was sent; then it is disconnected."""
    send_buffer: int = 16_384
    """Bytes of the system's send buffer for each connection: a few states, so that a client that does not read is
    noticed."""
    commands_per_second: float = 5
    """Commands a second from each device. Nobody presses buttons faster."""
    command_burst: int = 10
    """Commands that a device may send at once, before `commands_per_second` counts."""
    remembered_ids: int = 1000
    """Ids of commands that are remembered, so that no command is obeyed twice."""
    states_per_second: float = 20
    """States a second in an event stream. More cannot be seen."""
    keepalive_seconds: float = 5
    """Seconds between two heartbeats in an event stream."""


_AT_ONCE = 64
"""Connections that may be refused in a row before the server does something else."""
_DISCONNECTED_AT_ONCE = 4
"""Strangers that may be disconnected in a row before the server does something else. Their sockets are closed only
then: in a rush they would take the places of paired devices. A request is read about five such turns after its
connection was accepted, in which fewer than `connections_per_address` of one network may be disconnected."""
_REMEMBERED = 128
"""Addresses of paired devices that are remembered, at most."""
_REMEMBERED_SECONDS = 3600.0
"""Seconds for which the address of a paired device is remembered. In time a network gives it to another device."""

Peer = tuple[str, int]
"""Address and port of the other end of a connection."""


@dataclass(eq=False, slots=True)
class _ConnectedClient:
    """A client with an open connection."""

    connection: socket.socket
    address: str
    """The address of the client. Behind a reverse proxy, the connection itself comes from another address."""
    is_here: bool
    is_paired: bool
    """Whether it has shown a valid key, or a paired device was seen lately at its address."""
    has_asked: bool = False
    """Whether a request of it has arrived."""

    @property
    def network(self) -> str:
        return network_of(self.address)

    @property
    def is_stranger(self) -> bool:
        return not (self.is_here or self.is_paired)


class ConnectionLimit:
    """The open connections, and the decision whether a further one is let in. For the server's thread only.

    It counts connections from the moment they are accepted, before any TLS handshake.

    Args:
        limits: how many connections may be open.
        is_here: returns whether an address is one of this machine.
        is_encrypted: whether the mirror uses TLS; then a refused client cannot be told the reason.
        clock: returns monotonic seconds.
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
        self._refusal = b"" if is_encrypted else no_seat().as_bytes()
        self._connected: dict[Peer, _ConnectedClient] = {}
        """The connected clients by peer, in the order in which they came."""
        self._leaving: list[socket.socket] = []
        """Connections that were ended here and whose sockets are not closed yet."""
        self.disconnected = 0
        """Strangers that were disconnected so far."""
        self._household: OrderedDict[str, float] = OrderedDict()
        """Addresses of paired devices, each with the monotonic seconds at which one was last seen there."""

    def takes(self, connection: socket.socket, peer: Peer) -> bool:
        """Let a new connection in, or refuse and close it; return whether it was let in."""
        self._forget_closed()
        address = peer[0]
        is_here = self._is_here(address)
        client = _ConnectedClient(connection, address, is_here, not is_here and self._is_of_household(address))
        if not self._make_room(client):
            self._refuse(connection)
            return False
        with suppress(OSError):  # the client has gone already
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, self._limits.send_buffer)
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, int(1000 * self._limits.send_seconds))
        self._connected[peer] = client
        return True

    def settle(self, peer: Peer | None, sender: Client, *, is_paired: bool) -> None:
        """Count a connected client anew, now that its request shows who it is.

        Args:
            peer: the other end of the connection.
            sender: the sender of the request.
            is_paired: whether the sender has shown a valid key.

        Raises:
            ErrorResponse: too many connections of such clients are open.
        """
        client = self._connected.get(peer) if peer else None
        if peer is None or client is None:  # it has just been disconnected
            raise no_seat()
        client.has_asked = True
        if is_paired and sender.address and not sender.is_here:
            self._note(sender.address)
        was_paired = client.is_paired and client.address == sender.address  # a proxy's connection serves many
        is_known = not sender.is_here and (is_paired or was_paired or self._is_of_household(sender.address))
        if (client.address, client.is_here, client.is_paired) == (sender.address, sender.is_here, is_known):
            return
        del self._connected[peer]
        self._forget_closed()
        client.address, client.is_here, client.is_paired = sender.address, sender.is_here, is_known
        if not self._make_room(client):
            self._leaving.append(client.connection)
            raise no_seat()
        self._connected[peer] = client

    def _make_room(self, client: _ConnectedClient) -> bool:
        """Return whether a client may be let in; disconnect a stranger for it if need be."""
        limits, leaving = self._limits, len(self._leaving)
        if len(self._connected) + leaving >= limits.connections + limits.refusals:
            return False
        if client.is_here:
            return True
        others = [one for one in self._connected.values() if not one.is_here]
        for_others = limits.connections - limits.connections_kept
        if len(others) + leaving >= for_others + limits.connections_kept // 2:
            return False
        if client.is_paired and self._paired_from(client.address) >= limits.connections_per_address:
            return False
        too_many = self._too_many_for(client)
        if not too_many and len(others) >= for_others:
            too_many = [one for one in others if one.is_stranger]
            if not too_many:
                return False
        if too_many:
            self._disconnect(_oldest_of_largest_network(too_many))
        return True

    def _paired_from(self, address: str) -> int:
        return sum(one.is_paired and one.address == address for one in self._connected.values())

    def _too_many_for(self, client: _ConnectedClient) -> list[_ConnectedClient]:
        """Return the strangers of whom one must be disconnected before a client is let in; none if there is room."""
        if not client.is_stranger:
            return []
        strangers = [one for one in self._connected.values() if one.is_stranger]
        own = [one for one in strangers if one.network == client.network]
        if len(own) >= self._limits.connections_per_address:
            return own
        return strangers if len(strangers) >= self._limits.connections_of_strangers else []

    def _disconnect(self, client: _ConnectedClient) -> None:
        """End the connection of a stranger to make room; asyncio closes the socket when it sees the end."""
        self._connected = {peer: one for peer, one in self._connected.items() if one is not client}
        self._leaving.append(client.connection)
        self.disconnected += 1
        with suppress(OSError):
            if not client.has_asked:
                client.connection.send(self._refusal)
            client.connection.shutdown(socket.SHUT_RDWR)

    def _refuse(self, connection: socket.socket) -> None:
        """Answer and close a connection without waiting; read the data that has arrived, to avoid a reset."""
        with connection, suppress(OSError):
            connection.settimeout(0)
            connection.send(self._refusal)
            connection.shutdown(socket.SHUT_WR)
            connection.recv(65_536)

    def _forget_closed(self) -> None:
        self._connected = {peer: one for peer, one in self._connected.items() if one.connection.fileno() >= 0}
        self._leaving = [connection for connection in self._leaving if connection.fileno() >= 0]

    def _note(self, address: str) -> None:
        self._household[plain(address)] = self._clock()
        self._household.move_to_end(plain(address))
        if len(self._household) > _REMEMBERED:
            self._household.popitem(last=False)

    def _is_of_household(self, address: str) -> bool:
        seen_at = self._household.get(plain(address))
        return seen_at is not None and self._clock() - seen_at < _REMEMBERED_SECONDS


def _oldest_of_largest_network(strangers: list[_ConnectedClient]) -> _ConnectedClient:
    """Return the stranger that came first from the network that has the most connections."""
    counts = Counter(one.network for one in strangers)
    return max(strangers, key=lambda one: counts[one.network])


class LimitedSocket(socket.socket):
    """A listening socket that accepts connections only up to the limit.

    Args:
        family: the family of its addresses, IPv4 or IPv6.
        clients: decides which connections are let in; all listening sockets share it.
    """

    def __init__(self, family: socket.AddressFamily, clients: ConnectionLimit) -> None:
        super().__init__(family, socket.SOCK_STREAM)
        self._clients = clients
        self._disconnected = 0
        """Strangers disconnected for connections that were accepted here since the server last did something else."""

    def accept(self) -> tuple[socket.socket, Any]:
        """Accept the next connection that is within the limit; refuse those before it.

        Raises:
            BlockingIOError: no such connection is waiting, or the server must do something else first.
        """
        if self._disconnected >= _DISCONNECTED_AT_ONCE:
            self._disconnected = 0
            raise BlockingIOError
        before = self._clients.disconnected
        for _ in range(_AT_ONCE):
            connection, address = super().accept()
            if self._clients.takes(connection, (str(address[0]), int(address[1]))):
                self._disconnected += self._clients.disconnected - before
                return connection, address
        raise BlockingIOError
