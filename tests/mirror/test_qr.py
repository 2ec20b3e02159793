from __future__ import annotations

import socket
from ipaddress import ip_address

import pytest
import segno

from tests.patience import patient
from voice_coach.face.base import load_texts
from voice_coach.library import load_language
from voice_coach.mirror.invitation import (
    likeliest_first,
    own_addresses,
    own_urls,
    pairing_notice,
    pairing_url,
    qr_lines,
)

URL = "http://192.168.178.31:8765/"
CODE = "ABCD-2345"
TEXTS = load_texts(load_language("en"))


def modules_of(lines: tuple[str, ...]) -> list[list[bool]]:
    """Read the printed blocks: which modules are dark."""
    rows = []
    for line in lines:
        rows += [[character in " ▄" for character in line], [character in " ▀" for character in line]]
    return rows


@pytest.mark.parametrize("text", [pairing_url(CODE, URL), "short", "https://mirror.example/" + "x" * 100])
def test_the_blocks_are_the_qr_code_with_its_quiet_zone(text: str) -> None:
    modules = modules_of(qr_lines(text))
    code = [[bool(module) for module in row] for row in segno.make_qr(text, error="L").matrix]
    size = len(code)
    assert [row[4:-4] for row in modules[4 : 4 + size]] == code
    assert {len(row) for row in modules} == {size + 8}
    around = [*modules[:4], *modules[4 + size :], *(row[:4] + row[-4:] for row in modules)]
    assert not any(map(any, around))
    assert len(modules) - size >= 8


def test_the_picture_fits_a_terminal() -> None:
    lines = qr_lines(pairing_url(CODE, URL))
    assert len(lines) <= 20
    assert max(map(len, lines)) <= 40


def test_the_picture_holds_the_address_and_the_code_where_no_server_sees_it() -> None:
    assert pairing_url(CODE, URL) == "http://192.168.178.31:8765/#pair=ABCD2345"


def test_the_notice_tells_where_the_code_and_that_nothing_is_encrypted() -> None:
    notice = pairing_notice(CODE, [URL, "http://mirror.local:8765/"], TEXTS)
    told = " ".join(notice.lines)
    assert all(part in told for part in (URL, "http://mirror.local:8765/", CODE, "10 minutes", "is not encrypted"))
    assert notice.picture == qr_lines(pairing_url(CODE, URL))
    assert "picture" in notice.caption
    assert "picture" not in told, "there may be no room for it"


def test_with_a_certificate_nothing_is_said_of_encryption() -> None:
    assert "encrypted" not in " ".join(pairing_notice(CODE, ["https://mirror.example:8765/"], TEXTS).lines)


def test_without_a_network_the_notice_says_so_and_draws_nothing() -> None:
    notice = pairing_notice(CODE, [], TEXTS)
    assert "in no network" in notice.lines[0]
    assert notice.picture == ()


def test_this_machine_is_found_at_each_of_its_own_addresses() -> None:
    with socket.create_server(("0.0.0.0", 0)) as server:  # noqa: S104 - to be reached at each address
        for address in own_addresses():
            assert not ip_address(address).is_loopback
            with socket.create_connection((address, server.getsockname()[1]), timeout=patient(10)):
                pass


@pytest.mark.parametrize(
    ("routed", "of_cards", "found"),
    [
        ("192.168.1.5", ["10.0.0.2", "192.168.1.5"], ["192.168.1.5", "10.0.0.2"]),
        ("10.8.0.2", ["192.168.1.5"], ["192.168.1.5", "10.8.0.2"]),
        ("172.17.0.2", [], ["172.17.0.2"]),
        ("", ["192.168.1.5", ""], ["192.168.1.5"]),
        ("127.0.0.1", [], []),
        ("", [], []),
    ],
    ids=["the card that leads out", "a tunnel", "a container", "no way out", "loopback", "no network"],
)
def test_the_address_that_a_tablet_reaches_comes_first(routed: str, of_cards: list[str], found: list[str]) -> None:
    assert likeliest_first(routed, of_cards) == found


def test_an_address_is_told_as_a_browser_takes_it() -> None:
    for plain, encrypted in zip(own_urls(8765), own_urls(8765, is_encrypted=True), strict=True):
        assert plain.startswith("http://")
        assert encrypted == plain.replace("http:", "https:")
        assert plain.endswith(":8765/")
