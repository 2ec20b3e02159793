"""What a person is shown to pair a device: where to go, the code, and a picture of both for a camera."""

from __future__ import annotations

from itertools import zip_longest
from typing import TYPE_CHECKING

from voice_coach.face.base import Notice
from voice_coach.mirror.codes import LIFE_SECONDS

if TYPE_CHECKING:
    from collections.abc import Sequence

_QUIET = 4
"""Modules of white around it, as ISO/IEC 18004 wants it."""
_HALVES = {(True, True): " ", (True, False): "▄", (False, True): "▀", (False, False): "█"}
"""By whether the upper and the lower module are dark: what is light is drawn, for most terminals are dark."""
_NO_NETWORK = "This machine is in no network now: connect it, then `voice-coach page pair` shows where it is found."
_UNENCRYPTED = (
    "What is sent is not encrypted: whoever is in this network can read it, and take the device's key from it. "
    "With a certificate of your own it is: see docs/mirror.md."
)


def pairing_notice(code: str, urls: Sequence[str]) -> Notice:
    """Tell where to go and what to type there.

    Args:
        code: as it is shown.
        urls: where the mirror is found, the best first, each ending in "/"; without any there is no picture.
    """
    typed = f"The code is {code}. It works once, within {LIFE_SECONDS / 60:.0f} minutes."
    if not urls:
        return Notice((_NO_NETWORK, typed), ())
    first, *others = urls
    where = f"On the phone or tablet, in the same network: open {first} or point the camera at the picture."
    elsewhere = [f"It may be found at {' and '.join(others)} as well."] if others else []
    risk = [] if first.startswith("https:") else [_UNENCRYPTED]
    return Notice((where, typed, *elsewhere, *risk), qr_lines(pairing_url(code, first)))


def pairing_url(code: str, url: str) -> str:
    """The page's address with the code in its fragment, which a browser sends to nobody."""
    return f"{url}#pair={code.replace('-', '')}"


def qr_lines(text: str) -> tuple[str, ...]:
    """A QR code in half blocks, two modules a character, with its quiet zone: best drawn white on black."""
    import segno  # noqa: PLC0415 - only who pairs a device pays for it

    modules = segno.make_qr(text, error="L").matrix_iter(border=_QUIET)
    rows = [[bool(module) for module in row] for row in modules]
    light = [False] * len(rows[0])
    pairs = zip_longest(rows[::2], rows[1::2], fillvalue=light)
    return tuple("".join(_HALVES[halves] for halves in zip(upper, lower, strict=True)) for upper, lower in pairs)
