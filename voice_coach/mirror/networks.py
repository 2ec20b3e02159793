"""Where other machines of the home network find this one. Nothing is sent to find it out."""

from __future__ import annotations

import fcntl
import socket
import struct
from contextlib import suppress
from ipaddress import ip_address
from pathlib import Path

_ELSEWHERE = ("192.0.2.1", 9)
"""An address for documentation (RFC 5737): it stands for all that is not in this network."""
_CARDS = Path("/sys/class/net")
_GET_ADDRESS = 0x8915
"""SIOCGIFADDR of netdevice(7)."""
_REQUEST = "16s24x"
_ADDRESS_AT = slice(20, 24)
"""Of an IPv4 address in the answer: behind the name, the family and the port."""
_RESPONDER = Path("/run/avahi-daemon/socket")
"""Is there where this machine answers to NAME.local."""


def own_addresses() -> list[str]:
    """This machine's IPv4 addresses, the likeliest first; empty without a network."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one:
        return likeliest_first(_towards_elsewhere(one), [_of_card(one, name) for name in _real_cards()])


def likeliest_first(routed: str, of_cards: list[str]) -> list[str]:
    """Order addresses by how likely a tablet in the same home reaches them.

    Args:
        routed: the address that leads out of the network; it may be that of a tunnel, to another network.
        of_cards: those of network cards.
    """
    found = [routed, *of_cards] if routed in of_cards else [*of_cards, routed]
    return list(dict.fromkeys(address for address in found if address and not ip_address(address).is_loopback))


def own_urls(port: int, *, is_encrypted: bool = False) -> list[str]:
    """Where a browser of the network finds the mirror: by address, then by name where names can be had."""
    scheme, own_name = "https" if is_encrypted else "http", socket.gethostname().partition(".")[0]
    names = [f"{own_name}.local"] if _RESPONDER.exists() and own_name else []
    addresses = own_addresses()
    return [f"{scheme}://{host}:{port}/" for host in (addresses + names if addresses else [])]


def _towards_elsewhere(one: socket.socket) -> str:
    """Ask which address the system would send from; to connect a datagram socket sends nothing (udp(7))."""
    with suppress(OSError):
        one.connect(_ELSEWHERE)
        return str(one.getsockname()[0])
    return ""


def _of_card(one: socket.socket, name: str) -> str:
    with suppress(OSError):
        answer = fcntl.ioctl(one, _GET_ADDRESS, struct.pack(_REQUEST, name.encode()))
        return socket.inet_ntoa(answer[_ADDRESS_AT])
    return ""


def _real_cards() -> list[str]:
    """The network cards that are hardware; bridges of containers and tunnels lead to no tablet."""
    with suppress(OSError):
        return sorted(card.name for card in _CARDS.iterdir() if (card / "device").exists())
    return []
