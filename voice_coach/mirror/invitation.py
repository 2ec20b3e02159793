"""How a person opens the mirror on a phone: web addresses, code and QR code.

A terminal shows them as a notice; a coach that runs as a service shows them on its own screen, the first time.
"""

from __future__ import annotations

import fcntl
import logging
import socket
import struct
import threading
from contextlib import suppress
from dataclasses import dataclass
from ipaddress import ip_address
from itertools import zip_longest
from pathlib import Path
from typing import TYPE_CHECKING

from voice_coach import clock
from voice_coach.errors import FaceError
from voice_coach.face.base import Notice
from voice_coach.mirror.paired_devices import LIFE_SECONDS

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from voice_coach.language.wording import Sentences
    from voice_coach.mirror.pairing import Pairing


_ELSEWHERE = ("192.0.2.1", 9)
"""An address and port outside this network, to ask for a route; reserved for documentation (RFC 5737)."""
_CARDS = Path("/sys/class/net")
"""The folder in which Linux lists network cards."""
_GET_ADDRESS = 0x8915
"""The number of the ioctl SIOCGIFADDR, which returns the address of a network card (netdevice(7))."""
_REQUEST = "16s24x"
"""The format of its request, struct ifreq: the name of the card, and space for the answer."""
_ADDRESS_AT = slice(20, 24)
"""The bytes of the answer that hold the IPv4 address, after the name, the family and the port."""
_RESPONDER = Path("/run/avahi-daemon/socket")
"""A socket that exists if this machine can be reached as NAME.local."""


def own_addresses() -> list[str]:
    """Return the IPv4 addresses of this machine, the most likely to be reachable first; empty without a network."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one:
        return likeliest_first(_towards_elsewhere(one), [_of_card(one, name) for name in _real_cards()])


def likeliest_first(routed: str, of_cards: list[str]) -> list[str]:
    """Order addresses by how likely a tablet in the same home can reach them.

    Args:
        routed: the address of this machine on its route to the internet, which may be that of a tunnel; empty for none.
        of_cards: the addresses of the network cards.
    """
    found = [routed, *of_cards] if routed in of_cards else [*of_cards, routed]
    return list(dict.fromkeys(address for address in found if address and not ip_address(address).is_loopback))


def own_urls(port: int, *, is_encrypted: bool = False) -> list[str]:
    """Return the web addresses of the mirror in the network: those by number first, then the one by name, if any."""
    scheme, own_name = "https" if is_encrypted else "http", socket.gethostname().partition(".")[0]
    names = [f"{own_name}.local"] if _RESPONDER.exists() and own_name else []
    addresses = own_addresses()
    return [f"{scheme}://{host}:{port}/" for host in (addresses + names if addresses else [])]


def _towards_elsewhere(one: socket.socket) -> str:
    """Return the address that the system would send from; connecting a datagram socket sends nothing (udp(7))."""
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
    """Return the names of the physical network cards; no tablet is reached through tunnels and container bridges."""
    with suppress(OSError):
        return sorted(card.name for card in _CARDS.iterdir() if (card / "device").exists())
    return []


_QUIET = 4
"""Modules (squares) of white margin around a QR code, as ISO/IEC 18004 demands."""
_HALVES = {(True, True): " ", (True, False): "▄", (False, True): "▀", (False, False): "█"}
"""Characters by whether the upper and the lower module are dark. Light modules are drawn, as most terminals are
dark."""


def pairing_notice(code: str, urls: Sequence[str], texts: Sentences) -> Notice:
    """Return a notice with the address to open on the phone, the code to type there, and a QR code with both.

    Args:
        code: the code as it is shown, such as "ABCD-2345".
        urls: the web addresses of the mirror, the best first, each ending in "/"; without any there is no QR code.
        texts: the texts of the terminal.
    """
    typed = texts.say("notice.code", code=code, minutes=f"{LIFE_SECONDS / 60:.0f}")
    if not urls:
        return Notice((texts.say("notice.no_network"), typed))
    first, *others = urls
    where = texts.say("notice.pair", url=first)
    elsewhere = [texts.say("notice.elsewhere", urls=" ".join(others))] if others else []
    risk = [] if first.startswith("https:") else [texts.say("notice.unencrypted")]
    picture = qr_lines(pairing_url(code, first))
    return Notice((where, typed, *elsewhere, *risk), picture, texts.say("notice.camera"))


def pairing_url(code: str, url: str) -> str:
    """Return the page's address with the code in its fragment, which browsers do not send to servers."""
    return f"{url}#pair={code.replace('-', '')}"


def qr_rows(text: str) -> list[list[bool]]:
    """Return the modules of a QR code, row by row, with its margin; whether each is dark."""
    import segno  # noqa: PLC0415 - only who pairs a device pays for it

    modules = segno.make_qr(text, error="L").matrix_iter(border=_QUIET)
    return [[bool(module) for module in row] for row in modules]


def qr_lines(text: str) -> tuple[str, ...]:
    """Return a QR code as lines of half blocks, two modules a character, with its margin; draw it white on black."""
    rows = qr_rows(text)
    light = [False] * len(rows[0])
    pairs = zip_longest(rows[::2], rows[1::2], fillvalue=light)
    return tuple("".join(_HALVES[halves] for halves in zip(upper, lower, strict=True)) for upper, lower in pairs)


@dataclass(frozen=True, slots=True)
class Invitation:
    """All that a phone needs to be paired: the page's address to type, the code, and a QR code with both."""

    url: str
    code: str
    picture: tuple[str, ...]
    """The modules of the QR code, a text for each row: "1" for a dark module, "0" for a light one."""


RENEWED_SECONDS = LIFE_SECONDS / 2
"""Seconds after which an invitation has another code, so that whoever reads it has as long to use it."""

_log = logging.getLogger(__name__)


class Inviter:
    """Invites the first device of a home. Safe to call from any thread; `invitation` may take 50 ms.

    Args:
        pairing: makes the codes, and knows whether a device is paired.
        urls: returns the web addresses of the mirror in the network, as `own_urls` does; none where nobody else can
            come to it.
        now: returns the time in seconds of the coach's clock.
    """

    def __init__(
        self, pairing: Pairing, urls: Callable[[], Sequence[str]], now: Callable[[], float] = clock.now
    ) -> None:
        self._pairing = pairing
        self._urls = urls
        self._now = now
        self._lock = threading.Lock()
        self._code = ""
        self._renewed_at = 0.0

    def invitation(self) -> Invitation | None:
        """Return the present invitation; None when a device is paired, or none can be, as without a network."""
        urls = self._urls()
        with self._lock:
            if not urls or self._pairing.has_devices():
                self._code = ""
                return None
            if not self._code or self._now() >= self._renewed_at:
                self._renew()
        if not self._code:
            return None
        rows = qr_rows(pairing_url(self._code, urls[0]))
        drawn = tuple("".join("1" if is_dark else "0" for is_dark in row) for row in rows)
        return Invitation(urls[-1], self._code, drawn)  # the last one is the name, which is typed more easily

    def _renew(self) -> None:
        try:
            self._code = self._pairing.new_code()
        except FaceError as error:  # a disk that refuses: no phone can be paired then
            self._code = ""
            _log.warning("nobody can be invited: %s", error)
        self._renewed_at = self._now() + RENEWED_SECONDS
