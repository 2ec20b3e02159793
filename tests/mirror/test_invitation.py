"""At the first start the coach's own screen invites a phone: an address, a code and a picture for its camera."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from tests.led_by_buttons import free_port
from tests.mirror.clocks import SetClock
from tests.mirror.serving import Served, serving
from voice_coach.cli.mirror_commands import open_mirror
from voice_coach.library import load_language
from voice_coach.memory.settings import Settings
from voice_coach.mirror import invitation
from voice_coach.mirror.invitation import RENEWED_SECONDS, Inviter, pairing_url, qr_rows
from voice_coach.mirror.paired_devices import DevicesFile
from voice_coach.mirror.pairing import Pairing
from voice_coach.routines import Phase
from voice_coach.session.view import View

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

URLS = ("http://192.168.178.31:8765/", "http://mirror.local:8765/")
NONE = {"url": "", "code": "", "picture": []}
FIRST = View(phase=Phase.IDLE, is_unknown=True)


@pytest.fixture
def first() -> Iterator[Served]:
    """The mirror of a coach that nobody has used yet, open to the home network."""
    with serving(urls=lambda: URLS) as served:
        served.face.show(FIRST)
        yield served


def invited(served: Served) -> dict[str, object]:
    """What the page on this machine is told."""
    answer = served.post_json("/invitation", {}, served.pairing.local_token())
    assert answer.status == 200
    found: dict[str, object] = answer.json
    return found


def test_the_screen_shows_a_code_that_pairs_a_phone_and_none_when_that_is_done(first: Served) -> None:
    shown = invited(first)
    code = str(shown["code"])
    drawn = ["".join("1" if dark else "0" for dark in row) for row in qr_rows(pairing_url(code, URLS[0]))]
    assert shown == {"url": URLS[-1], "code": code, "picture": drawn}
    assert invited(first) == shown, "it stays, so that it can be read"
    assert first.pairing.pair(code, "192.168.178.20", "iPhone")
    assert invited(first) == NONE


def test_who_has_used_the_coach_is_not_invited(first: Served) -> None:
    first.face.show(replace(FIRST, is_unknown=False))
    assert invited(first) == NONE


def test_no_program_without_this_machine_s_token_is_shown_the_code(first: Served) -> None:
    paired = first.pairing.pair(first.pairing.new_code(), "192.168.178.20", "iPhone")
    for token in (None, "wrong", paired):
        assert first.post_json("/invitation", {}, token).status == (200 if token == paired else 401)
    assert first.post_json("/invitation", {}, paired).json == NONE


def test_nobody_elsewhere_is_shown_the_code_not_even_with_this_machine_s_token() -> None:
    with serving(urls=lambda: URLS, is_here=lambda _: False) as served:
        served.face.show(FIRST)
        assert served.post_json("/invitation", {}, served.pairing.local_token()).status == 401


def test_another_web_site_makes_no_code(first: Served) -> None:
    before = str(invited(first)["code"])
    refused = first.post_json("/invitation", {}, first.pairing.local_token(), Origin="http://evil.example")
    assert refused.status == 403
    assert invited(first)["code"] == before


@pytest.fixture
def pairing(tmp_path: Path) -> Pairing:
    return Pairing(DevicesFile(tmp_path / "mirror.json"), SetClock())


def test_the_code_is_renewed_long_before_it_is_void(pairing: Pairing) -> None:
    now = 0.0
    inviter = Inviter(pairing, lambda: URLS, lambda: now)
    codes = []
    for now in (0.0, RENEWED_SECONDS - 1, RENEWED_SECONDS, 2 * RENEWED_SECONDS - 1):  # noqa: B007 - the inviter reads it
        found = inviter.invitation()
        assert found is not None
        codes.append(found.code)
    assert codes[0] == codes[1] != codes[2] == codes[3]


def test_the_network_may_come_later(pairing: Pairing) -> None:
    urls: list[str] = []
    inviter = Inviter(pairing, lambda: urls)
    assert inviter.invitation() is None
    urls += URLS
    assert inviter.invitation() is not None


def test_a_disk_that_refuses_invites_nobody_and_is_not_asked_at_once_again(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    inviter = Inviter(Pairing(DevicesFile(tmp_path / "file" / "mirror.json"), SetClock()), lambda: URLS)
    assert inviter.invitation() is None
    assert inviter.invitation() is None


@pytest.mark.parametrize(
    ("is_on_lan", "is_attended", "is_inviting"),
    [(True, False, True), (True, True, False), (False, False, False)],
    ids=["a service", "a terminal, which shows a code itself", "a page that no phone can open"],
)
def test_only_a_service_that_a_phone_can_reach_invites_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, is_on_lan: bool, is_attended: bool, is_inviting: bool
) -> None:
    monkeypatch.setattr(invitation, "own_addresses", lambda: ["192.168.178.31"])
    settings, devices = Settings(page_lan=is_on_lan, page=free_port()), tmp_path / "mirror.json"
    opened = open_mirror(settings, load_language("en"), is_attended=is_attended, devices_path=devices)
    assert opened is not None
    served = Served(opened[0], Pairing(DevicesFile(devices)))
    served.face.start(served.posted.append)
    try:
        served.wait_until_served()
        served.face.show(FIRST)
        token = served.post_json("/pair", {}).json["token"]
        assert bool(served.post_json("/invitation", {}, token).json["picture"]) is is_inviting
    finally:
        served.face.stop()
