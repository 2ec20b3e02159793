"""More clients than there are seats: those beyond are told so, and the coach keeps its file descriptors."""

from __future__ import annotations

import asyncio
import resource
import socket
import ssl
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.mirror.conftest import HASTY, assert_quiet
from tests.mirror.serving import (
    PATIENCE_SECONDS,
    Served,
    read_all,
    serving,
    status_of,
)
from voice_coach.mirror.limits import Limits
from voice_coach.mirror.listeners import Address

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.mirror.conftest import Identity

_EVENTS = b"GET /events HTTP/1.1\r\nHost: 127.0.0.1:%d\r\n\r\n"
_STATE = b"GET /state HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nConnection: close\r\n\r\n"


@pytest.fixture(autouse=True)
def _room_for_files() -> Iterator[None]:
    """The clients are here, too: what they need is not the coach's."""
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(8192, before[1]), before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, before)


def _open_files() -> int:
    return sum(1 for _ in Path("/proc/self/fd").iterdir())


class _Clients:
    """Many at once, each of which asks and keeps what it gets."""

    def __init__(self, mirror: Served, request: bytes, count: int) -> None:
        self._port = mirror.port
        self._request = request % mirror.port
        self._count = count
        self.most_files = 0

    async def statuses(self) -> Counter[int]:
        """What each is answered first; those who are served stay until all are answered."""
        before = _open_files()
        clients = [asyncio.create_task(self._ask()) for _ in range(self._count)]
        self._writers: list[asyncio.StreamWriter] = []
        while not all(client.done() for client in clients):
            self.most_files = max(self.most_files, _open_files() - before - self._count)
            await asyncio.sleep(0.01)
        for writer in self._writers:
            writer.close()
        return Counter(client.result() for client in clients)

    async def _ask(self) -> int:
        async with asyncio.timeout(PATIENCE_SECONDS):
            reader, writer = await asyncio.open_connection("127.0.0.1", self._port)
            self._writers.append(writer)
            try:
                writer.write(self._request)
                answer = await reader.readline()
                status = status_of(answer)
                if status != 200:
                    assert b"retry-after:" in (await reader.read()).lower()
            except ConnectionError:
                return 0
            return status


def test_of_a_thousand_at_once_each_is_served_or_told_to_come_again(caplog: pytest.LogCaptureFixture) -> None:
    limits = replace(Limits(), head_seconds=PATIENCE_SECONDS)  # the clients may be slow: they share this machine
    with serving(limits=limits) as mirror:
        clients = _Clients(mirror, _EVENTS, 1000)
        with ThreadPoolExecutor() as elsewhere:  # the driver of the browser may have a loop in this thread
            statuses = elsewhere.submit(asyncio.run, clients.statuses()).result()
        assert set(statuses) == {200, 503}
        assert statuses[200] == limits.streams
        assert clients.most_files <= limits.connections + limits.refusals + 16
        assert mirror.press("next").status == 202
        assert mirror.state()["phase"] == "idle"
    assert_quiet(caplog)


def test_a_thousand_that_say_nothing_keep_nobody_out_for_long(caplog: pytest.LogCaptureFixture) -> None:
    with serving(limits=HASTY) as mirror:
        before = _open_files()
        silent: list[socket.socket] = [mirror.connect() for _ in range(1000)]
        mirror.wait_until_served()
        assert _open_files() - before - len(silent) <= HASTY.connections + HASTY.refusals + 16
        for connection in silent:
            connection.close()
    assert_quiet(caplog)


def test_a_thousand_that_never_agree_on_tls_keep_nobody_out_for_long(
    identity: Identity, caplog: pytest.LogCaptureFixture
) -> None:
    address = Address(0, certificate=identity.certificate, key=identity.key)
    trusting = ssl.create_default_context(cafile=identity.certificate)
    with serving(limits=HASTY, address=address, context=trusting) as mirror:
        silent = [mirror.connect() for _ in range(1000)]
        mirror.wait_until_served()
        for connection in silent:
            connection.close()
    assert_quiet(caplog)


def test_where_all_is_encrypted_one_address_cannot_take_all_seats_either(
    identity: Identity, caplog: pytest.LogCaptureFixture
) -> None:
    address = Address(0, certificate=identity.certificate, key=identity.key)
    trusting = ssl.create_default_context(cafile=identity.certificate)
    limits = replace(HASTY, connections_per_address=5, head_seconds=20)
    with serving(limits=limits, address=address, context=trusting, is_here=lambda _: False) as mirror:
        before = _open_files()
        silent = [mirror.connect() for _ in range(40)]
        assert {read_all(connection) for connection in silent[:30]} == {b""}
        assert mirror.ask("GET", "/state").status == 401
        assert _open_files() - before - len(silent) <= limits.connections_per_address + 1
        for connection in silent:
            connection.close()
    assert_quiet(caplog)


def test_a_stream_too_many_is_told_to_come_again(caplog: pytest.LogCaptureFixture) -> None:
    with serving(limits=replace(HASTY, streams=2)) as mirror:
        streams = [_begun(mirror) for _ in range(2)]
        answer = mirror.ask("GET", "/events")
        assert (answer.status, answer.headers["retry-after"]) == (503, "5")
        streams.pop().close()
        while (
            mirror.tell(_EVENTS.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n") % mirror.port, ends=True)[9:12]
            == b"503"
        ):
            pass
        streams.pop().close()
    assert_quiet(caplog)


def test_paired_devices_cannot_take_the_last_streams_from_this_machine(caplog: pytest.LogCaptureFixture) -> None:
    limits = replace(HASTY, streams=4, streams_kept=2)
    with serving(limits=limits, is_here=lambda address: address == "127.0.0.1") as mirror, ExitStack() as opened:
        token = mirror.pairing.pair(mirror.pairing.new_code(), None, "")
        request = _EVENTS.replace(b"\r\n\r\n", b"\r\nAuthorization: Bearer %s\r\n\r\n" % str(token).encode())
        statuses = []
        for _ in range(3):
            place, elsewhere = ("127.0.0.1", mirror.port), ("127.0.0.2", 0)
            stream = opened.enter_context(socket.create_connection(place, PATIENCE_SECONDS, source_address=elsewhere))
            stream.sendall(request % mirror.port)
            statuses.append(status_of(stream.recv(65_536)))
        assert statuses == [200, 200, 503]
        for _ in range(2):
            opened.enter_context(_begun(mirror))
        assert mirror.ask("GET", "/events").status == 503
    assert_quiet(caplog)


def test_one_address_cannot_take_all_seats(caplog: pytest.LogCaptureFixture) -> None:
    limits = replace(HASTY, connections_per_address=5, head_seconds=20, requests_per_second=1000)
    with serving(limits=limits, is_here=lambda _: False) as mirror:
        silent = [mirror.connect() for _ in range(12)]
        assert [status_of(read_all(connection)) for connection in silent[:7]] == [503] * 7
        assert status_of(mirror.tell(_STATE % mirror.port)) == 401, "the one that came last is looked at"
        assert status_of(read_all(silent[7])) == 503
        for connection in silent:
            connection.close()
    assert_quiet(caplog)


def _begun(mirror: Served) -> socket.socket:
    connection = mirror.connect()
    connection.sendall(_EVENTS % mirror.port)
    assert status_of(connection.recv(65_536)) == 200
    return connection


def test_who_finds_no_seat_is_told_before_anything_is_read(caplog: pytest.LogCaptureFixture) -> None:
    with serving(limits=replace(HASTY, connections=1, head_seconds=20)) as mirror, mirror.connect():
        for _ in range(3):
            with mirror.connect() as late:
                answer = read_all(late)
                assert status_of(answer) == 503
                assert b"retry-after: 5\r\n" in answer
    assert_quiet(caplog)
