"""Who a request comes from, and what that client may do."""

from __future__ import annotations

import ipaddress
import re
import socket
from dataclasses import dataclass
from http import HTTPStatus
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from typing import TYPE_CHECKING

from voice_coach.mirror.responses import ErrorResponse

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from starlette.types import Scope

    from voice_coach.mirror.pairing import Pairing


_HOST = re.compile(r"(?P<name>\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9.-]+)(?::(?P<port>[0-9]{1,5}))?")
_LOOPBACK = {"localhost", "127.0.0.1", "[::1]"}
_USUAL_PORTS = {"http": 80, "https": 443}


def is_host_of(host: str, scope: Scope) -> bool:
    """Whether a Host header names the place that the connection came to.

    Args:
        host: the header.
        scope: of the request, as ASGI has it.
    """
    match = _HOST.fullmatch(host)
    if match is None:
        return False
    address, port = scope["server"]
    asked_port = int(match["port"]) if match["port"] else _USUAL_PORTS[scope["scheme"]]
    name = match["name"].lower()
    return asked_port == port and (name in _LOOPBACK | _own_names() or _is_address(name, address))


def _own_names() -> set[str]:
    """This machine's, also as it is called in the home network."""
    name = socket.gethostname().lower()
    return {name, f"{name.partition('.')[0]}.local"}


def _is_address(name: str, address: str) -> bool:
    try:
        asked = ipaddress.ip_address(name.strip("[]"))
        own = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    return asked == own


_NETWORK_BITS = 64
"""A network gives a host a prefix of this length, so one host can take any number of addresses in it (RFC 7421)."""
_PROXY_HEADERS = {
    "forwarded", "via", "x-real-ip", "x-client-ip", "true-client-ip", "cf-connecting-ip", "x-envoy-external-address",
}  # fmt: skip
_PROXY_PREFIX = "x-forwarded"
_FORWARDED_FOR = re.compile(r'(?:^|;)\s*for\s*=\s*("[^"]*"|[^;,\s]*)', re.IGNORECASE)
"""The client in one element of Forwarded (RFC 7239)."""
_WITH_PORT = re.compile(r"(?:\[(?P<six>[^\]]*)\]|(?P<four>[0-9.]+))(?::\d+)?")


@dataclass(frozen=True, slots=True)
class Caller:
    """Who has sent a request, as far as the network tells it."""

    address: str
    """Of the network; empty when nobody knows it."""
    is_here: bool
    """Whether it is this machine, and certainly so."""
    is_proxied: bool = False
    """Whether the proxy that the person has named handed it on."""


class Callers:
    """Tells who has sent a request. What a header claims never makes anybody this machine.

    Args:
        is_here: whether an address is one of this machine.
        proxy: the address from which the proxy connects that the person has named; None for no proxy. All that comes
            from there counts as handed on, for a proxy need not say so.
    """

    def __init__(self, is_here: Callable[[str], bool], proxy: str | None = None) -> None:
        self._is_here = is_here
        self._proxy = None if proxy is None else plain(proxy)

    def of(self, scope: Scope) -> Caller:
        """Tell it of one request.

        Raises:
            Refusal: it came through a proxy that nobody has named: then it cannot be known who sent it.
        """
        address = scope["client"][0] if scope["client"] else ""
        if self._proxy is not None and plain(address) == self._proxy:
            return Caller(_claimed(scope, self._proxy), is_here=False, is_proxied=True)
        is_here = self._is_here(address)
        if is_here and any(_is_of_proxy(name.decode("latin-1")) for name, _ in scope["headers"]):
            sentence = (
                "This came through a proxy that the coach does not know: name the address that it connects from, "
                "with --page-proxy ADDRESS or as page_proxy in the settings."
            )
            raise ErrorResponse(HTTPStatus.FORBIDDEN, sentence)
        return Caller(address, is_here)


def plain(address: str) -> str:
    """An IP address in its shortest form: one of IPv4 that is written as IPv6 as what it is, without a scope."""
    found = _parsed(address)
    return address if found is None else str(found)


def network_of(address: str) -> str:
    """What counts as one guest: an address of IPv4; of IPv6 all that share the first 64 bits."""
    found = _parsed(address)
    if isinstance(found, IPv6Address):
        return str(IPv6Network((int(found) >> _NETWORK_BITS << _NETWORK_BITS, _NETWORK_BITS)))
    return address if found is None else str(found)


def _parsed(address: str) -> IPv4Address | IPv6Address | None:
    try:
        found = ip_address(address.partition("%")[0])
    except ValueError:
        return None
    return found.ipv4_mapped or found if isinstance(found, IPv6Address) else found


def _is_of_proxy(name: str) -> bool:
    return name in _PROXY_HEADERS or name.startswith(_PROXY_PREFIX)


def _claimed(scope: Scope, proxy: str) -> str:
    """The client, as the proxy tells it: the last entry that is not the proxy itself. Earlier ones can be invented."""
    entries = [*_entries(scope)]
    last = next((entry for entry in reversed(entries) if plain(entry) != proxy), "")
    return "" if _parsed(last) is None else plain(last)


def _entries(scope: Scope) -> Iterator[str]:
    """Addresses, from the first hop to the last, of the first kind of header that is there."""
    for header in (b"x-forwarded-for", b"forwarded", b"x-real-ip"):
        values = [value.decode("latin-1") for name, value in scope["headers"] if name == header]
        for element in ",".join(values).split(",") if values else ():
            match = _FORWARDED_FOR.search(element) if header == b"forwarded" else None
            yield _without_port(match[1] if match else element)
        if values:
            return


def _without_port(entry: str) -> str:
    bare = entry.strip().strip('"').strip()
    match = _WITH_PORT.fullmatch(bare)
    return (match["six"] or match["four"] or "") if match else bare


@dataclass(frozen=True, slots=True)
class Client:
    """Whoever sent a request."""

    address: str
    """Of the network."""
    is_here: bool
    """Whether it came from this machine."""
    token: str
    """What it shows; empty for nothing."""
    is_proxied: bool = False
    """Whether the proxy handed it on that the person has named."""


class Permission:
    """What a visitor may.

    Args:
        pairing: knows the tokens.
        callers: tells who has sent a request.
    """

    def __init__(self, pairing: Pairing, callers: Callers) -> None:
        self._pairing = pairing
        self._callers = callers

    def visitor(self, scope: Scope) -> Client:
        """See who asks.

        Raises:
            Refusal: nobody can know.
        """
        caller = self._callers.of(scope)
        shown = next((value.decode("latin-1") for name, value in scope["headers"] if name == b"authorization"), "")
        kind, _, token = shown.partition(" ")
        token = token.strip() if kind.lower() == "bearer" else ""
        return Client(caller.address, caller.is_here, token, caller.is_proxied)

    def is_paired(self, visitor: Client) -> bool:
        """Whether it shows the key of a device that is paired now."""
        return bool(visitor.token) and self._pairing.is_paired(visitor.token)

    def may_look(self, visitor: Client) -> bool:
        """On this machine anybody may; elsewhere, who is paired."""
        return visitor.is_here or self.is_paired(visitor)

    def may_press(self, visitor: Client) -> bool:
        """Who shows a token: another web site that is open in a browser here has none."""
        is_known_here = visitor.is_here and self._pairing.is_local(visitor.token)
        return is_known_here or self.is_paired(visitor)
