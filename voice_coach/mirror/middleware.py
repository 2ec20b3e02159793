"""Checks that every request must pass: its host, its origin, its size, and how many came before it."""

from __future__ import annotations

import asyncio
import math
import re
import time
from collections import OrderedDict
from contextlib import suppress
from http import HTTPStatus
from typing import TYPE_CHECKING

from voice_coach.mirror.client_auth import CLIENT_KEY, CLOSES, HEADERS, ErrorResponse, is_host_of, network_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from voice_coach.mirror.client_auth import Permission
    from voice_coach.mirror.limits import ConnectionLimit, Limits


_MOST_KNOWN = 1024
"""Names that are told apart, at most; the one that has not come for longest is forgotten."""


class RateLimiter:
    """A limit on how often each name may do something: a bucket of tokens that fills steadily; each use takes one.

    Args:
        per_second: tokens that a bucket gains each second.
        burst: tokens that a bucket holds.
        clock: returns monotonic seconds.
    """

    def __init__(self, per_second: float, burst: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._per_second = per_second
        self._burst = burst
        self._clock = clock
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()
        """For each name the tokens in its bucket, and the monotonic seconds at which they were counted."""

    def take(self, name: str) -> None:
        """Take a token from the bucket of a name.

        Raises:
            ErrorResponse: the bucket is empty; the response says for how many seconds.
        """
        now = self._clock()
        level, then = self._buckets.pop(name, (self._burst, now))
        level = min(self._burst, level + (now - then) * self._per_second)
        is_full = level >= 1
        self._buckets[name] = (level - 1 if is_full else level, now)
        if len(self._buckets) > _MOST_KNOWN:
            self._buckets.popitem(last=False)
        if not is_full:
            seconds = math.ceil((1 - level) / self._per_second)
            raise too_fast(seconds)


def too_fast(seconds: float) -> ErrorResponse:
    """Return the response to a client that must wait for the given seconds."""
    wait = math.ceil(seconds)
    sentence = f"That was too often: wait {wait} second{'s' if wait != 1 else ''}."
    return ErrorResponse(HTTPStatus.TOO_MANY_REQUESTS, sentence, {"retry-after": str(wait)})


_PLAIN_PATH = re.compile(rb"/[A-Za-z0-9._/-]*")
"""Matches every path that exists, written plainly. Paths with percent-encoding, and whole addresses, are refused."""
_OWN_SITES = {"same-origin", "none"}
"""Values of the header Sec-Fetch-Site for requests of our own page, and for an address that a person typed."""
_BURST_SECONDS = 5
"""Seconds whose requests a client may send in one burst."""
_HEADERS = [(name.encode(), value.encode()) for name, value in HEADERS.items()]


class Middleware:
    """The ASGI middleware: it refuses requests that must not reach the application, and adds headers to every response.

    Args:
        application: the ASGI application that answers the other requests.
        limits: the limits on size and rate of requests.
        permission: finds the client; the application finds it in the scope, under CLIENT_KEY.
        clients: is told which client sent the request of each connection.
    """

    def __init__(self, application: ASGIApp, limits: Limits, permission: Permission, clients: ConnectionLimit) -> None:
        self._application = application
        self._limits = limits
        self._permission = permission
        self._clients = clients
        self._rates = RateLimiter(limits.requests_per_second, _BURST_SECONDS * limits.requests_per_second)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, as an ASGI application."""
        exchange = _Exchange(scope, receive, send, self._limits.drained_seconds)
        try:
            self._check(scope)
        except ErrorResponse as refusal:
            await exchange.refuse(refusal)
        else:
            await self._application(scope, exchange.receive, exchange.send)

    def _check(self, scope: Scope) -> None:
        client = self._permission.client_of(scope)
        is_paired = self._permission.is_paired(client)
        self._clients.settle(scope["client"], client, is_paired=is_paired)
        if not client.is_here:
            self._rates.take(client.token if is_paired else network_of(client.address))
        self._check_size(scope)
        _check_frame(scope)
        if not client.is_proxied:  # a proxy has a host name of its own, and grants nothing without a key
            _check_host(scope)
            _check_origin(scope)
        _check_site(scope)
        scope[CLIENT_KEY] = client
        if not _PLAIN_PATH.fullmatch(scope["raw_path"]):
            raise ErrorResponse(HTTPStatus.NOT_FOUND, "There is nothing here: /openapi.json says what there is.")

    def _check_size(self, scope: Scope) -> None:
        headers = scope["headers"]
        size = (
            len(scope["raw_path"]) + len(scope["query_string"]) + sum(len(name) + len(line) for name, line in headers)
        )
        if size > self._limits.head or len(headers) > self._limits.header_lines:
            raise too_large_head()


def too_large_head() -> ErrorResponse:
    """Return the response to a request whose head is too large."""
    sentence = "The head of the request is too large: send fewer and shorter headers."
    return ErrorResponse(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, sentence, CLOSES)


def has_body(scope: Scope) -> bool:
    """Return whether the headers of a request announce a body."""
    lengths = _values(scope, b"content-length")
    return bool(_values(scope, b"transfer-encoding")) or lengths not in ([], ["0"])


def _values(scope: Scope, name: bytes) -> list[str]:
    return [value.decode("latin-1") for known, value in scope["headers"] if known == name]


def _check_frame(scope: Scope) -> None:
    """Refuse a request that a proxy and this server might read differently (request smuggling)."""
    if scope["http_version"] not in {"1.0", "1.1"}:
        raise ErrorResponse(HTTPStatus.BAD_REQUEST, "This is no HTTP that the mirror speaks: send HTTP/1.1.", CLOSES)
    lengths, codings = _values(scope, b"content-length"), _values(scope, b"transfer-encoding")
    if lengths and codings:
        raise ErrorResponse(HTTPStatus.BAD_REQUEST, "Send Content-Length or Transfer-Encoding, not both.")
    if not scope["raw_path"].startswith(b"/"):
        raise ErrorResponse(HTTPStatus.BAD_REQUEST, "Ask for a path, such as /state; this is no proxy.")


def _check_host(scope: Scope) -> None:
    """Refuse the names of other hosts, because a web site can make its own name lead here (DNS rebinding)."""
    hosts = _values(scope, b"host")
    if len(hosts) != 1 or not is_host_of(hosts[0], scope):
        sentence = "The mirror does not have this name: ask for it by its address, or by the name of this machine."
        raise ErrorResponse(HTTPStatus.MISDIRECTED_REQUEST, sentence)


def _check_origin(scope: Scope) -> None:
    """Refuse requests from scripts of other web sites."""
    own = f"{scope['scheme']}://{_values(scope, b'host')[0]}".lower()
    if any(origin.lower() != own for origin in _values(scope, b"origin")):
        raise _other_site()


def _check_site(scope: Scope) -> None:
    """Refuse requests from pages of other web sites, except when a person follows a link to our page."""
    is_visit = scope["path"] == "/" and _values(scope, b"sec-fetch-mode") == ["navigate"]
    is_visit = is_visit and _values(scope, b"sec-fetch-dest") == ["document"]
    if not is_visit and not _OWN_SITES.issuperset(_values(scope, b"sec-fetch-site")):
        raise _other_site()


def _other_site() -> ErrorResponse:
    return ErrorResponse(HTTPStatus.FORBIDDEN, "Another web site must not use the mirror: open its own page.")


class _Exchange:
    """A request and its response. The rest of a request is read before its connection is closed."""

    def __init__(self, scope: Scope, receive: Receive, send: Send, drained_seconds: float) -> None:
        self._receive = receive
        self._send = send
        self._drained_seconds = drained_seconds
        self._is_unread = has_body(scope)

    async def receive(self) -> Message:
        """Receive a message, as ASGI's receive; note when the request was read to its end."""
        message = await self._receive()
        if not message.get("more_body", False):
            self._is_unread = False
        return message

    async def send(self, message: Message) -> None:
        """Send a message, as ASGI's send; add the headers, and read the rest of the request before the last part."""
        if message["type"] == "http.response.start":
            given = list(message.get("headers", ()))
            given += _HEADERS
            if self._is_unread:
                given.append((b"connection", b"close"))
            message = {**message, "headers": given}
        elif self._is_unread and not message.get("more_body", False):
            await self._send({**message, "more_body": True})
            await self._drain()
            message = {**message, "body": b""}
        await self._send(message)

    async def refuse(self, refusal: ErrorResponse) -> None:
        """Send an error response in place of the application."""
        headers = [(name.encode(), value.encode()) for name, value in refusal.headers.items()]
        await self.send({"type": "http.response.start", "status": refusal.status, "headers": headers})
        await self.send({"type": "http.response.body", "body": refusal.body, "more_body": False})

    async def _drain(self) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(self._drained_seconds):
                while self._is_unread:
                    await self.receive()
