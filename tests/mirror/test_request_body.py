"""What the body of a request may look like."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.mirror.serving import command_head, read_all, status_of

if TYPE_CHECKING:
    from tests.mirror.serving import Served


def test_a_megabyte_is_refused_and_the_answer_arrives(mirror: Served) -> None:
    megabyte = b"x" * 1_000_000
    answer = mirror.tell(command_head(mirror, b"Content-Length: 1000000"), megabyte)
    assert status_of(answer) == 413
    assert b"too large" in answer


def test_a_megabyte_in_chunks_is_refused_and_the_answer_arrives(mirror: Served) -> None:
    chunk = b"1000\r\n" + b"x" * 0x1000 + b"\r\n"
    answer = mirror.tell(command_head(mirror, b"Transfer-Encoding: chunked"), *[chunk] * 250, b"0\r\n\r\n")
    assert status_of(answer) == 413
    assert b"too large" in answer


def test_a_megabyte_that_is_announced_is_not_asked_for(mirror: Served) -> None:
    answer = mirror.tell(command_head(mirror, b"Content-Length: 1000000", b"Expect: 100-continue"))
    assert status_of(answer) == 413


def test_a_body_where_none_belongs_is_refused(mirror: Served) -> None:
    answer = mirror.tell(
        b"GET /state HTTP/1.1\r\nHost: {host}\r\n", b"Content-Length: 1000000\r\n\r\n", b"x" * 1_000_000
    )
    assert status_of(answer) == 400


def test_a_command_in_chunks_is_taken(mirror: Served) -> None:
    command = b'{"id": "in-chunks-1", "intent": "which_step"}'
    chunks = b"".join(b"1\r\n%c\r\n" % byte for byte in command) + b"0\r\n\r\n"
    assert (
        status_of(mirror.tell(command_head(mirror, b"Transfer-Encoding: chunked", b"Connection: close"), chunks)) == 202
    )


@pytest.mark.parametrize(
    "chunks", [b"zz\r\n", b"-1\r\nx\r\n", b"1\r\nxy\r\n", b"1" * 100 + b"\r\n", b"5\nhello\n", b"\r\n" * 9]
)
def test_wrong_chunks_are_refused(mirror: Served, chunks: bytes) -> None:
    assert status_of(mirror.tell(command_head(mirror, b"Transfer-Encoding: chunked"), chunks, b"x" * 100)) in {400, 408}


@pytest.mark.parametrize(
    "body", [b"", b"x", b"{", b'{"id": }', b"\xff\xfe", b"[" * 4000, b'{"a":' * 700, b'"\xc3"', b"1" * 4000, b"nan"]
)
def test_what_is_no_json_object_is_refused(mirror: Served, body: bytes) -> None:
    headers = {"Authorization": f"Bearer {mirror.pairing.local_token()}", "Content-Type": "application/json"}
    answer = mirror.ask("POST", "/commands", body, headers)
    assert answer.status in {400, 422}
    assert set(answer.json) == {"error"}


@pytest.mark.parametrize(
    "command",
    [
        [],
        None,
        "next",
        {},
        {"id": "long-enough"},
        {"intent": "next"},
        {"id": "short", "intent": "next"},
        {"id": "x" * 65, "intent": "next"},
        {"id": "with space", "intent": "next"},
        {"id": "newline-1\n", "intent": "next"},
        {"id": 12345678, "intent": "next"},
        {"id": "long-enough", "intent": "mask"},
        {"id": "long-enough", "intent": "NEXT"},
        {"id": "long-enough", "intent": ["next"]},
        {"id": "long-enough", "intent": "next", "minutes": 5},
        {"id": "long-enough", "intent": "add_time", "minutes": 0},
        {"id": "long-enough", "intent": "add_time", "minutes": 61},
        {"id": "long-enough", "intent": "timer", "value": "a b"},
        {"id": "long-enough", "intent": "add_time", "minutes": True},
        {"id": "long-enough", "intent": "add_time", "minutes": 1.5},
        {"id": "long-enough", "intent": "add_time", "minutes": None},
        {"id": "long-enough", "intent": "add_time", "minutes": 1e400},
        {"id": "long-enough", "intent": "next", "about": "step"},
        {"id": "\ud800-long-enough", "intent": "next"},
        {"id": "long-enough", "intent": "next", "\ud800": 1},
    ],
)
def test_a_command_that_says_something_else_is_refused(mirror: Served, command: object) -> None:
    answer = mirror.post_json("/commands", command, mirror.pairing.local_token())
    assert answer.status == 422
    assert answer.json["error"].endswith(".")


@pytest.mark.parametrize(
    "kind", [None, "text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "application/jsonp"]
)
def test_what_a_form_can_send_is_refused(mirror: Served, kind: str | None) -> None:
    headers = {"Authorization": f"Bearer {mirror.pairing.local_token()}"} | ({"Content-Type": kind} if kind else {})
    for path in ("/commands", "/pair"):
        assert mirror.ask("POST", path, b"{}", headers).status == 415


def test_wrong_chunks_after_the_answer_end_the_connection(mirror: Served) -> None:
    head = f"POST /commands HTTP/1.1\r\nHost: 127.0.0.1:{mirror.port}\r\nContent-Type: application/json\r\n"
    with mirror.connect() as connection:
        connection.sendall(head.encode() + b"Transfer-Encoding: chunked\r\n\r\n")
        assert status_of(connection.recv(12)) == 401
        connection.sendall(b"zz\r\n")
        assert b"zz" not in read_all(connection)


def test_nonsense_behind_the_request_for_a_stream_is_not_looked_at(mirror: Served) -> None:
    with mirror.connect() as connection:
        connection.sendall(b"GET /events HTTP/1.1\r\nHost: 127.0.0.1:%d\r\n\r\n" % mirror.port + b"\x00" * 1000)
        assert status_of(connection.recv(12)) == 200
        connection.sendall(b"\xff" * 100_000)
