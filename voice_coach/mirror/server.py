"""The HTTP server, in a thread of its own, with a log that clients cannot fill.

A connection ends when its client is too slow, silent or sends no HTTP. Many clients that connect and leave must not
fill the log with lines, nor hide other errors among them.
"""

from __future__ import annotations

import asyncio
import logging
import sys
import time
from collections import OrderedDict
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import h11
import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from voice_coach.mirror.client_auth import ErrorResponse, Permission, no_seat
from voice_coach.mirror.middleware import Middleware, too_large_head
from voice_coach.mirror.routes import Application
from voice_coach.mirror.static_files import read_files

if TYPE_CHECKING:
    import socket
    import ssl
    from collections.abc import Callable, Sequence

    from starlette.types import ASGIApp
    from uvicorn.server import ServerState

    from voice_coach.language.wording import Sentences, Wording
    from voice_coach.mirror.client_auth import Callers
    from voice_coach.mirror.feed import Feed
    from voice_coach.mirror.invitation import Inviter
    from voice_coach.mirror.limits import ConnectionLimit, LimitedSocket, Limits
    from voice_coach.mirror.pairing import Pairing
    from voice_coach.session.events import CommandHeard


_LEAVE_SECONDS = 0.5
"""Seconds that responses may still take after the server was told to end."""
_EVERY_SECONDS = 60.0
"""Seconds between two log records of the same kind."""
_MOST_KINDS = 64
"""Kinds of log records that are remembered."""
_LOGGERS = ("uvicorn.error", "asyncio", __name__)
"""Names of the loggers whose records are filtered."""
_GONE = (OSError, asyncio.CancelledError)
"""Errors that mean that the client has gone, or that the server was ending."""

_log = logging.getLogger(__name__)


class Connection(H11Protocol):
    """Uvicorn's HTTP connection with time limits.

    Args:
        config: uvicorn's configuration.
        server_state: uvicorn's state of the server.
        limits: the time limits, and the number of connections.
        seats: all connections of the server that are served; refused ones are not in it.
    """

    def __init__(
        self, config: uvicorn.Config, server_state: ServerState, limits: Limits, seats: set[Connection]
    ) -> None:
        super().__init__(config, server_state, app_state={})
        self._limits = limits
        self._seats = seats
        self._is_refused = False
        self._head_timer: asyncio.TimerHandle | None = None
        """Runs while the head of a request is awaited; after a refusal, until the connection is closed."""
        self._send_timer: asyncio.TimerHandle | None = None
        """Runs while the client has not received all that was sent."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        """Start to serve the connection, or refuse it when too many are served."""
        super().connection_made(transport)
        transport.set_write_buffer_limits(high=1, low=0)
        if len(self._seats) >= self._limits.connections:
            self._refuse(no_seat())
            return
        self._seats.add(self)
        self._wait_for_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """Free the place of the connection, and stop its timers."""
        self._seats.discard(self)
        self._forget_timers()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Process received data; after a refusal it is ignored."""
        if self._is_refused:
            return
        super().data_received(data)
        if not self._is_refused:
            self._watch_head()

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002 - uvicorn's words are not for persons
        """Answer data that is not valid HTTP, or whose head is too large."""
        error = sys.exception()
        if isinstance(error, h11.RemoteProtocolError) and error.error_status_hint == too_large_head().status:
            self._refuse(too_large_head())
        else:
            self._refuse(ErrorResponse(HTTPStatus.BAD_REQUEST, "This is no request that can be read: send plain HTTP."))

    def pause_writing(self) -> None:
        """Start the time limit for a client that does not receive what was sent."""
        super().pause_writing()
        if self._send_timer is None:
            self._send_timer = self.loop.call_later(self._limits.send_seconds, self._drop)

    def resume_writing(self) -> None:
        """Stop that time limit, because the client has received everything."""
        super().resume_writing()
        if self._send_timer is not None:
            self._send_timer.cancel()
            self._send_timer = None

    def shutdown(self) -> None:
        """End the connection because the server ends."""
        if self._is_refused:
            self.transport.abort()
        else:
            super().shutdown()
            self.loop.call_later(_LEAVE_SECONDS, self.transport.abort)

    def _watch_head(self) -> None:
        """Start the time limit when a head has begun, and stop it when the head is complete."""
        if self.conn.their_state is not h11.IDLE:
            self._stop_waiting()
        elif self._head_timer is None and self.conn.trailing_data[0]:
            self._wait_for_head()

    def _wait_for_head(self) -> None:
        self._head_timer = self.loop.call_later(self._limits.head_seconds, self._on_head_timeout)

    def _stop_waiting(self) -> None:
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None

    def _on_head_timeout(self) -> None:
        if not self.conn.trailing_data[0]:  # nothing was asked: a browser that opens connections in advance
            self.transport.close()
            return
        sentence = f"The request did not come within {self._limits.head_seconds:g} seconds: send it at once."
        self._refuse(ErrorResponse(HTTPStatus.REQUEST_TIMEOUT, sentence))

    def _refuse(self, refusal: ErrorResponse) -> None:
        """Send an error response and end the connection. Data that still arrives is ignored until then."""
        if self.transport.is_closing():
            return
        self._is_refused = True
        self._forget_timers()
        self._unset_keepalive_if_required()
        if self._is_answering():
            self._drop()
            return
        self.transport.write(refusal.as_bytes())
        if self.transport.can_write_eof():
            try:
                self.transport.write_eof()
            except OSError:  # the client has gone already
                self.transport.abort()
                return
            self._head_timer = self.loop.call_later(self._limits.drained_seconds, self.transport.abort)
        else:
            self.transport.close()

    def _is_answering(self) -> bool:
        """Return whether a response has begun; one that has not begun is cancelled."""
        if self.cycle is None or self.cycle.response_complete:
            return False
        self.cycle.disconnected = True
        self.cycle.message_event.set()
        return self.cycle.response_started

    def _drop(self) -> None:
        if self.cycle is not None:
            self.cycle.disconnected = True
        self.transport.abort()

    def _forget_timers(self) -> None:
        self._stop_waiting()
        if self._send_timer is not None:
            self._send_timer.cancel()
            self._send_timer = None


def connect(config: uvicorn.Config, server_state: ServerState, limits: Limits) -> Callable[[], Connection]:
    """Return a function that makes the connections of one server; together they count against its limit."""
    seats: set[Connection] = set()
    return lambda: Connection(config, server_state, limits, seats)


class ConnectionNoiseFilter(logging.Filter):
    """A log filter: one record of each kind a minute, and no traceback where a client has only gone.

    Args:
        clock: returns monotonic seconds.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._clock = clock
        self._told: OrderedDict[tuple[str, str, object], float] = OrderedDict()
        """For each kind, the monotonic seconds at which its last record was written."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Return whether to write a record; remove its traceback if a client has only gone."""
        error = record.exc_info[1] if record.exc_info else None
        if isinstance(error, _GONE):
            record.exc_info = record.exc_text = None
            record.levelno, record.levelname = logging.INFO, logging.getLevelName(logging.INFO)
            record.msg, record.args = "a guest of the mirror has gone: %s", (error or type(error).__name__,)
        kind = (record.name, str(record.msg), type(error))
        now = self._clock()
        if now - self._told.get(kind, -_EVERY_SECONDS) < _EVERY_SECONDS:
            return False
        self._told[kind] = now
        self._told.move_to_end(kind)
        if len(self._told) > _MOST_KINDS:
            self._told.popitem(last=False)
        return True


_seldom = ConnectionNoiseFilter()


def be_brief() -> None:
    """Set the filter for the log records of uvicorn, asyncio and this module; may be called again."""
    for name in _LOGGERS:
        logging.getLogger(name).addFilter(_seldom)


def on_error(_loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """Log an error of an event loop; a handler for `set_exception_handler`."""
    error = context.get("exception")
    _log.error("the mirror's server: %s", context["message"], exc_info=error)


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """Everything that the server needs."""

    texts: Sentences
    wording: Wording
    pairing: Pairing
    inviter: Inviter
    feed: Feed
    post: Callable[[CommandHeard], None]
    limits: Limits
    callers: Callers
    clients: ConnectionLimit
    encryption: ssl.SSLContext | None = None


async def serve(site: Site, listeners: Sequence[LimitedSocket]) -> None:
    """Serve until the feed is over; close the listening sockets then."""
    config = uvicorn.Config(
        _application(site),
        http=Connection,
        ws="none",
        loop="asyncio",
        lifespan="off",
        log_config=None,
        log_level="error",  # mistakes of clients are not logged
        access_log=False,
        server_header=False,
        proxy_headers=False,  # client_auth reads these headers itself
        timeout_keep_alive=site.limits.idle_seconds,
        timeout_graceful_shutdown=1,
        h11_max_incomplete_event_size=site.limits.head,
    )
    server = _Server(config, site)
    be_brief()
    asyncio.get_running_loop().set_exception_handler(on_error)
    with site.feed.serving(asyncio.get_running_loop()):
        try:
            await server.serve(list(listeners))
        finally:
            server.leave_nothing(listeners)


class _Server(uvicorn.Server):
    """Uvicorn's server with a time limit for TLS handshakes; it ends with the feed."""

    def __init__(self, config: uvicorn.Config, site: Site) -> None:
        super().__init__(config)
        self._site = site
        self.servers = []

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start to accept connections, as uvicorn does, but with time limits for TLS."""
        loop, limits = asyncio.get_running_loop(), self._site.limits
        tls_limits: dict[str, Any] = {}
        if self._site.encryption:
            tls_limits = {
                "ssl_handshake_timeout": limits.head_seconds,
                "ssl_shutdown_timeout": limits.drained_seconds,
            }
        new_connection = connect(self.config, self.server_state, limits)
        self.servers = [
            await loop.create_server(
                new_connection, sock=listener, ssl=self._site.encryption, backlog=limits.waiting, **tls_limits
            )
            for listener in sockets or ()
        ]
        self.started = True

    def leave_nothing(self, listeners: Sequence[LimitedSocket]) -> None:
        """Close everything that is still open, so that another server can use the port."""
        for server in self.servers:
            server.close()
        for listener in listeners:
            listener.close()
        for connection in self.server_state.connections:
            connection.transport.abort()

    async def on_tick(self, counter: int) -> bool:
        """Return whether the server shall end; uvicorn calls this ten times a second."""
        return await super().on_tick(counter) or self._site.feed.is_over


def _application(site: Site) -> ASGIApp:
    permission = Permission(site.pairing, site.callers)
    application = Application(
        files=read_files(site.texts, site.wording.language),
        feed=site.feed,
        permission=permission,
        pairing=site.pairing,
        inviter=site.inviter,
        post=site.post,
        limits=site.limits,
    )
    return Middleware(application.routes(), site.limits, permission, site.clients)
