"""Checks that every request passes: its host, its origin, its size and how many came before it."""

from __future__ import annotations

import asyncio
import math
import re
import time
from collections import OrderedDict
from contextlib import suppress
from http import HTTPStatus
from typing import TYPE_CHECKING

from voice_coach.mirror.client_auth import CLIENT_KEY, is_host_of, network_of
from voice_coach.mirror.responses import CLOSES, HEADERS, ErrorResponse

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from voice_coach.mirror.client_auth import Permission
    from voice_coach.mirror.limits import ConnectionLimit, Limits


_MOST_KNOWN = 1024
"""So many are told apart; then who has not come for longest is forgotten."""


class RateLimiter:
    """A bucket of tokens for each name: it fills steadily, and each time takes one.

    Args:
        per_second: how fast a bucket fills.
        burst: how many it holds.
        clock: monotonic seconds.
    """

    def __init__(self, per_second: float, burst: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._per_second = per_second
        self._burst = burst
        self._clock = clock
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()
        """By name: what is in it, and when that was."""

    def take(self, name: str) -> None:
        """Do it once more.

        Raises:
            Refusal: it is too early; it says for how long.
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
    """The answer to who comes too early by so much."""
    wait = math.ceil(seconds)
    sentence = f"That was too often: wait {wait} second{'s' if wait != 1 else ''}."
    return ErrorResponse(HTTPStatus.TOO_MANY_REQUESTS, sentence, {"retry-after": str(wait)})


_PLAIN_PATH = re.compile(rb"/[A-Za-z0-9._/-]*")
"""All paths that there are can be written so; whatever is encoded, or another address, leads nowhere."""
_OWN_SITES = {"same-origin", "none"}
"""What browsers say in Sec-Fetch-Site of our own page, and of an address that a person typed."""
_BURST_SECONDS = 5
_HEADERS = [(name.encode(), value.encode()) for name, value in HEADERS.items()]


class Middleware:
    """Stands before an application: refuses what must not reach it, and sees to the headers of every answer.

    Args:
        application: what is behind it.
        limits: how much anybody may ask.
        permission: sees who asks; what is behind finds that as "client" in the scope.
        clients: counts each connection as that of who asks.
    """

    def __init__(self, application: ASGIApp, limits: Limits, permission: Permission, clients: ConnectionLimit) -> None:
        self._application = application
        self._limits = limits
        self._permission = permission
        self._clients = clients
        self._rates = RateLimiter(limits.requests_per_second, _BURST_SECONDS * limits.requests_per_second)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, as ASGI has it."""
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
        if not client.is_proxied:  # a proxy has a name of its own, and without a key nothing can be had through it
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
    """The answer to a head that is too long."""
    sentence = "The head of the request is too large: send fewer and shorter headers."
    return ErrorResponse(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, sentence, CLOSES)


def has_body(scope: Scope) -> bool:
    """Whether a request says that it has a body."""
    lengths = _values(scope, b"content-length")
    return bool(_values(scope, b"transfer-encoding")) or lengths not in ([], ["0"])


def _values(scope: Scope, name: bytes) -> list[str]:
    return [value.decode("latin-1") for known, value in scope["headers"] if known == name]


def _check_frame(scope: Scope) -> None:
    """Refuse what two programs could read in two ways."""
    if scope["http_version"] not in {"1.0", "1.1"}:
        raise ErrorResponse(HTTPStatus.BAD_REQUEST, "This is no HTTP that the mirror speaks: send HTTP/1.1.", CLOSES)
    lengths, codings = _values(scope, b"content-length"), _values(scope, b"transfer-encoding")
    if lengths and codings:
        raise ErrorResponse(HTTPStatus.BAD_REQUEST, "Send Content-Length or Transfer-Encoding, not both.")
    if not scope["raw_path"].startswith(b"/"):
        raise ErrorResponse(HTTPStatus.BAD_REQUEST, "Ask for a path, such as /state; this is no proxy.")


def _check_host(scope: Scope) -> None:
    """Refuse names of others: a web site can make its name lead here (DNS rebinding)."""
    hosts = _values(scope, b"host")
    if len(hosts) != 1 or not is_host_of(hosts[0], scope):
        sentence = "The mirror does not have this name: ask for it by its address, or by the name of this machine."
        raise ErrorResponse(HTTPStatus.MISDIRECTED_REQUEST, sentence)


def _check_origin(scope: Scope) -> None:
    """Refuse the scripts of other sites."""
    own = f"{scope['scheme']}://{_values(scope, b'host')[0]}".lower()
    if any(origin.lower() != own for origin in _values(scope, b"origin")):
        raise _other_site()


def _check_site(scope: Scope) -> None:
    """Refuse what a page of another site has sent; it may lead its readers here, though."""
    is_visit = scope["path"] == "/" and _values(scope, b"sec-fetch-mode") == ["navigate"]
    is_visit = is_visit and _values(scope, b"sec-fetch-dest") == ["document"]
    if not is_visit and not _OWN_SITES.issuperset(_values(scope, b"sec-fetch-site")):
        raise _other_site()


def _other_site() -> ErrorResponse:
    return ErrorResponse(HTTPStatus.FORBIDDEN, "Another web site must not use the mirror: open its own page.")


class _Exchange:
    """One request and its answer. Ends a connection whose request was not read to its end, in an orderly way."""

    def __init__(self, scope: Scope, receive: Receive, send: Send, drained_seconds: float) -> None:
        self._receive = receive
        self._send = send
        self._drained_seconds = drained_seconds
        self._is_unread = has_body(scope)

    async def receive(self) -> Message:
        """As ASGI has it; notes when all was read."""
        message = await self._receive()
        if not message.get("more_body", False):
            self._is_unread = False
        return message

    async def send(self, message: Message) -> None:
        """As ASGI has it; adds the headers, and reads what is left before the end."""
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
        """Answer in place of the application."""
        headers = [(name.encode(), value.encode()) for name, value in refusal.headers.items()]
        await self.send({"type": "http.response.start", "status": refusal.status, "headers": headers})
        await self.send({"type": "http.response.body", "body": refusal.body, "more_body": False})

    async def _drain(self) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(self._drained_seconds):
                while self._is_unread:
                    await self.receive()
