"""Where the mirror is to be found."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


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


def is_this_machine(host: str) -> bool:
    """Whether an IP address is a loopback one, whatever way it is written."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return (mapped or address).is_loopback
