"""The HTTP server, in a thread of its own, with a log that clients cannot fill.

Many clients that connect and leave must not fill the log with lines, nor hide other errors among them.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import uvicorn

from voice_coach.mirror.client_auth import Permission
from voice_coach.mirror.http_connection import Connection, connect
from voice_coach.mirror.middleware import Middleware
from voice_coach.mirror.routes import Application
from voice_coach.mirror.static_files import read_files

if TYPE_CHECKING:
    import socket
    import ssl
    from collections.abc import Callable, Sequence

    from starlette.types import ASGIApp

    from voice_coach.language.wording import Sentences, Wording
    from voice_coach.mirror.client_auth import Callers
    from voice_coach.mirror.feed import Feed
    from voice_coach.mirror.limits import ConnectionLimit, LimitedSocket, Limits
    from voice_coach.mirror.pairing import Pairing
    from voice_coach.session.events import CommandHeard


_EVERY_SECONDS = 60.0
"""Seconds between two log records of the same kind."""
_MOST_KINDS = 64
"""Kinds of log records that are remembered."""
_LOGGERS = ("uvicorn.error", "asyncio", __name__)
"""Names of the loggers whose records are filtered."""
_GONE = (OSError, asyncio.CancelledError)
"""Errors that mean that the client has gone, or that the server was ending."""

_log = logging.getLogger(__name__)


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
        post=site.post,
        limits=site.limits,
    )
    return Middleware(application.routes(), site.limits, permission, site.clients)
