"""What the running coach listens on, as the system tells it: nothing, this machine, or the network as well."""

from __future__ import annotations

import socket
import struct
from contextlib import suppress
from ipaddress import IPv4Address, IPv6Address, ip_address
from pathlib import Path
from typing import TYPE_CHECKING

from benches.common.process_tree import family
from tests.patience import patient
from voice_coach.rehearsal.coach_process import CoachProcess

if TYPE_CHECKING:
    from collections.abc import Iterator

    from voice_coach.rehearsal.virtual_card import VirtualCard

    Place = tuple[IPv4Address | IPv6Address, int]

READY_SECONDS = patient(60.0)
_LISTENS = "0A"
"""State of a TCP socket, as proc(5) has it."""


def test_without_the_page_nothing_listens(card: VirtualCard, tmp_path: Path) -> None:
    assert listening(card, tmp_path) == set()


def test_the_page_can_be_reached_from_this_machine_only(card: VirtualCard, tmp_path: Path) -> None:
    port = free_port()
    places = listening(card, tmp_path, "--page", str(port))
    assert (ip_address("127.0.0.1"), port) in places
    assert all(address.is_loopback for address, _ in places)
    assert {port_there for _, port_there in places} == {port}


def test_the_network_reaches_it_only_when_the_person_wants_that(card: VirtualCard, tmp_path: Path) -> None:
    port = free_port()
    places = listening(card, tmp_path, "--page-lan", "--page", str(port))
    assert (ip_address("0.0.0.0"), port) in places  # noqa: S104 - read, not bound
    assert {port_there for _, port_there in places} == {port}


def listening(card: VirtualCard, folder: Path, *arguments: str) -> set[Place]:
    """Addresses and ports at which the coach can be reached when all of it is at work."""
    own = {f"XDG_{kind}_HOME": str(folder) for kind in ("CONFIG", "DATA", "STATE")}
    with CoachProcess([*arguments, "--daytime"], {**card.environment, **own}, folder / "log", lambda _: None) as coach:
        assert coach.wait_until(lambda state: state.is_listening, READY_SECONDS), coach.complaint()
        mine = sockets_of(family(coach.pid))
        return {place for inode, place in reachable() if inode in mine}


def sockets_of(processes: list[int]) -> set[str]:
    """Numbers of all sockets that some processes hold."""
    found = set()
    for process in processes:
        for file in Path(f"/proc/{process}/fd").iterdir():
            with suppress(OSError):
                target = str(file.readlink())
                if target.startswith("socket:["):
                    found.add(target.removeprefix("socket:[").removesuffix("]"))
    return found


def reachable() -> Iterator[tuple[str, Place]]:
    """All sockets of this machine that something from elsewhere can come in at: numbers and places."""
    for kind in ("tcp", "tcp6", "udp", "udp6", "raw", "raw6"):
        with suppress(FileNotFoundError):  # without IPv6
            for line in Path(f"/proc/net/{kind}").read_text().splitlines()[1:]:
                _, place, _, state, *rest = line.split()
                if state == _LISTENS or not kind.startswith("tcp"):
                    yield rest[5], parsed(place)


def parsed(place: str) -> Place:
    """An address, in words of 32 bits as this machine writes them, and a port."""
    digits, port = place.split(":")
    words = [int(digits[start : start + 8], 16) for start in range(0, len(digits), 8)]
    return ip_address(struct.pack(f"={len(words)}I", *words)), int(port, 16)


def free_port() -> int:
    """One that nobody has at the moment."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
        return port
