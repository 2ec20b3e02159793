"""Who has a seat when there are too many, by what is known of each: pure counting, of sockets that nobody serves."""

from __future__ import annotations

import itertools
import socket
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from voice_coach.mirror.client_auth import Client, ErrorResponse
from voice_coach.mirror.limits import ConnectionLimit, LimitedSocket, Limits
from voice_coach.mirror.listeners import is_this_machine

if TYPE_CHECKING:
    from collections.abc import Iterator

LIMITS = replace(
    Limits(), connections=12, connections_kept=4, connections_of_strangers=4, connections_per_address=3, refusals=4
)
HERE = "127.0.0.1"
PHONE = "192.168.0.7"


class Room:
    """A connection limit, and the clients that connect to it."""

    def __init__(self) -> None:
        self.now = 0.0
        self.clients = ConnectionLimit(LIMITS, is_this_machine, clock=lambda: self.now)
        self._ports = itertools.count(40_000)
        self.ends: dict[tuple[str, int], tuple[socket.socket, socket.socket]] = {}

    def come(self, address: str, *, is_served: bool = True) -> tuple[str, int] | None:
        """Come from an address; None when sent away at once.

        Args:
            address: it comes from there.
            is_served: whether the server has had the time to close what was ended.
        """
        for peer in [one for one in self.ends if is_served and not self.is_in(one)]:
            self.leave(peer)
        peer = (address, next(self._ports))
        self.ends[peer] = socket.socketpair()
        return peer if self.clients.takes(self.ends[peer][0], peer) else None

    def is_in(self, peer: tuple[str, int]) -> bool:
        """Whether nobody has ended a connection yet."""
        if peer not in self.ends:
            return False
        try:
            self.ends[peer][1].recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT)
        except BlockingIOError:
            return True
        return False

    def show_key(self, peer: tuple[str, int], address: str = "", *, is_valid: bool = True) -> None:
        """Ask, with a key."""
        self.clients.settle(peer, Client(address or peer[0], is_here=False, token=""), is_paired=is_valid)

    def leave(self, peer: tuple[str, int]) -> None:
        """End both sides."""
        for end in self.ends.pop(peer):
            end.close()


@pytest.fixture
def room() -> Iterator[Room]:
    """An empty one."""
    room = Room()
    yield room
    for peer in [*room.ends]:
        room.leave(peer)


def stranger(number: int) -> str:
    """An address of IPv4; each counts for itself."""
    return f"10.0.0.{number}"


def test_a_stranger_too_many_takes_the_seat_of_the_one_that_came_first(room: Room) -> None:
    came = [room.come(stranger(number)) for number in range(6)]
    assert [room.is_in(peer) for peer in came if peer] == [False, False, True, True, True, True]


def test_who_has_the_most_connections_gives_one_up(room: Room) -> None:
    lone, *pushing = [room.come(one) for one in (stranger(1), stranger(2), stranger(2), stranger(2))]
    late = room.come(stranger(3))
    assert lone
    assert late
    assert room.is_in(lone)
    assert [room.is_in(peer) for peer in pushing if peer] == [False, True, True]


def test_sixty_addresses_of_one_network_have_the_seats_of_one(room: Room) -> None:
    came = [room.come(f"2001:db8::{number:x}") for number in range(60)]
    assert sum(room.is_in(peer) for peer in came if peer) == LIMITS.connections_per_address


def test_strangers_never_put_out_who_has_shown_a_key_nor_this_machine(room: Room) -> None:
    phone, here = room.come(PHONE), room.come(HERE)
    assert phone
    assert here
    room.show_key(phone)
    for number in range(100):
        room.come(stranger(number))
    assert room.is_in(phone)
    assert room.is_in(here)
    again = room.come(PHONE)
    assert again
    for number in range(100):
        room.come(stranger(number))
    assert room.is_in(again), "where a paired device was seen, it is known before it has asked again"


def test_a_wrong_key_keeps_no_seat(room: Room) -> None:
    liar = room.come(stranger(99))
    assert liar
    room.show_key(liar, is_valid=False)
    for number in range(LIMITS.connections_of_strangers):
        room.come(stranger(number))
    assert not room.is_in(liar)


def test_an_address_is_forgotten_in_time(room: Room) -> None:
    phone = room.come(PHONE)
    assert phone
    room.show_key(phone)
    room.leave(phone)
    room.now = 4000.0
    late = room.come(PHONE)
    assert late
    for number in range(LIMITS.connections_of_strangers):
        room.come(stranger(number))
    assert not room.is_in(late)


def test_all_others_together_leave_this_machine_its_seats(room: Room) -> None:
    for number in range(60):
        peer = room.come(f"192.168.0.{number}")
        if peer:
            room.show_key(peer)
        room.come(stranger(number))
    seats = [room.come(HERE) for _ in range(LIMITS.connections_kept // 2 + LIMITS.refusals)]
    assert all(seats)


def test_there_are_never_more_files_than_seats_and_those_that_are_sent_away(room: Room) -> None:
    addresses = [one for number in range(60) for one in (HERE, stranger(number), f"2001:db8::{number:x}")]
    came = [room.come(address, is_served=False) for address in addresses]
    assert sum(peer is not None for peer in came) == LIMITS.connections + LIMITS.refusals


def test_who_had_to_go_takes_a_seat_of_this_machine_s_only_for_a_moment(room: Room) -> None:
    for number in range(60):
        room.come(stranger(number), is_served=False)
    seats = [room.come(HERE, is_served=False) for _ in range(LIMITS.connections_kept // 2 + LIMITS.refusals)]
    assert all(seats)


def test_in_a_rush_of_strangers_none_is_refused_for_those_that_the_server_has_had_no_time_to_close() -> None:
    many = 2 * Limits().connections
    with LimitedSocket(socket.AF_INET, ConnectionLimit(Limits(), lambda _address: False)) as listening:
        listening.bind((HERE, 0))
        listening.listen(many)
        listening.settimeout(0)
        ends = [socket.create_connection(listening.getsockname()) for _ in range(many)]
        accepted: list[socket.socket] = []
        for _ in range(2 * many):
            try:
                accepted.append(listening.accept()[0])
            except BlockingIOError:  # now the server does something else
                for ended in accepted[: -Limits().connections_per_address]:
                    ended.close()
    for end in ends + accepted:
        end.close()
    assert len(accepted) == many


def test_one_paired_device_cannot_have_all_seats_of_the_household(room: Room) -> None:
    for _ in range(LIMITS.connections_per_address):
        peer = room.come(PHONE)
        assert peer
        room.show_key(peer)
    assert room.come(PHONE) is None
    assert room.come("192.168.0.8")


def test_behind_the_proxy_strangers_count_as_strangers_and_not_as_this_machine(room: Room) -> None:
    came = []
    for number in range(20):
        peer = room.come(HERE)
        assert peer
        room.show_key(peer, stranger(number), is_valid=False)
        came.append(peer)
    assert sum(map(room.is_in, came)) == LIMITS.connections_of_strangers


def test_a_connection_of_the_proxy_counts_as_that_of_who_asks_now(room: Room) -> None:
    shared = room.come(HERE)
    assert shared
    room.show_key(shared, PHONE)
    room.show_key(shared, stranger(99), is_valid=False)
    for number in range(LIMITS.connections_of_strangers):
        room.come(stranger(number))
    assert not room.is_in(shared)


def test_who_had_to_go_in_the_moment_of_asking_has_no_seat(room: Room) -> None:
    first = room.come(stranger(0))
    assert first
    for number in range(1, 1 + LIMITS.connections_of_strangers):
        room.come(stranger(number))
    with pytest.raises(ErrorResponse) as refused:
        room.show_key(first)
    assert refused.value.status == 503
