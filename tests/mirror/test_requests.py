"""What a request may look like."""

from __future__ import annotations

import json
import random
from typing import TYPE_CHECKING

import pytest

from tests.mirror.serving import command_head, status_of
from voice_coach.mirror.client_auth import HEADERS

if TYPE_CHECKING:
    from tests.mirror.serving import Served

_GET = b"GET /state HTTP/1.1\r\nHost: {host}\r\n"


def test_letters_are_kept_by_the_browser_and_all_else_is_asked_for_anew(mirror: Served) -> None:
    letters = mirror.ask("GET", "/latin-400.woff2")
    assert (letters.status, letters.headers["content-type"]) == (200, "font/woff2")
    assert letters.headers["cache-control"] == "max-age=86400"
    assert letters.body.startswith(b"wOF2")
    for path in ("/", "/mirror.css", "/touch.js", "/fonts-license.txt"):
        assert mirror.ask("GET", path).headers["cache-control"] == "no-cache"
    assert mirror.ask("GET", "/drawings.svg").status == 404  # they are in the page


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


@pytest.mark.parametrize("method", ["TRACE", "OPTIONS", "PUT", "DELETE", "PATCH", "PROPFIND", "get", "X" * 200])
@pytest.mark.parametrize("path", ["/", "/mirror.js", "/state", "/events", "/commands", "/pair"])
def test_other_methods_are_refused(mirror: Served, method: str, path: str) -> None:
    answer = mirror.ask(method, path, headers={"X-Secret": "not to be told again"})
    allowed = {"POST"} if path in {"/commands", "/pair"} else {"GET", "HEAD"}
    assert (answer.status, set(answer.headers["allow"].split(", "))) == (405, allowed)
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
    answer = mirror.tell(command_head(mirror, *lines), smuggled, ends=True)
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


def test_random_bytes_are_refused(mirror: Served) -> None:
    dice = random.Random(8)  # noqa: S311 - the same each time
    for _ in range(60):
        answer = mirror.tell(dice.randbytes(dice.randrange(1, 3000)), ends=True)
        assert status_of(answer) in {0, 400, 431}


def test_damaged_requests_are_answered_or_refused(mirror: Served) -> None:
    dice = random.Random(9)  # noqa: S311 - the same each time
    body = json.dumps({"id": "a-command-2", "intent": "which_step"}).encode()
    whole = command_head(mirror, b"Content-Length: %d" % len(body), b"Connection: close") + body
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
