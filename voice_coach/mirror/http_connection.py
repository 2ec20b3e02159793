"""An HTTP connection that ends when its client is too slow, silent or sends no HTTP."""

from __future__ import annotations

import sys
from http import HTTPStatus
from typing import TYPE_CHECKING

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from voice_coach.mirror.middleware import too_large_head
from voice_coach.mirror.responses import ErrorResponse, no_seat

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable

    import uvicorn
    from uvicorn.server import ServerState

    from voice_coach.mirror.limits import Limits

_LEAVE_SECONDS = 0.5
"""Seconds that responses may still take after the server was told to end."""


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
