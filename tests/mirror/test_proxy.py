"""Behind a reverse proxy, a real nginx: nobody is taken for this machine, and all works."""

from __future__ import annotations

import json
import re
from contextlib import contextmanager
from dataclasses import replace
from http.client import HTTPConnection
from typing import TYPE_CHECKING

import pytest

from tests.mirror.conftest import HASTY
from tests.mirror.nginx import nginx
from tests.mirror.serving import (
    PATIENCE_SECONDS,
    Answer,
    Served,
    serving,
    status_of,
)
from voice_coach.mirror.client_auth import HEADERS
from voice_coach.mirror.listeners import Address
from voice_coach.routines import Phase
from voice_coach.session.view import View

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

PROXY = "127.0.0.2"
"""Of this machine, but no other program connects from there."""
BARE = "location / {{ proxy_pass http://127.0.0.1:{port}; }}"
BARE_ELSEWHERE = "location / {{ proxy_pass http://127.0.0.1:{port}; proxy_bind 127.0.0.2; }}"
USUAL = """location / {{
  proxy_pass http://127.0.0.1:{port};
  proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
}}"""
BELOW = """location /mask/ {{
  proxy_pass http://127.0.0.1:{port}/;
  proxy_bind 127.0.0.2;
  proxy_set_header Host $http_host;
  proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
  proxy_set_header X-Forwarded-Proto $scheme;
}}"""


@contextmanager
def before(folder: Path, locations: str, proxy: str | None) -> Iterator[tuple[Served, int]]:
    """A mirror that is told of a proxy, and a proxy before it: its port."""
    with (
        serving(address=Address(0, proxy=proxy), limits=replace(HASTY, send_seconds=5, keepalive_seconds=1)) as mirror,
        nginx(folder, locations.format(port=mirror.port)) as port,
    ):
        yield mirror, port


def ask(port: int, method: str, path: str, body: object = None, headers: Mapping[str, str] | None = None) -> Answer:
    """Ask the proxy."""
    connection = HTTPConnection("127.0.0.1", port, timeout=PATIENCE_SECONDS)
    sent = None if body is None else json.dumps(body).encode()
    try:
        connection.request(method, path, sent, {"Content-Type": "application/json", **(headers or {})})
        answer = connection.getresponse()
        return Answer(answer.status, {k.lower(): v for k, v in answer.getheaders()}, answer.read())
    finally:
        connection.close()


def key_of(mirror: Served, port: int, path: str = "/pair") -> dict[str, str]:
    """Be paired through the proxy, by a code."""
    answer = ask(port, "POST", path, {"code": mirror.pairing.new_code()})
    assert answer.status == 200, answer.body
    return {"Authorization": f"Bearer {answer.json['token']}"}


def test_a_header_of_a_proxy_brings_no_key_and_nothing_else(mirror: Served) -> None:
    answer = mirror.post_json("/pair", {}, **{"X-Forwarded-For": "203.0.113.9"})
    assert (answer.status, "token" in answer.json) == (403, False)
    assert "--page-proxy ADDRESS" in answer.json["error"]
    for path in ("/", "/state", "/events"):
        assert mirror.ask("GET", path, headers={"Via": "1.1 somewhere"}).status == 403


@pytest.mark.usefixtures("processes")
def test_an_nginx_that_nobody_named_is_refused_whatever_is_asked(tmp_path: Path) -> None:
    with before(tmp_path, USUAL, None) as (_, port):
        for method, path, body in (("GET", "/", None), ("GET", "/state", None), ("POST", "/pair", {})):
            answer = ask(port, method, path, body)
            assert (answer.status, "--page-proxy" in answer.json["error"]) == (403, True)


@pytest.mark.usefixtures("processes")
@pytest.mark.parametrize(
    ("locations", "proxy"), [(BARE, "127.0.0.1"), (BARE_ELSEWHERE, PROXY), (USUAL, "127.0.0.1")], ids=str
)
def test_behind_a_named_proxy_nobody_is_this_machine_and_whoever_is_paired_sees_and_presses(
    tmp_path: Path, locations: str, proxy: str
) -> None:
    with before(tmp_path, locations, proxy) as (mirror, port):
        assert ask(port, "GET", "/").status == 200
        assert ask(port, "POST", "/pair", {}).status == 401
        assert ask(port, "GET", "/state").status == 401
        assert ask(port, "GET", "/state", headers={"X-Forwarded-For": "127.0.0.1"}).status == 401
        local = {"Authorization": f"Bearer {mirror.pairing.local_token()}"}
        assert ask(port, "GET", "/state", headers=local).status == 401
        key = key_of(mirror, port)
        assert ask(port, "GET", "/state", headers=key).json["phase"] == "idle"
        origin = {"Origin": "https://home.example", "Sec-Fetch-Site": "same-origin"}
        pressed = ask(port, "POST", "/commands", {"id": "a-command-1", "intent": "next"}, {**key, **origin})
        assert pressed.status == 202


@pytest.mark.usefixtures("processes")
def test_the_machine_s_own_screen_is_beside_a_proxy_that_has_an_address_of_its_own(tmp_path: Path) -> None:
    with before(tmp_path, BARE_ELSEWHERE, PROXY) as (mirror, _):
        assert mirror.state()["phase"] == "idle"
        assert mirror.post_json("/pair", {}).status == 200


@pytest.mark.usefixtures("processes")
@pytest.mark.parametrize(("locations", "proxy"), [(BARE, None), (BARE, "127.0.0.1"), (USUAL, "127.0.0.1")], ids=str)
def test_each_event_comes_through_at_once(tmp_path: Path, locations: str, proxy: str | None) -> None:
    with before(tmp_path, locations, proxy) as (mirror, port):
        key = key_of(mirror, port)
        connection = HTTPConnection("127.0.0.1", port, timeout=PATIENCE_SECONDS)
        connection.request("GET", "/events", headers=key)
        answer = connection.getresponse()
        assert (answer.status, answer.headers["content-type"]) == (200, "text/event-stream; charset=utf-8")
        for title in ("first", "second", "third"):  # each is read before the next is shown: none waits for another
            mirror.face.show(View(phase=Phase.HOLDING, title=title))
            text = b""
            while f'"title":"{title}"'.encode() not in text:
                part = answer.read1()
                assert part, text
                text += part
        connection.close()


@pytest.mark.usefixtures("processes")
def test_below_a_path_the_page_finds_all_its_parts(tmp_path: Path) -> None:
    with before(tmp_path, BELOW, PROXY) as (mirror, port):
        page = ask(port, "GET", "/mask/")
        parts = re.findall(r'(?:src|href)="([^"#]+)"', page.body.decode())
        styles, scripts = (
            {"mirror.css", "first.css"},
            {"link.js", "mirror.js", "time.js", "touch.js", "calm.js", "first.js"},
        )
        assert set(parts) == {"icon.svg", *styles, *scripts}
        for part in parts:
            assert ask(port, "GET", f"/mask/{part}").status == 200
        script = ask(port, "GET", "/mask/link.js").body.decode()
        assert re.findall(r'(?:ask|fetch)\("([^"]*)"', script) == ["pair", "commands", "events"]
        key = key_of(mirror, port, "/mask/pair")
        assert ask(port, "GET", "/mask/state", headers=key).status == 200
        described = ask(port, "GET", "/mask/openapi.json").json
        assert described["servers"][0]["url"] == "./"


@pytest.mark.usefixtures("processes")
def test_tries_are_counted_for_each_client_and_not_for_the_proxy(tmp_path: Path) -> None:
    usual = USUAL.replace("$proxy_add_x_forwarded_for", "$http_x_client")
    with before(tmp_path, usual, "127.0.0.1") as (mirror, port):
        code = mirror.pairing.new_code()
        statuses = [
            ask(port, "POST", "/pair", {"code": "2222-2222"}, {"X-Client": "203.0.113.9"}).status for _ in range(6)
        ]
        assert statuses == [401] * 5 + [429]
        assert ask(port, "POST", "/pair", {"code": code}, {"X-Client": "203.0.113.10"}).status == 200


@pytest.mark.parametrize("path", ["/", "/mirror.css", "/link.js", "/icon.svg", "/openapi.json", "/state", "/events"])
def test_head_is_answered_like_get_but_without_a_body(mirror: Served, path: str) -> None:
    head = mirror.tell(f"HEAD {path} HTTP/1.1\r\nHost: {{host}}\r\nConnection: close\r\n\r\n".encode())
    assert status_of(head) == 200
    assert head.endswith(b"\r\n\r\n"), "and nothing after it"
    assert all(name in head.decode().lower() for name in HEADERS)
    if path != "/events":
        length = re.search(rb"content-length: (\d+)", head.lower())
        assert length
        assert int(length[1]) == len(mirror.ask("GET", path).body) or path == "/state"


def test_head_is_refused_like_get(mirror: Served) -> None:
    assert mirror.ask("HEAD", "/nothing").status == 404
    assert mirror.ask("HEAD", "/commands").status == 405
    assert mirror.ask("HEAD", "/state", headers={"Host": "evil.example"}).status == 421
