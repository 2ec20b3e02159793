"""Clients that leave before they are answered: none leaves a traceback in the log, and many leave only a few lines."""

from __future__ import annotations

import asyncio
import logging
import select
import socket
import struct
import threading
import time
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from tests.mirror.conftest import HASTY, assert_quiet
from tests.mirror.serving import PATIENCE_SECONDS, Served, serving, status_of
from voice_coach.mirror.server import ConnectionNoiseFilter, on_error

if TYPE_CHECKING:
    from collections.abc import Iterator

_GET = b"GET /state HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"
_MANY = 300
_RESET = struct.pack("ii", 1, 0)
"""For SO_LINGER: the end of a connection is a reset, at once."""
BEGINNINGS = {
    "nothing": b"",
    "no HTTP": b"\x00\r\n\r\n",
    "half a head": b"GET /state HTTP/1.1\r\nX: ",
    "a head that is too large": b"GET /state HTTP/1.1\r\nX: " + b"x" * 9000,
    "a file": b"GET /mirror.js HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n" * 10,
    "a stream": b"GET /events HTTP/1.1\r\nHost: 127.0.0.1:%d\r\n\r\n",
    "half a body": b"POST /pair HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nContent-Type: application/json\r\n"
    b"Content-Length: 50\r\n\r\n{",
}


def come_and_go(mirror: Served, begins_with: bytes) -> None:
    """Send something, and reset the connection before there can be an answer."""
    with socket.create_connection(("127.0.0.1", mirror.port)) as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
        connection.sendall(begins_with.replace(b"%d", b"%d" % mirror.port))


@pytest.mark.parametrize("begins_with", BEGINNINGS.values(), ids=BEGINNINGS)
@pytest.mark.parametrize("seats", [1, 192])
def test_clients_that_are_gone_leave_nothing_in_the_log(
    caplog: pytest.LogCaptureFixture, begins_with: bytes, seats: int
) -> None:
    caplog.set_level(logging.INFO)
    with serving(limits=replace(HASTY, connections=seats, connections_kept=0)) as mirror:
        with mirror.connect():  # has the only seat
            for _ in range(_MANY):
                come_and_go(mirror, begins_with)
        given_up_at = time.monotonic() + PATIENCE_SECONDS
        while status_of(mirror.tell(_GET)) != 200:
            assert time.monotonic() < given_up_at
    assert_quiet(caplog)
    assert len([record for record in caplog.records if record.name in {"asyncio", "uvicorn.error"}]) <= 2


def test_a_client_that_goes_between_the_last_word_and_the_end_of_the_connection_raises_nothing(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    caplog.set_level(logging.INFO)
    late: list[socket.socket] = []
    has_come, has_gone = threading.Event(), threading.Event()
    transports = asyncio.selector_events._SelectorSocketTransport  # type: ignore[attr-defined]  # noqa: SLF001
    write_eof = transports.write_eof

    def write_eof_too_late(transport: asyncio.Transport) -> None:
        assert has_come.wait(PATIENCE_SECONDS)
        late[0].setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
        late[0].close()
        there = select.poll()
        there.register(transport.get_extra_info("socket").fileno(), select.POLLERR)
        assert there.poll(1000 * PATIENCE_SECONDS)
        has_gone.set()
        write_eof(transport)

    with serving(limits=replace(HASTY, connections=1, head_seconds=20)) as mirror, mirror.connect():
        monkeypatch.setattr(transports, "write_eof", write_eof_too_late)
        late.append(mirror.connect())
        has_come.set()
        assert has_gone.wait(PATIENCE_SECONDS)
    assert [record.getMessage() for record in caplog.records if record.name == on_error.__module__] == []
    assert_quiet(caplog)


class _Clock:
    """Says what it was set to."""

    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def told(caplog: pytest.LogCaptureFixture) -> Iterator[tuple[_Clock, logging.Logger]]:
    """A log with the filter before it, and the filter's clock."""
    clock, log = _Clock(), logging.getLogger("a server in a test")
    seldom = ConnectionNoiseFilter(clock)
    log.addFilter(seldom)
    caplog.set_level(logging.INFO)
    yield clock, log
    log.removeFilter(seldom)


@pytest.mark.parametrize(
    "error", [ConnectionResetError(104, "reset"), BrokenPipeError(), TimeoutError(), OSError(107, "not connected"),
              asyncio.CancelledError()],
)  # fmt: skip
def test_of_clients_that_are_gone_one_line_is_told_a_minute_without_a_traceback(
    told: tuple[_Clock, logging.Logger], caplog: pytest.LogCaptureFixture, error: BaseException
) -> None:
    clock, log = told
    for number in range(1000):
        log.error("Exception in ASGI application %d", number, exc_info=error)
    assert len(caplog.records) == 1
    assert_quiet(caplog)
    clock.now += 61
    log.error("Exception in ASGI application", exc_info=error)
    assert len(caplog.records) == 2


def test_what_is_really_wrong_keeps_its_traceback_but_is_not_told_often(
    told: tuple[_Clock, logging.Logger], caplog: pytest.LogCaptureFixture
) -> None:
    _, log = told
    for _ in range(1000):
        log.error("Exception in ASGI application", exc_info=ValueError("a mistake of ours"))
    log.error("another sentence")
    assert [record.levelname for record in caplog.records] == ["ERROR", "ERROR"]
    assert caplog.text.count("a mistake of ours") == 1


def test_what_goes_wrong_in_the_loop_is_told_by_the_same_rules(caplog: pytest.LogCaptureFixture) -> None:
    with serving():  # whoever serves has set the filter
        loop = asyncio.new_event_loop()
        for _ in range(1000):
            on_error(loop, {"message": "Exception in callback", "exception": OSError(107, "not connected")})
        loop.close()
    assert_quiet(caplog)
    assert len(caplog.records) <= 1
