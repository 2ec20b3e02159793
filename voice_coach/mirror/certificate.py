"""The person's own certificate, with which the mirror is encrypted."""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING

from voice_coach.errors import FaceError
from voice_coach.personal_file import read_bytes

if TYPE_CHECKING:
    from pathlib import Path

    from voice_coach.mirror.address import Address


_MOST_BYTES = 1_000_000
"""Of a chain of certificates; each takes about 2 kB."""


def encryption_of(address: Address) -> ssl.SSLContext | None:
    """What encrypts the mirror; None when nothing shall.

    Raises:
        FaceError: certificate or key is missing, or cannot be used.
    """
    if address.certificate and address.key:
        return read_certificate(address.certificate, address.key)
    if address.certificate or address.key:
        message = "A certificate and its key belong together: give both, or none to go without encryption."
        raise FaceError(message)
    return None


def read_certificate(certificate: Path, key: Path) -> ssl.SSLContext:
    """Read both.

    Args:
        certificate: PEM file; it may hold the whole chain.
        key: PEM file of its private key, not encrypted.

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
    """Instead of asking on the terminal, which may show a page."""
    return ""
