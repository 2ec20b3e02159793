"""What a request may look like."""

from __future__ import annotations

import json
import random
from typing import TYPE_CHECKING

import pytest

from tests.edges.mirror.serving import status_of
from voice_coach.mirror.answers import HEADERS

if TYPE_CHECKING:
    from tests.edges.mirror.serving import Served

_HEAD = b"POST /commands HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\nAuthorization: Bearer %s\r\n"
_GET = b"GET /state HTTP/1.1\r\nHost: {host}\r\n"


def _post(mirror: Served, *lines: bytes) -> bytes:
    return _HEAD % mirror.pairing.local_token().encode() + b"".join(line + b"\r\n" for line in lines) + b"\r\n"


@pytest.mark.parametrize(
    "path",
    [
        "/../state",
        "/static/../state",
        "/%2e%2e/etc/passwd",
        "/..%2fstate",
        "/%2e/state",
        "//state",
        "//",
        "/state/",
        "/state%00",
        "/state%0a",
        "/mirror.css%0a",
        "/mirror.css/",
        "/MIRROR.CSS",
        "/State",
        "/%73tate",
        "/%252e%252e%252fstate",
        "/mirror.js%2f..",
        "/static",
        "/static/",
        "/static/mirror.css",
        "/index.html",
        "/openapi.json/",
        "/state;a=1",
        "/\\..\\state",
        "/.",
        "/..",
        "/.git/config",
        "/texts.py",
        "/static/index.html",
        "/state?/../../x/%00",
        "/~",
        "/mirror.css.",
        "/events/../commands",
    ],
)
def test_no_trick_with_a_path_leads_anywhere(mirror: Served, path: str) -> None:
    answer = mirror.tell(b"GET %s HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n" % path.encode())
    if path.startswith("/state?"):
        assert status_of(answer) == 200, "a query is not looked at"
    else:
        assert status_of(answer) == 404
    assert b"root:" not in answer


@pytest.mark.parametrize(
    "target", ["state", "http://{host}/state", "http://evil.example/state", "*", "127.0.0.1:22", "file:///etc/passwd"]
)
def test_only_paths_are_answered(mirror: Served, target: str) -> None:
    answer = mirror.tell(b"GET %s HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n" % target.encode())
    assert status_of(answer) == 400


@pytest.mark.parametrize("target", [b"/sta te", b"/\x00", b"/st\xc3\xa4te", b"", b"/a\tb", b"/\x7f"])
def test_bytes_that_no_path_has_are_refused(mirror: Served, target: bytes) -> None:
    assert status_of(mirror.tell(b"GET %s HTTP/1.1\r\nHost: {host}\r\n\r\n" % target)) == 400


def test_no_folder_is_listed(mirror: Served) -> None:
    page = mirror.ask("GET", "/").body
    for path in ("/static/", "/static", "/./", "/voice_coach/", "/?C=M;O=D"):
        assert mirror.ask("GET", path).body in {page, mirror.ask("GET", "/nothing").body}


@pytest.mark.parametrize("method", ["TRACE", "OPTIONS", "PUT", "DELETE", "PATCH", "HEAD", "PROPFIND", "get", "X" * 200])
@pytest.mark.parametrize("path", ["/", "/mirror.js", "/state", "/events", "/commands", "/pair"])
def test_other_methods_are_refused(mirror: Served, method: str, path: str) -> None:
    answer = mirror.ask(method, path, headers={"X-Secret": "not to be told again"})
    assert (answer.status, answer.headers["allow"]) == (405, "POST" if path in {"/commands", "/pair"} else "GET")
    assert b"not to be told" not in answer.body


def test_it_is_no_proxy(mirror: Served) -> None:
    answer = mirror.tell(b"CONNECT 127.0.0.1:22 HTTP/1.1\r\nHost: {host}\r\n\r\n", ends=True)
    assert status_of(answer) == 400


def test_an_upgrade_is_not_taken(mirror: Served) -> None:
    for protocol in (b"websocket", b"h2c"):
        upgrade = b"Connection: Upgrade, close\r\nUpgrade: %s\r\n\r\n" % protocol
        assert status_of(mirror.tell(_GET + upgrade)) == 200


@pytest.mark.parametrize(
    "lines",
    [
        (b"Content-Length: 5", b"Content-Length: 6"),
        (b"Content-Length: 5, 6",),
        (b"Content-Length: -5",),
        (b"Content-Length: 0x10",),
        (b"Content-Length: 9" + b"9" * 30,),
        (b"Content-Length: 4", b"Transfer-Encoding: chunked"),
        (b"Transfer-Encoding: chunked", b"Transfer-Encoding: chunked"),
        (b"Transfer-Encoding: gzip, chunked",),
        (b"Transfer-Encoding: xchunked",),
        (b"Transfer-Encoding : chunked",),
        (b"Transfer-Encoding:\x0bchunked",),
        (b"X: a\rb",),
        (b"X: a\x00b",),
        (b"X y: z",),
        (b": z",),
        (b"no colon",),
    ],
)
def test_a_request_that_can_be_read_in_two_ways_is_refused(mirror: Served, lines: tuple[bytes, ...]) -> None:
    before = len(mirror.posted)
    smuggled = b'0\r\n\r\n{"id": "smuggled-1", "intent": "quit"}GET /state HTTP/1.1\r\nHost: {host}\r\n\r\n'
    answer = mirror.tell(_post(mirror, *lines), smuggled, ends=True)
    assert status_of(answer) in {400, 413}
    assert answer.count(b"HTTP/1.1 ") == 1
    assert len(mirror.posted) == before


@pytest.mark.parametrize(
    "request_line",
    [
        b"GET /state\r\n\r\n",
        b"GET /state HTTP/0.9\r\n\r\n",
        b"GET /state HTTP/2.0\r\nHost: {host}\r\n\r\n",
        b"GET /state HTTP/1.10\r\n\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\r\n\r\n",
    ],
)
def test_other_versions_of_http_are_refused(mirror: Served, request_line: bytes) -> None:
    assert status_of(mirror.tell(request_line, ends=True)) == 400


def test_old_and_pipelined_requests_are_answered(mirror: Served) -> None:
    assert status_of(mirror.tell(b"GET /state HTTP/1.0\r\nHost: {host}\r\n\r\n")) == 200
    assert mirror.tell(_GET + b"\r\n" + _GET + b"Connection: close\r\n\r\n").count(b"HTTP/1.1 200") == 2


@pytest.mark.parametrize(
    "lines", [[b"X: " + b"x" * 9000], [b"X-%d: y" % n for n in range(100)], [b"X: " + b"x" * 500_000]]
)
def test_a_large_head_is_refused(mirror: Served, lines: list[bytes]) -> None:
    assert status_of(mirror.tell(_GET, b"".join(line + b"\r\n" for line in lines), b"\r\n")) == 431


def test_a_head_that_never_ends_is_refused(mirror: Served) -> None:
    assert status_of(mirror.tell(_GET, b"X: " + b"x" * 1_000_000)) == 431


def test_a_long_query_is_refused(mirror: Served) -> None:
    answer = mirror.tell(b"GET /state?%s HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n" % (b"q" * 9000))
    assert status_of(answer) == 431


def test_a_megabyte_is_refused_and_the_answer_arrives(mirror: Served) -> None:
    megabyte = b"x" * 1_000_000
    answer = mirror.tell(_post(mirror, b"Content-Length: 1000000"), megabyte)
    assert status_of(answer) == 413
    assert b"too large" in answer


def test_a_megabyte_in_chunks_is_refused_and_the_answer_arrives(mirror: Served) -> None:
    chunk = b"1000\r\n" + b"x" * 0x1000 + b"\r\n"
    answer = mirror.tell(_post(mirror, b"Transfer-Encoding: chunked"), *[chunk] * 250, b"0\r\n\r\n")
    assert status_of(answer) == 413
    assert b"too large" in answer


def test_a_megabyte_that_is_announced_is_not_asked_for(mirror: Served) -> None:
    answer = mirror.tell(_post(mirror, b"Content-Length: 1000000", b"Expect: 100-continue"))
    assert status_of(answer) == 413


def test_a_body_where_none_belongs_is_refused(mirror: Served) -> None:
    answer = mirror.tell(_GET, b"Content-Length: 1000000\r\n\r\n", b"x" * 1_000_000)
    assert status_of(answer) == 400


def test_a_command_in_chunks_is_taken(mirror: Served) -> None:
    command = b'{"id": "in-chunks-1", "intent": "which_step"}'
    chunks = b"".join(b"1\r\n%c\r\n" % byte for byte in command) + b"0\r\n\r\n"
    assert status_of(mirror.tell(_post(mirror, b"Transfer-Encoding: chunked", b"Connection: close"), chunks)) == 202


@pytest.mark.parametrize(
    "chunks", [b"zz\r\n", b"-1\r\nx\r\n", b"1\r\nxy\r\n", b"1" * 100 + b"\r\n", b"5\nhello\n", b"\r\n" * 9]
)
def test_wrong_chunks_are_refused(mirror: Served, chunks: bytes) -> None:
    assert status_of(mirror.tell(_post(mirror, b"Transfer-Encoding: chunked"), chunks, b"x" * 100)) in {400, 408}


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
        {"id": "long-enough", "intent": "add_time", "minutes": 31},
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


def test_random_bytes_are_refused(mirror: Served) -> None:
    dice = random.Random(8)  # noqa: S311 - the same each time
    for _ in range(60):
        answer = mirror.tell(dice.randbytes(dice.randrange(1, 3000)), ends=True)
        assert status_of(answer) in {0, 400, 431}


def test_damaged_requests_are_answered_or_refused(mirror: Served) -> None:
    dice = random.Random(9)  # noqa: S311 - the same each time
    body = json.dumps({"id": "a-command-2", "intent": "which_step"}).encode()
    whole = _post(mirror, b"Content-Length: %d" % len(body), b"Connection: close") + body
    for _ in range(150):
        damaged = bytearray(whole.replace(b"{host}", b"127.0.0.1:%d" % mirror.port))
        for _ in range(dice.randrange(1, 4)):
            damaged[dice.randrange(len(damaged))] = dice.randrange(256)
        assert status_of(mirror.tell(bytes(damaged), ends=True)) < 500


@pytest.mark.parametrize(
    ("method", "path"), [("GET", "/"), ("GET", "/state"), ("GET", "/nothing"), ("PUT", "/state"), ("POST", "/pair")]
)
def test_every_answer_has_the_headers_that_protect_it(mirror: Served, method: str, path: str) -> None:
    for headers in ({}, {"Host": "evil.example"}):
        answer = mirror.ask(method, path, headers=headers)
        assert {name: answer.headers.get(name) for name in HEADERS} == dict(HEADERS)
        assert not {"server", "set-cookie", "access-control-allow-origin"} & answer.headers.keys()


def test_answers_before_a_request_was_read_have_them_too(mirror: Served) -> None:
    answer = mirror.tell(b"\x00\x01\r\n\r\n").decode()
    assert all(f"\r\n{name}: {value}\r\n" in answer for name, value in HEADERS.items())
