"""A connection to a client, who may be slow, silent or a nuisance."""

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
"""How long an answer may still take when the server ends."""


class Connection(H11Protocol):
    """Uvicorn's, with an end to all patience.

    Args:
        config: of uvicorn.
        server_state: of uvicorn.
        limits: how long anything may take.
        seats: the connections that are served; those that are told to come again have none.
    """

    def __init__(
        self, config: uvicorn.Config, server_state: ServerState, limits: Limits, seats: set[Connection]
    ) -> None:
        super().__init__(config, server_state, app_state={})
        self._limits = limits
        self._seats = seats
        self._is_refused = False
        self._patience: asyncio.TimerHandle | None = None
        """Runs while the head of a request is to come."""
        self._taking: asyncio.TimerHandle | None = None
        """Runs while the client does not take what was sent."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        """Begin, if there is a seat."""
        super().connection_made(transport)
        transport.set_write_buffer_limits(high=1, low=0)
        if len(self._seats) >= self._limits.connections:
            self._refuse(no_seat())
            return
        self._seats.add(self)
        self._wait_for_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """End."""
        self._seats.discard(self)
        self._forget_timers()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Take what came; after a refusal nothing is looked at any more."""
        if self._is_refused:
            return
        super().data_received(data)
        if not self._is_refused:
            self._watch_head()

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002 - uvicorn's words are not for persons
        """Answer what is no HTTP."""
        error = sys.exception()
        if isinstance(error, h11.RemoteProtocolError) and error.error_status_hint == too_large_head().status:
            self._refuse(too_large_head())
        else:
            self._refuse(ErrorResponse(HTTPStatus.BAD_REQUEST, "This is no request that can be read: send plain HTTP."))

    def pause_writing(self) -> None:
        """The client does not take all that was sent: wait for it, but not for long."""
        super().pause_writing()
        if self._taking is None:
            self._taking = self.loop.call_later(self._limits.send_seconds, self._drop)

    def resume_writing(self) -> None:
        """It has taken everything."""
        super().resume_writing()
        if self._taking is not None:
            self._taking.cancel()
            self._taking = None

    def shutdown(self) -> None:
        """The server ends."""
        if self._is_refused:
            self.transport.abort()
        else:
            super().shutdown()
            self.loop.call_later(_LEAVE_SECONDS, self.transport.abort)

    def _watch_head(self) -> None:
        """A head that has begun must end soon."""
        if self.conn.their_state is not h11.IDLE:
            self._stop_waiting()
        elif self._patience is None and self.conn.trailing_data[0]:
            self._wait_for_head()

    def _wait_for_head(self) -> None:
        self._patience = self.loop.call_later(self._limits.head_seconds, self._lose_patience)

    def _stop_waiting(self) -> None:
        if self._patience is not None:
            self._patience.cancel()
            self._patience = None

    def _lose_patience(self) -> None:
        if not self.conn.trailing_data[0]:  # nothing was asked: a browser that opens connections in advance
            self.transport.close()
            return
        sentence = f"The request did not come within {self._limits.head_seconds:g} seconds: send it at once."
        self._refuse(ErrorResponse(HTTPStatus.REQUEST_TIMEOUT, sentence))

    def _refuse(self, refusal: ErrorResponse) -> None:
        """Answer without the application, and end. What still comes is taken for a moment, and forgotten."""
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
            self._patience = self.loop.call_later(self._limits.drained_seconds, self.transport.abort)
        else:
            self.transport.close()

    def _is_answering(self) -> bool:
        """Whether an answer has begun; one that has not will not."""
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
        if self._taking is not None:
            self._taking.cancel()
            self._taking = None


def connect(config: uvicorn.Config, server_state: ServerState, limits: Limits) -> Callable[[], Connection]:
    """What makes the connections of a server, which share its seats."""
    seats: set[Connection] = set()
    return lambda: Connection(config, server_state, limits, seats)
