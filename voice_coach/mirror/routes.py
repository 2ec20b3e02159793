"""The routes of the mirror, and the reading of request bodies."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import asdict
from http import HTTPStatus
from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from voice_coach.errors import FaceError
from voice_coach.mirror.client_auth import CLIENT_KEY, NOT_KEPT, ErrorResponse, no_seat
from voice_coach.mirror.feed import STREAM_HEADERS, EventStream
from voice_coach.mirror.middleware import RateLimiter, has_body, too_fast
from voice_coach.mirror.page_commands import ReplayGuard, parse_command, parse_object
from voice_coach.mirror.pairing import TooManyTries
from voice_coach.session.events import CommandHeard, Via

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from starlette.requests import Request
    from starlette.types import ASGIApp, Receive, Scope, Send

    from voice_coach.mirror.client_auth import Client, Permission
    from voice_coach.mirror.feed import Feed
    from voice_coach.mirror.invitation import Inviter
    from voice_coach.mirror.limits import Limits
    from voice_coach.mirror.pairing import Pairing
    from voice_coach.mirror.static_files import StaticFile

    _Endpoint = Callable[[Request], Awaitable[ASGIApp]]


async def read_body(request: Request, limits: Limits) -> bytes:
    """Read the whole body of a request.

    Raises:
        ErrorResponse: the body is too large, comes too slowly or is not declared as JSON.
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json":
        raise ErrorResponse(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "Send JSON, with Content-Type: application/json.")
    if int(request.headers.get("content-length", "0")) > limits.body:
        raise _too_large(limits)
    try:
        async with asyncio.timeout(limits.body_seconds):
            return await _read(request, limits)
    except TimeoutError:
        message = f"The body did not come within {limits.body_seconds:g} seconds: send it at once."
        raise ErrorResponse(HTTPStatus.REQUEST_TIMEOUT, message) from None


async def _read(request: Request, limits: Limits) -> bytes:
    body = bytearray()
    while True:
        message = await request.receive()
        body += message.get("body", b"")
        if len(body) > limits.body:
            raise _too_large(limits)
        if not message.get("more_body", False):
            return bytes(body)


def _too_large(limits: Limits) -> ErrorResponse:
    message = f"The body is too large: {limits.body} bytes are the most."
    return ErrorResponse(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, message)


_log = logging.getLogger(__name__)
_ASKS = {"www-authenticate": "Bearer"}
_SENTENCES = {
    HTTPStatus.NOT_FOUND: "There is nothing here: /openapi.json says what there is.",
    HTTPStatus.METHOD_NOT_ALLOWED: "That cannot be done here: the Allow header says what can.",
}


class Application:
    """The application behind the middleware: it answers every path of the mirror.

    Args:
        files: the files of the page, by path.
        feed: holds the state of the coach.
        permission: decides what a client may do.
        pairing: exchanges codes for tokens.
        inviter: invites a first device on this machine's own screen.
        post: takes a CommandHeard for each command.
        limits: the limits on bodies, streams and commands.
    """

    def __init__(  # noqa: PLR0913 - all that it joins
        self,
        *,
        files: Mapping[str, StaticFile],
        feed: Feed,
        permission: Permission,
        pairing: Pairing,
        inviter: Inviter,
        post: Callable[[CommandHeard], None],
        limits: Limits,
    ) -> None:
        self._files = files
        self._feed = feed
        self._permission = permission
        self._pairing = pairing
        self._inviter = inviter
        self._post = post
        self._limits = limits
        self._streams = 0
        self._is_pairing = asyncio.Lock()
        self._rates = RateLimiter(limits.commands_per_second, limits.command_burst)
        self._seen = ReplayGuard(limits.remembered_ids)

    def routes(self) -> Starlette:
        """Return the application with all its routes."""
        routes = [_route("GET", path, _without_body(self._file)) for path in self._files]
        routes += [
            _route("GET", "/state", _without_body(self._state)),
            _route("GET", "/events", _without_body(self._events)),
            _route("POST", "/commands", self._command),
            _route("POST", "/pair", self._pair),
            _route("POST", "/invitation", self._invite),
        ]
        application = Starlette(
            routes=routes, exception_handlers={ErrorResponse: _refuse, HTTPException: _refuse_plainly}
        )
        application.router.redirect_slashes = False
        return application

    async def _file(self, request: Request) -> Response:
        file = self._files[request.scope["path"]]
        return Response(file.content, media_type=file.media_type, headers={"cache-control": file.cache_control})

    async def _state(self, request: Request) -> Response:
        self._see(request)
        return Response(self._feed.snapshot().json, media_type="application/json", headers=NOT_KEPT)

    async def _events(self, request: Request) -> ASGIApp:
        client = self._see(request)
        kept = 0 if client.is_here else self._limits.streams_kept
        if self._streams >= self._limits.streams - kept:
            raise no_seat()
        if request.method == "HEAD":
            return Response(headers=STREAM_HEADERS)
        stream = EventStream(self._feed, self._limits.keepalive_seconds, lambda: self._permission.may_look(client))

        async def counted(scope: Scope, receive: Receive, send: Send) -> None:
            self._streams += 1
            try:
                await stream(scope, receive, send)
            finally:
                self._streams -= 1

        return counted

    async def _command(self, request: Request) -> Response:
        client: Client = request.scope[CLIENT_KEY]
        if not self._permission.may_press(client):
            raise _no_token()
        self._rates.take(client.token)
        command = parse_command(await read_body(request, self._limits))
        self._seen.note(command.id)
        heard = CommandHeard(
            intent=command.intent, via=_via(request), minutes=command.minutes, slot_value=command.value
        )
        self._post(heard)
        return JSONResponse({"accepted": True}, HTTPStatus.ACCEPTED, NOT_KEPT)

    async def _invite(self, request: Request) -> Response:
        """Show a code at the first start to the page on this machine: whoever reads its screen may pair a phone."""
        client: Client = request.scope[CLIENT_KEY]
        if not (client.is_here and self._permission.may_press(client)):
            raise _no_token()
        self._rates.take(client.token)
        parse_object(await read_body(request, self._limits), ())
        found = await asyncio.to_thread(self._inviter.invitation) if self._feed.is_first_start else None
        return JSONResponse(asdict(found) if found else {"url": "", "code": "", "picture": []}, headers=NOT_KEPT)

    async def _pair(self, request: Request) -> Response:
        client: Client = request.scope[CLIENT_KEY]
        code = parse_object(await read_body(request, self._limits), ("code",)).get("code", "")
        if not isinstance(code, str):
            raise ErrorResponse(HTTPStatus.UNPROCESSABLE_ENTITY, "The code must be a text, such as ABCD-2345.")
        if client.is_here and not code:
            return _token(self._pairing.local_token())
        if not code:  # a page that asks whether it needs one: no wrong try
            raise ErrorResponse(
                HTTPStatus.UNAUTHORIZED, "This needs the code that `voice-coach page pair` shows.", _ASKS
            )
        if token := await self._try(code, client, request.headers.get("user-agent", "")):
            return _token(token)
        sentence = "That code is not valid: `voice-coach page pair` shows a new one."
        raise ErrorResponse(HTTPStatus.UNAUTHORIZED, sentence, _ASKS)

    async def _try(self, code: str, client: Client, user_agent: str) -> str | None:
        """Try a code, one at a time and in a thread: the check is slow, and a new device is written to the disk."""
        address = None if client.is_here else client.address
        try:
            async with self._is_pairing:
                return await asyncio.to_thread(self._pairing.pair, code, address, user_agent)
        except TooManyTries as error:
            raise too_fast(error.seconds) from error
        except FaceError as error:
            _log.warning("a device cannot be paired: %s", error)
            sentence = "The coach cannot keep another device: its log says why."
            raise ErrorResponse(HTTPStatus.SERVICE_UNAVAILABLE, sentence) from error

    def _see(self, request: Request) -> Client:
        client: Client = request.scope[CLIENT_KEY]
        if not self._permission.may_look(client):
            raise _no_token()
        return client


def _via(request: Request) -> Via:
    """Return how a command came: browsers name the origin of the page with each POST, and other programs do not."""
    return Via.TOUCH if "origin" in request.headers else Via.PROGRAM


def _without_body(endpoint: _Endpoint) -> _Endpoint:
    async def checked(request: Request) -> ASGIApp:
        if has_body(request.scope):
            raise ErrorResponse(HTTPStatus.BAD_REQUEST, "GET takes no body here: leave it out.")
        return await endpoint(request)

    return checked


def _route(method: str, path: str, endpoint: _Endpoint) -> Route:
    return Route(path, endpoint, methods=[method])  # with GET comes HEAD, whose body the server leaves out


def _no_token() -> ErrorResponse:
    sentence = "This needs the token of a paired device: POST /pair gives one."
    return ErrorResponse(HTTPStatus.UNAUTHORIZED, sentence, _ASKS)


def _token(token: str) -> Response:
    return JSONResponse({"token": token}, headers=NOT_KEPT)


async def _refuse(_request: Request, error: Exception) -> Response:
    assert isinstance(error, ErrorResponse)  # noqa: S101 - for the type checker
    return Response(error.body, error.status, error.headers)


async def _refuse_plainly(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 - for the type checker
    sentence = _SENTENCES.get(HTTPStatus(error.status_code), "That does not work: /openapi.json says what does.")
    return await _refuse(request, ErrorResponse(error.status_code, sentence, error.headers))
