"""The names and addresses by which the mirror may be asked for."""

from __future__ import annotations

import ipaddress
import re
import socket
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from starlette.types import Scope

_HOST = re.compile(r"(?P<name>\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9.-]+)(?::(?P<port>[0-9]{1,5}))?")
_LOOPBACK = {"localhost", "127.0.0.1", "[::1]"}
_USUAL_PORTS = {"http": 80, "https": 443}


def is_host_of(host: str, scope: Scope) -> bool:
    """Whether a Host header names the place that the connection came to.

    Args:
        host: the header.
        scope: of the request, as ASGI has it.
    """
    match = _HOST.fullmatch(host)
    if match is None:
        return False
    address, port = scope["server"]
    asked_port = int(match["port"]) if match["port"] else _USUAL_PORTS[scope["scheme"]]
    name = match["name"].lower()
    return asked_port == port and (name in _LOOPBACK | _own_names() or _is_address(name, address))


def _own_names() -> set[str]:
    """This machine's, also as it is called in the home network."""
    name = socket.gethostname().lower()
    return {name, f"{name.partition('.')[0]}.local"}


def _is_address(name: str, address: str) -> bool:
    try:
        asked = ipaddress.ip_address(name.strip("[]"))
        own = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    return asked == own
