"""Clients that are slow, silent, or do not listen: each is waited for, and then no more."""

from __future__ import annotations

import socket
import threading
import time
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from tests.mirror.conftest import HASTY, assert_quiet
from tests.mirror.serving import Served, read_all, serving, status_of
from tests.patience import patient
from voice_coach.routines import Phase
from voice_coach.session.view import View

if TYPE_CHECKING:
    from collections.abc import Iterator

_GET = b"GET /%s HTTP/1.1\r\nHost: {host}\r\n"


@pytest.fixture
def quick(caplog: pytest.LogCaptureFixture) -> Iterator[Served]:
    """A mirror with little patience, and a small buffer."""
    with serving(limits=replace(HASTY, send_buffer=4096, states_per_second=1000)) as served:
        yield served
        assert served.state()["phase"] == "idle"
    assert_quiet(caplog)


def test_a_connection_that_says_nothing_is_closed(mirror: Served) -> None:
    assert mirror.tell() == b""


def test_half_a_head_is_waited_for_and_then_answered(mirror: Served) -> None:
    assert status_of(mirror.tell(_GET % b"state")) == 408


def test_a_head_that_trickles_is_waited_for_no_longer(mirror: Served) -> None:
    with mirror.connect() as connection:
        trickling = threading.Thread(target=_trickle, args=(connection, b"GET /state HTTP/1.1\r\nX: "), daemon=True)
        trickling.start()
        assert status_of(read_all(connection)) in {0, 408}
    trickling.join()


def test_half_a_second_head_is_waited_for_too(mirror: Served) -> None:
    with mirror.connect() as connection:
        request = (_GET % b"state").replace(b"{host}", b"127.0.0.1:%d" % mirror.port)
        connection.sendall(request + b"\r\n")
        assert status_of(connection.recv(65_536)) == 200
        connection.sendall(request)
        assert b"HTTP/1.1 408 " in read_all(connection)


@pytest.mark.parametrize("lines", [b"Content-Length: 50", b"Transfer-Encoding: chunked"])
def test_half_a_body_is_waited_for_and_then_answered(mirror: Served, lines: bytes) -> None:
    head = b"POST /pair HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\n" + lines + b"\r\n\r\n"
    half = b'{"code": ' if lines.startswith(b"C") else b"50\r\n{"
    assert status_of(mirror.tell(head, half)) == 408


def test_a_body_that_trickles_is_waited_for_no_longer(mirror: Served) -> None:
    with mirror.connect() as connection:
        head = b"POST /pair HTTP/1.1\r\nHost: 127.0.0.1:%d\r\n" % mirror.port
        head += b"Content-Type: application/json\r\nContent-Length: 4000\r\n\r\n"
        trickling = threading.Thread(target=_trickle, args=(connection, head), daemon=True)
        trickling.start()
        assert status_of(read_all(connection)) in {0, 408}
    trickling.join()


def test_half_a_connection_is_enough_to_be_answered_no_more(mirror: Served) -> None:
    with mirror.connect() as connection:
        connection.shutdown(socket.SHUT_WR)
        assert read_all(connection) == b""


def test_a_connection_that_asks_nothing_more_is_closed(mirror: Served) -> None:
    assert status_of(mirror.tell(_GET % b"state" + b"\r\n")) == 200


def test_a_stream_that_nobody_reads_is_dropped_and_nothing_is_kept_for_it(quick: Served) -> None:
    with _deaf(quick, b"events") as connection:
        _until_dropped(quick, connection)


def test_a_file_that_nobody_reads_is_dropped(quick: Served) -> None:
    with _deaf(quick, b"mirror.js") as connection:
        for _ in range(200):
            if not _sends(connection, (_GET % b"mirror.js").replace(b"{host}", b"127.0.0.1:%d" % quick.port) + b"\r\n"):
                return
            time.sleep(0.05)
    pytest.fail("it was served for ever")


def test_a_stream_that_is_read_goes_on_while_others_are_not(quick: Served) -> None:
    with quick.connect() as reading, _deaf(quick, b"events") as deaf:
        reading.sendall((_GET % b"events").replace(b"{host}", b"127.0.0.1:%d" % quick.port) + b"\r\n")
        received = bytearray()
        reader = threading.Thread(target=_read_into, args=(reading, received), daemon=True)
        reader.start()
        _until_dropped(quick, deaf)
        quick.face.show(View(phase=Phase.IDLE, title="the last"))
        _wait(lambda: b"the last" in received)
        reading.shutdown(socket.SHUT_RDWR)
        reader.join()


def test_nobody_can_keep_it_from_ending(caplog: pytest.LogCaptureFixture) -> None:
    with serving(limits=replace(HASTY, send_buffer=4096, send_seconds=60, head_seconds=60)) as mirror:
        asking = (_GET % b"events").replace(b"{host}", b"127.0.0.1:%d" % mirror.port)
        with _deaf(mirror, b"events"), _deaf(mirror, b"mirror.js"), mirror.connect() as half, mirror.connect():
            half.sendall(asking)
            for count in range(50):
                mirror.face.show(View(phase=Phase.IDLE, saying=f"{count} " + "words " * 5000))
                mirror.state()
            begun = time.monotonic()
            mirror.face.stop()
            assert time.monotonic() - begun < patient(2)
    assert_quiet(caplog)


def _deaf(mirror: Served, path: bytes) -> socket.socket:
    """A connection that asks, takes a little, and never reads."""
    connection = socket.socket()
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
    connection.settimeout(10)
    connection.connect(("127.0.0.1", mirror.port))
    connection.sendall((_GET % path).replace(b"{host}", b"127.0.0.1:%d" % mirror.port) + b"\r\n")
    return connection


def _until_dropped(mirror: Served, connection: socket.socket) -> None:
    """Show more and more, until the connection is gone."""
    count = 0

    def is_gone() -> bool:
        nonlocal count
        count += 1
        mirror.face.show(View(phase=Phase.IDLE, saying=f"{count} " + "words " * 500))
        return not _sends(connection, b"x")

    _wait(is_gone)


def _sends(connection: socket.socket, data: bytes) -> bool:
    try:
        connection.send(data)
    except OSError:
        return False
    return True


def _trickle(connection: socket.socket, begin: bytes) -> None:
    given_up_at = time.monotonic() + 10
    if _sends(connection, begin):
        while _sends(connection, b"x") and time.monotonic() < given_up_at:
            time.sleep(0.05)


def _read_into(connection: socket.socket, received: bytearray) -> None:
    while part := connection.recv(65_536):
        received += part


def _wait(is_so: object, seconds: float = 15) -> None:
    assert callable(is_so)
    given_up_at = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < given_up_at
        time.sleep(0.01)
