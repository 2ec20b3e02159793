"""Where a request comes from, as far as anybody can know."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from voice_coach.mirror.client_auth import Caller, Callers, ErrorResponse, network_of, plain
from voice_coach.mirror.listeners import is_this_machine

if TYPE_CHECKING:
    from collections.abc import Sequence

PROXY = "127.0.0.1"
OF_PROXIES = (
    "Forwarded", "Via", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Forwarded-Server", "X-Forwarded",
    "X-Real-IP", "CF-Connecting-IP",
)  # fmt: skip


def scope(address: str, *headers: tuple[str, str]) -> dict[str, Any]:
    """A request, as ASGI has it."""
    return {
        "client": (address, 40_000),
        "headers": [(name.lower().encode(), value.encode()) for name, value in headers],
    }


@pytest.mark.parametrize(
    ("addresses", "networks"),
    [
        (["192.168.0.7", "::ffff:192.168.0.7", "::ffff:c0a8:7"], 1),
        (["192.168.0.7", "192.168.0.8"], 2),
        (["::ffff:10.0.0.1", "::ffff:10.0.0.2"], 2),
        ([f"2001:db8:1:2::{host:x}" for host in range(60)], 1),
        (["2001:db8:1:2:ffff:ffff:ffff:ffff", "2001:db8:1:2::"], 1),
        (["2001:db8:1:2::1", "2001:db8:1:3::1"], 2),
        (["fe80::1%eth0", "fe80::2%eth0", "fe80::3"], 1),
        (["", "unknown"], 2),
    ],
)
def test_a_host_with_many_addresses_counts_as_one(addresses: Sequence[str], networks: int) -> None:
    assert len({network_of(address) for address in addresses}) == networks


def test_an_address_is_the_same_however_it_is_written() -> None:
    assert {plain(one) for one in ("::ffff:10.0.0.1", "10.0.0.1")} == {"10.0.0.1"}
    assert {plain(one) for one in ("2001:DB8:0::1", "2001:db8::1", "2001:db8::1%eth0")} == {"2001:db8::1"}


@pytest.mark.parametrize("header", OF_PROXIES)
@pytest.mark.parametrize("address", ["127.0.0.1", "127.0.0.9", "::1", "::ffff:127.0.0.1"])
def test_what_came_through_a_proxy_that_nobody_named_is_refused(header: str, address: str) -> None:
    with pytest.raises(ErrorResponse, match="--page-proxy") as refused:
        Callers(is_this_machine).of(scope(address, (header, "127.0.0.1")))
    assert refused.value.status == 403


def test_what_bears_nothing_of_a_proxy_comes_from_who_is_connected() -> None:
    headers = [("Host", "127.0.0.1:8765"), ("X-Requested-With", "curl"), ("X-For", "203.0.113.9")]
    assert Callers(is_this_machine).of(scope("::1", *headers)) == Caller("::1", is_here=True)
    assert Callers(is_this_machine).of(scope("10.0.0.1", *headers)) == Caller("10.0.0.1", is_here=False)


def test_in_the_network_a_header_makes_nobody_somebody_else() -> None:
    forged = scope("192.168.0.7", ("X-Forwarded-For", "127.0.0.1"))
    for callers in (Callers(is_this_machine), Callers(is_this_machine, PROXY)):
        assert callers.of(forged) == Caller("192.168.0.7", is_here=False)


@pytest.mark.parametrize(
    ("headers", "client"),
    [
        ([("X-Forwarded-For", "203.0.113.9")], "203.0.113.9"),
        ([("X-Forwarded-For", "10.9.9.9, 203.0.113.9")], "203.0.113.9"),
        ([("X-Forwarded-For", "10.9.9.9"), ("X-Forwarded-For", "203.0.113.9")], "203.0.113.9"),
        ([("X-Forwarded-For", "203.0.113.9, 127.0.0.1")], "203.0.113.9"),
        ([("X-Forwarded-For", "203.0.113.9:4711")], "203.0.113.9"),
        ([("X-Forwarded-For", "[2001:db8::1]:4711")], "2001:db8::1"),
        ([("X-Forwarded-For", "2001:db8::1")], "2001:db8::1"),
        ([("X-Forwarded-For", "::ffff:203.0.113.9")], "203.0.113.9"),
        ([("Forwarded", 'for=10.9.9.9, for="[2001:db8::1]:4711";proto=https')], "2001:db8::1"),
        ([("Forwarded", "proto=https;For=203.0.113.9")], "203.0.113.9"),
        ([("Forwarded", "for=10.9.9.9"), ("X-Forwarded-For", "203.0.113.9")], "203.0.113.9"),
        ([("X-Real-IP", "203.0.113.9")], "203.0.113.9"),
        ([("X-Forwarded-For", "unknown")], ""),
        ([("X-Forwarded-For", "203.0.113.9, unknown")], ""),
        ([("Forwarded", "for=_hidden")], ""),
        ([("X-Forwarded-For", ",,,")], ""),
        ([("X-Forwarded-For", "127.0.0.1")], ""),
        ([("X-Forwarded-For", "::1")], "::1"),
        ([("Via", "1.1 somewhere")], ""),
        ([], ""),
    ],
)
def test_behind_the_proxy_the_client_is_who_it_says_and_never_this_machine(
    headers: Sequence[tuple[str, str]], client: str
) -> None:
    callers = Callers(is_this_machine, "::ffff:127.0.0.1")
    assert callers.of(scope(PROXY, *headers)) == Caller(client, is_here=False, is_proxied=True)


def test_beside_the_proxy_this_machine_is_still_this_machine() -> None:
    callers = Callers(is_this_machine, "127.0.0.2")
    assert callers.of(scope("127.0.0.1")).is_here
    assert callers.of(scope("::1")).is_here
    assert not callers.of(scope("127.0.0.2")).is_here
    with pytest.raises(ErrorResponse):
        callers.of(scope("127.0.0.1", ("X-Forwarded-For", "203.0.113.9")))
