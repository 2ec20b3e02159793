"""The address at which the mirror listens, its certificate and its listening sockets."""

from __future__ import annotations

import errno
import ipaddress
import logging
import socket
import ssl
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from voice_coach.errors import FaceError
from voice_coach.mirror.limits import LimitedSocket
from voice_coach.personal_file import read_bytes

if TYPE_CHECKING:
    from voice_coach.memory.settings import Settings
    from voice_coach.mirror.limits import ConnectionLimit


@dataclass(frozen=True, slots=True)
class Address:
    """The address of the mirror: its port, who can reach it, its certificate and its proxy."""

    port: int
    """The TCP port; 0 for any free one."""
    is_on_lan: bool = False
    """Whether every device in the home network can reach it; otherwise only this machine can."""
    certificate: Path | None = None
    """The certificate, a PEM file. With a certificate and a key the mirror is encrypted; one without the other is an
    error."""
    key: Path | None = None
    """The private key of the certificate, a PEM file."""
    proxy: str | None = None
    """The IP address that a reverse proxy connects from; None for no proxy."""

    @property
    def scheme(self) -> str:
        """The scheme of its web addresses: https with a certificate, else http."""
        return "https" if self.certificate else "http"


def address_of(settings: Settings) -> Address | None:
    """Return the address of the mirror by the settings; None when they want no mirror.

    Raises:
        FaceError: the settings have a key without a certificate.
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
    """Return whether an IP address is a loopback address; an IPv4 one may be written as IPv6."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return (mapped or address).is_loopback


_MOST_BYTES = 1_000_000
"""Bytes that a file of a certificate or key may have. A certificate takes about 2 kB, and a chain has a few."""


def encryption_of(address: Address) -> ssl.SSLContext | None:
    """Return the TLS context of the mirror; None when it is not encrypted.

    Raises:
        FaceError: the certificate or the key is missing, or cannot be used.
    """
    if address.certificate and address.key:
        return read_certificate(address.certificate, address.key)
    if address.certificate or address.key:
        message = "A certificate and its key belong together: give both, or none to go without encryption."
        raise FaceError(message)
    return None


def read_certificate(certificate: Path, key: Path) -> ssl.SSLContext:
    """Read a certificate and its key into a TLS context.

    Args:
        certificate: a PEM file; it may hold the whole chain.
        key: a PEM file with the private key, not encrypted.

    Raises:
        FaceError: one of them cannot be used.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        for path in (certificate, key):
            read_bytes(path, _MOST_BYTES)  # OpenSSL would wait at a pipe for ever
        context.load_cert_chain(certificate, key, password=_no_password)
    except ssl.SSLError as error:
        message = f"{certificate} and {key} are no certificate and its unencrypted key in PEM format: check both files."
        raise FaceError(message) from error
    except OSError as error:
        message = f"{error.filename or path} cannot be read ({error.strerror}): check the path and its permissions."
        raise FaceError(message) from error
    return context


def _no_password() -> str:
    """Return no password; without this, OpenSSL would ask for one on the terminal."""
    return ""


_UNAVAILABLE = {errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT, errno.EPROTONOSUPPORT}
"""Error numbers that mean that a machine has no IPv6."""
_ANY_PORT_TRIES = 8
"""Attempts to find a port that is free in both IPv4 and IPv6."""

_log = logging.getLogger(__name__)


def open_listeners(address: Address, clients: ConnectionLimit) -> list[LimitedSocket]:
    """Open the listening sockets: one for IPv4, and one with the same port for IPv6 if the machine has it.

    Args:
        address: the address to listen at.
        clients: decides which connections are let in.

    Raises:
        FaceError: the port cannot be used.
    """
    for tries_left in reversed(range(_ANY_PORT_TRIES)):
        try:
            return _open_all(address, clients)
        except OSError as error:
            if error.errno == errno.EADDRINUSE and not address.port and tries_left:
                continue
            raise FaceError(_sentence(address.port, error)) from error
    raise AssertionError


def _open_all(address: Address, clients: ConnectionLimit) -> list[LimitedSocket]:
    any4, any6 = ("0.0.0.0", "::") if address.is_on_lan else ("127.0.0.1", "::1")  # noqa: S104 - the person wants it
    first = _open(socket.AF_INET, any4, address.port, clients)
    try:
        return [first, _open(socket.AF_INET6, any6, first.getsockname()[1], clients)]
    except OSError as error:
        if error.errno not in _UNAVAILABLE:
            first.close()
            raise
        _log.info("the mirror does without IPv6: %s", error)
        return [first]


def _open(family: socket.AddressFamily, host: str, port: int, clients: ConnectionLimit) -> LimitedSocket:
    listener = LimitedSocket(family, clients)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family is socket.AF_INET6:
            listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        listener.bind((host, port))
        listener.listen()
    except OSError:
        listener.close()
        raise
    return listener


def _sentence(port: int, error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"Port {port} is taken by another program: end that, or choose another port with --page PORT."
    if error.errno == errno.EAFNOSUPPORT:
        return "This coach may use no network: if it is the service, run `voice-coach service install` again."
    if error.errno == errno.EACCES:
        return f"Port {port} is kept for the system: choose one from 1024 on with --page PORT."
    return f"The page cannot be served on port {port} ({error.strerror}): choose another with --page PORT."
