"""Whom the mirror listens to, and whom it shows itself."""

from __future__ import annotations

import socket
import uuid
from typing import TYPE_CHECKING

import pytest

from tests.mirror.serving import Served, serving, status_of
from voice_coach.language.intents import Intent
from voice_coach.mirror.limits import Limits
from voice_coach.session.events import CommandHeard, Via

if TYPE_CHECKING:
    from collections.abc import Iterator

_COMMAND = {"id": "a-command-1", "intent": "next"}


@pytest.fixture(scope="module")
def elsewhere() -> Iterator[Served]:
    """A mirror that takes everybody for somebody in the home network."""
    with serving(is_here=lambda _: False, limits=Limits(requests_per_second=10_000)) as served:
        yield served


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "evil.example:{port}",
        "127.0.0.1",
        "127.0.0.1:1",
        "localhost.:{port}",
        "localhost:{port}:80",
        "192.168.0.1:{port}",
        "[::1",
        "",
        "127.0.0.1:{port}/",
        "user@127.0.0.1:{port}",
        "127.1:{port}",
        "127.0.0.1:0{port}0",
    ],
)
def test_a_wrong_host_is_refused(mirror: Served, host: str) -> None:
    given = host.format(port=mirror.port)
    for method, path in (("GET", "/"), ("GET", "/state"), ("GET", "/events"), ("POST", "/pair")):
        assert mirror.ask(method, path, headers={"Host": given}).status == 421


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "LOCALHOST", "[::1]", "{name}", "{name}.local"])
def test_the_names_of_this_machine_are_right(mirror: Served, host: str) -> None:
    name = host.format(name=socket.gethostname())
    assert mirror.ask("GET", "/state", headers={"Host": f"{name}:{mirror.port}"}).status == 200


def test_a_request_without_a_host_is_refused(mirror: Served) -> None:
    assert status_of(mirror.tell(b"GET /state HTTP/1.1\r\n\r\n")) == 400
    assert status_of(mirror.tell(b"GET /state HTTP/1.0\r\n\r\n")) == 421


def test_two_hosts_are_refused(mirror: Served) -> None:
    assert status_of(mirror.tell(b"GET /state HTTP/1.1\r\nHost: {host}\r\nHost: {host}\r\n\r\n")) == 400


@pytest.mark.parametrize(
    "origin", ["http://evil.example", "https://127.0.0.1:{port}", "http://127.0.0.1", "http://localhost:{port}", "null"]
)
def test_a_wrong_origin_is_refused(mirror: Served, origin: str) -> None:
    given = origin.format(port=mirror.port)
    token = mirror.pairing.local_token()
    assert mirror.post_json("/pair", {}, Origin=given).status == 403
    assert mirror.post_json("/commands", _COMMAND, token, Origin=given).status == 403
    assert mirror.ask("GET", "/events", headers={"Origin": given}).status == 403


def test_our_own_origin_is_right(mirror: Served) -> None:
    assert mirror.post_json("/pair", {}, Origin=f"http://127.0.0.1:{mirror.port}").status == 200


@pytest.mark.parametrize("site", ["cross-site", "same-site", "anything"])
def test_what_another_site_sends_is_refused(mirror: Served, site: str) -> None:
    headers = {"Sec-Fetch-Site": site, "Sec-Fetch-Mode": "no-cors", "Sec-Fetch-Dest": "script"}
    for path in ("/", "/state", "/mirror.js"):
        assert mirror.ask("GET", path, headers=headers).status == 403
    framed = {"Sec-Fetch-Site": site, "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "iframe"}
    assert mirror.ask("GET", "/", headers=framed).status == 403


def test_another_site_may_link_to_the_page_only(mirror: Served) -> None:
    headers = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}
    assert mirror.ask("GET", "/", headers=headers).status == 200
    assert mirror.ask("GET", "/state", headers=headers).status == 403


@pytest.mark.parametrize("token", [None, "", "wrong", "x" * 2000, "\u00fc"])
def test_a_command_without_the_right_token_is_refused(mirror: Served, token: str | None) -> None:
    answer = mirror.post_json("/commands", _COMMAND, token)
    assert (answer.status, answer.headers["www-authenticate"]) == (401, "Bearer")
    assert not [event for event in mirror.posted if event.intent is Intent.NEXT]


def test_a_token_is_taken_from_nowhere_else(mirror: Served) -> None:
    token = mirror.pairing.local_token()
    for headers in ({"Cookie": f"token={token}"}, {"Authorization": f"Basic {token}"}):
        assert mirror.post_json(f"/commands?token={token}", _COMMAND, **headers).status == 401


def test_on_this_machine_anybody_may_look_and_get_a_token(mirror: Served) -> None:
    assert mirror.ask("GET", "/state").status == 200
    token = mirror.post_json("/pair", {}).json["token"]
    assert mirror.press("which_step", token).status == 202
    assert "set-cookie" not in mirror.post_json("/pair", {}).headers


def test_from_elsewhere_a_token_is_needed_for_all_but_the_page(elsewhere: Served) -> None:
    for path in ("/", "/mirror.js", "/mirror.css", "/icon.svg", "/openapi.json"):
        assert elsewhere.ask("GET", path).status == 200
    for path in ("/state", "/events"):
        answer = elsewhere.ask("GET", path)
        assert (answer.status, answer.headers["www-authenticate"]) == (401, "Bearer")
        assert "saying" not in answer.body.decode()


def test_the_token_of_this_machine_counts_nowhere_else(elsewhere: Served) -> None:
    token = elsewhere.pairing.local_token()
    assert elsewhere.ask("GET", "/state", headers={"Authorization": f"Bearer {token}"}).status == 401
    assert elsewhere.post_json("/commands", _COMMAND, token).status == 401
    assert elsewhere.post_json("/pair", {}).status == 401


def test_a_code_makes_a_device_one_of_the_household(elsewhere: Served) -> None:
    code = elsewhere.pairing.new_code()
    token = elsewhere.post_json("/pair", {"code": code}).json["token"]
    assert elsewhere.ask("GET", "/state", headers={"Authorization": f"Bearer {token}"}).status == 200
    assert elsewhere.post_json("/commands", _COMMAND, token).status == 202
    assert elsewhere.post_json("/pair", {"code": code}).status == 401, "a code counts once"


def test_wrong_codes_are_refused_and_soon_not_looked_at() -> None:
    with serving(is_here=lambda _: False) as served:
        served.pairing.new_code()
        answers = [served.post_json("/pair", {"code": "2222-2222"}) for _ in range(6)]
        assert [answer.status for answer in answers] == [401] * 5 + [429]
        assert int(answers[-1].headers["retry-after"]) > 0


def test_to_ask_whether_a_code_is_needed_is_no_wrong_code() -> None:
    with serving(is_here=lambda _: False) as served:
        code = served.pairing.new_code()
        assert [served.post_json("/pair", {}).status for _ in range(8)] == [401] * 8
        assert served.post_json("/pair", {"code": code}).status == 200


def test_a_command_counts_once(mirror: Served) -> None:
    command = {"id": uuid.uuid4().hex, "intent": "louder"}
    statuses = [mirror.post_json("/commands", command, mirror.pairing.local_token()).status for _ in range(3)]
    assert statuses == [202, 409, 409]
    assert [event.intent for event in mirror.posted].count(Intent.LOUDER) == 1


def test_commands_beyond_the_rate_are_refused() -> None:
    limits = Limits(commands_per_second=0.1)  # so few that a busy machine does not come slowly enough
    with serving(limits=limits) as served:
        answers = [served.press("next") for _ in range(14)]
        refused = [answer for answer in answers if answer.status == 429]
        assert refused
        assert 0 < int(refused[0].headers["retry-after"]) <= 10
        assert len(served.posted) == len(answers) - len(refused) >= 10


def test_requests_beyond_the_rate_are_refused_off_this_machine() -> None:
    limits = Limits(requests_per_second=1)
    with serving(is_here=lambda _: False, limits=limits) as served:
        assert 429 in [served.ask("GET", "/").status for _ in range(20)]


def test_a_command_says_what_its_words_do() -> None:
    with serving(language="ko") as served:
        assert served.press("add_time", minutes=5).status == 202
        assert served.press("stings").json == {"accepted": True}
        added, stings = served.posted
        assert (added.intent, added.minutes, stings.intent) == (Intent.ADD_TIME, 5, Intent.STINGS)
        assert added == CommandHeard(intent=Intent.ADD_TIME, minutes=5, via=Via.PROGRAM)


def test_a_command_of_the_page_is_a_touch_and_one_of_another_program_is_not() -> None:
    with serving() as served:
        own_page = {"Origin": f"http://127.0.0.1:{served.port}"}
        for headers in (own_page, {}):
            command = {"id": uuid.uuid4().hex, "intent": "next"}
            answer = served.post_json("/commands", command, served.pairing.local_token(), **headers)
            assert answer.status == 202
        assert [command.via for command in served.posted] == [Via.TOUCH, Via.PROGRAM]
