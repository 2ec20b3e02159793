"""Finds out which client sent a request and what it may do, and has the responses to one that is refused."""

from __future__ import annotations

import ipaddress
import json
import re
import socket
from dataclasses import dataclass
from http import HTTPStatus
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from starlette.types import Scope

    from voice_coach.mirror.pairing import Pairing

HEADERS: Mapping[str, str] = {
    "content-security-policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
    "font-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=(), screen-wake-lock=(self)",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
}
"""Headers of every response. Strict-Transport-Security is missing on purpose: a person may remove the certificate
again."""
NOT_KEPT: Mapping[str, str] = {"cache-control": "no-store"}
"""The header of a response that must not be cached."""
CLOSES: Mapping[str, str] = {"connection": "close"}
"""The header of a response after which the connection is closed."""
RETRY_SECONDS = 5
"""Seconds that a client is told to wait before it tries again, when too many connections or streams are open."""


class ErrorResponse(Exception):  # noqa: N818 - it is a response
    """The response to a request that is refused.

    Args:
        status: the HTTP status.
        sentence: says what is wrong and what helps.
        headers: further headers.
    """

    def __init__(self, status: int, sentence: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(sentence)
        self.status = status
        self.sentence = sentence
        self._headers = headers or {}

    @property
    def body(self) -> bytes:
        """The sentence as a JSON object."""
        return json.dumps({"error": self.sentence}).encode()

    @property
    def headers(self) -> dict[str, str]:
        """The headers that only this response has; HEADERS come on top."""
        length = {"content-type": "application/json", "content-length": str(len(self.body))}
        return {**NOT_KEPT, **length, **self._headers}

    def as_bytes(self) -> bytes:
        """Return the whole response as bytes, for a connection that is closed before a request was read."""
        headers = {**HEADERS, **self.headers, **CLOSES}
        lines = (f"{name}: {value}\r\n" for name, value in headers.items())
        head = f"HTTP/1.1 {self.status} {HTTPStatus(self.status).phrase}\r\n{''.join(lines)}\r\n"
        return head.encode() + self.body


def no_seat() -> ErrorResponse:
    """Return the response to a client for which no connection or stream is free."""
    sentence = "Too many pages are open: close some, or try again in a few seconds."
    return ErrorResponse(HTTPStatus.SERVICE_UNAVAILABLE, sentence, {"retry-after": str(RETRY_SECONDS), **CLOSES})


_HOST = re.compile(r"(?P<name>\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9.-]+)(?::(?P<port>[0-9]{1,5}))?")
_LOOPBACK = {"localhost", "127.0.0.1", "[::1]"}
_USUAL_PORTS = {"http": 80, "https": 443}


def is_host_of(host: str, scope: Scope) -> bool:
    """Return whether a Host header names the host and port to which the client has connected.

    Args:
        host: the value of the header.
        scope: the ASGI scope of the request.
    """
    match = _HOST.fullmatch(host)
    if match is None:
        return False
    address, port = scope["server"]
    asked_port = int(match["port"]) if match["port"] else _USUAL_PORTS[scope["scheme"]]
    name = match["name"].lower()
    return asked_port == port and (name in _LOOPBACK | _own_names() or _is_address(name, address))


def _own_names() -> set[str]:
    """Return the host name of this machine, and NAME.local, its name in the home network."""
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
"""Bits of the prefix that a network gives a host in IPv6; the host can use any number of addresses in it (RFC 7421)."""
_PROXY_HEADERS = {
    "forwarded", "via", "x-real-ip", "x-client-ip", "true-client-ip", "cf-connecting-ip", "x-envoy-external-address",
}  # fmt: skip
_PROXY_PREFIX = "x-forwarded"
_FORWARDED_FOR = re.compile(r'(?:^|;)\s*for\s*=\s*("[^"]*"|[^;,\s]*)', re.IGNORECASE)
"""Finds the address of the client in one element of a Forwarded header (RFC 7239)."""
_WITH_PORT = re.compile(r"(?:\[(?P<six>[^\]]*)\]|(?P<four>[0-9.]+))(?::\d+)?")


@dataclass(frozen=True, slots=True)
class Caller:
    """The sender of a request, as far as the network tells it."""

    address: str
    """The network address; empty when it is not known."""
    is_here: bool
    """Whether the request certainly comes from this machine."""
    is_proxied: bool = False
    """Whether the request came through the reverse proxy that is named in the settings."""


class Callers:
    """Finds the sender of a request. No header can make a sender count as this machine.

    Args:
        is_here: returns whether an address is one of this machine.
        proxy: the address from which the reverse proxy in the settings connects; None for no proxy. Every request from
            there counts as forwarded, because a proxy need not say that it forwards.
    """

    def __init__(self, is_here: Callable[[str], bool], proxy: str | None = None) -> None:
        self._is_here = is_here
        self._proxy = None if proxy is None else plain(proxy)

    def of(self, scope: Scope) -> Caller:
        """Return the sender of a request.

        Raises:
            ErrorResponse: the request came through a proxy that is not in the settings, so the sender is unknown.
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
    """Return an IP address in its shortest form, without a zone; an IPv4 address written as IPv6 becomes IPv4."""
    found = _parsed(address)
    return address if found is None else str(found)


def network_of(address: str) -> str:
    """Return the addresses that count as one client: a single IPv4 address, or all IPv6 addresses of the same /64."""
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
    """Return the client's address from the proxy's headers; empty if there is none.

    It is the last entry that is not the proxy itself, because a client can invent earlier ones.
    """
    entries = [*_entries(scope)]
    last = next((entry for entry in reversed(entries) if plain(entry) != proxy), "")
    return "" if _parsed(last) is None else plain(last)


def _entries(scope: Scope) -> Iterator[str]:
    """Yield the addresses in the first kind of forwarding header that is present, from the first hop to the last."""
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
    """The sender of a request, with the token that it has shown."""

    address: str
    """The network address; empty when it is not known."""
    is_here: bool
    """Whether the request comes from this machine."""
    token: str
    """The token in the request's Authorization header; empty for none."""
    is_proxied: bool = False
    """Whether the request came through the reverse proxy that is named in the settings."""


CLIENT_KEY = "voice_coach.client"
"""The key of the Client in the ASGI scope of a request. ASGI's own key "client" holds the peer's address and port."""


class Permission:
    """The rules for what a client may do.

    Args:
        pairing: knows the valid tokens.
        callers: finds the sender of a request.
    """

    def __init__(self, pairing: Pairing, callers: Callers) -> None:
        self._pairing = pairing
        self._callers = callers

    def client_of(self, scope: Scope) -> Client:
        """Return the client that sent a request.

        Raises:
            ErrorResponse: the sender cannot be known.
        """
        caller = self._callers.of(scope)
        shown = next((value.decode("latin-1") for name, value in scope["headers"] if name == b"authorization"), "")
        kind, _, token = shown.partition(" ")
        token = token.strip() if kind.lower() == "bearer" else ""
        return Client(caller.address, caller.is_here, token, caller.is_proxied)

    def is_paired(self, client: Client) -> bool:
        """Return whether a client has shown the token of a paired device."""
        return bool(client.token) and self._pairing.is_paired(client.token)

    def may_look(self, client: Client) -> bool:
        """Return whether a client may see the state: any client on this machine, elsewhere only a paired one."""
        return client.is_here or self.is_paired(client)

    def may_press(self, client: Client) -> bool:
        """Return whether a client may send commands.

        It must show a token, even on this machine: another web site that is open in a browser here has none.
        """
        is_known_here = client.is_here and self._pairing.is_local(client.token)
        return is_known_here or self.is_paired(client)
