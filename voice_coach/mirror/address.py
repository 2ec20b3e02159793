"""Where the mirror is to be found."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from voice_coach.errors import FaceError

if TYPE_CHECKING:
    from voice_coach.memory.settings import Settings


@dataclass(frozen=True, slots=True)
class Address:
    """Port and reach of the mirror."""

    port: int
    """0 for any that is free."""
    is_on_lan: bool = False
    """False: only this machine can reach it. True: every device in the home network can."""
    certificate: Path | None = None
    """PEM file; with the key, the mirror is encrypted. Both or none."""
    key: Path | None = None
    proxy: str | None = None
    """The IP address that a reverse proxy connects from; None for no proxy."""

    @property
    def scheme(self) -> str:
        """Of its web addresses."""
        return "https" if self.certificate else "http"


def address_of(settings: Settings) -> Address | None:
    """Where the settings want it; None when they want none.

    Raises:
        FaceError: there is a key without a certificate.
    """
    if settings.page_port is None:
        return None
    if settings.page_key and not settings.page_certificate:
        message = "page_key has no certificate to it: name that with --page-certificate FILE, or leave the key out too."
        raise FaceError(message)
    certificate = _path(settings.page_certificate)
    key = _path(settings.page_key) or certificate
    return Address(settings.page_port, settings.page_lan, certificate, key, settings.page_proxy)


def _path(text: str | None) -> Path | None:
    return None if text is None else Path(text).expanduser()


def is_this_machine(host: str) -> bool:
    """Whether an IP address is a loopback one, whatever way it is written."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return (mapped or address).is_loopback
