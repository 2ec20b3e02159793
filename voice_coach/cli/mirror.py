"""Builds the mirror that the settings ask for, and what the terminal tells of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from voice_coach.cli.options import setting
from voice_coach.errors import FaceError
from voice_coach.face.base import NO_NOTICE, Notice
from voice_coach.memory.settings import PAGE_PORT

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from voice_coach.language.pack import LanguagePack
    from voice_coach.memory.settings import Settings
    from voice_coach.mirror.address import Address
    from voice_coach.mirror.face import MirrorFace
    from voice_coach.mirror.pairing import Pairing

    Decorated = Callable[..., Any]


def page_options(command: Decorated) -> Decorated:
    """`--page`, `--page-lan`, `--page-certificate`, `--page-key` and `--page-proxy`."""
    for option in (
        setting("page_proxy", "--page-proxy", "ADDRESS", "A reverse proxy connects to the page from this IP address."),
        setting("page_key", "--page-key", "FILE", "Its private key, if that is not in the certificate's file."),
        setting("page_certificate", "--page-certificate", "FILE", "Encrypt the page with this certificate (PEM)."),
        click.option(
            "--page-lan", is_flag=True, default=None, help="Show the page on the home network too, to paired devices."
        ),
        setting(
            "page",
            "--page",
            "[PORT]",
            f"Show a live page at this port, {PAGE_PORT} if none is given; only this machine can see it.",
            alone=PAGE_PORT,
        ),
    ):
        command = option(command)
    return command


def open_mirror(settings: Settings, pack: LanguagePack, *, is_attended: bool) -> tuple[MirrorFace, Notice] | None:
    """The mirror, not yet started, and how to come to it; None when the settings ask for none.

    Args:
        settings: the person's.
        pack: of their language.
        is_attended: whether somebody reads the terminal: else no code is made, and what is not there is waited for.

    Raises:
        FaceError: there is a key without a certificate.
    """
    from voice_coach.mirror.address import address_of

    address = address_of(settings)
    if address is None:  # who wants no mirror pays for none
        return None
    from voice_coach.mirror.devices_file import DevicesFile
    from voice_coach.mirror.face import MirrorFace
    from voice_coach.mirror.pairing import Pairing
    from voice_coach.mirror.texts import load_texts

    pairing = Pairing(DevicesFile())
    texts = load_texts(pack)
    face = MirrorFace(address, texts, pack.wording, pairing, is_patient=not is_attended)
    return face, _notice(address, pairing) if is_attended else NO_NOTICE


def _notice(address: Address, pairing: Pairing) -> Notice:
    """How to come to the mirror: on this machine, or with a device that is to be paired."""
    from voice_coach.mirror.networks import own_urls
    from voice_coach.mirror.qr import pairing_notice

    if not address.is_on_lan:
        own = "[::1]" if address.proxy == "127.0.0.1" else "127.0.0.1"  # what a proxy hands on is not this machine's
        return Notice((f"The page is at {address.scheme}://{own}:{address.port}/",))
    try:
        code = pairing.new_code()
    except FaceError as error:  # those that are paired can see it nevertheless
        return Notice((str(error),))
    return pairing_notice(code, own_urls(address.port, is_encrypted=address.certificate is not None))
