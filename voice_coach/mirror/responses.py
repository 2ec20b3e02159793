"""How the mirror answers: its headers on everything, and errors as one sentence with the remedy."""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

HEADERS: Mapping[str, str] = {
    "content-security-policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=(), screen-wake-lock=(self)",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
}
"""On every answer. No Strict-Transport-Security: a certificate of one's own may be taken away again."""
NOT_KEPT: Mapping[str, str] = {"cache-control": "no-store"}
CLOSES: Mapping[str, str] = {"connection": "close"}
RETRY_SECONDS = 5
"""What who finds no seat is told to wait."""


class ErrorResponse(Exception):  # noqa: N818 - it is an answer
    """A request that is not obeyed.

    Args:
        status: of HTTP.
        sentence: what is wrong, and what helps.
        headers: further ones.
    """

    def __init__(self, status: int, sentence: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(sentence)
        self.status = status
        self.sentence = sentence
        self._headers = headers or {}

    @property
    def body(self) -> bytes:
        """The sentence as JSON."""
        return json.dumps({"error": self.sentence}).encode()

    @property
    def headers(self) -> dict[str, str]:
        """All but those of every answer."""
        length = {"content-type": "application/json", "content-length": str(len(self.body))}
        return {**NOT_KEPT, **length, **self._headers}

    def as_bytes(self) -> bytes:
        """The whole answer, where no request was read; the connection ends with it."""
        headers = {**HEADERS, **self.headers, **CLOSES}
        lines = (f"{name}: {value}\r\n" for name, value in headers.items())
        head = f"HTTP/1.1 {self.status} {HTTPStatus(self.status).phrase}\r\n{''.join(lines)}\r\n"
        return head.encode() + self.body


def no_seat() -> ErrorResponse:
    """The answer to who comes when all seats are taken."""
    sentence = "Too many pages are open: close some, or try again in a few seconds."
    return ErrorResponse(HTTPStatus.SERVICE_UNAVAILABLE, sentence, {"retry-after": str(RETRY_SECONDS), **CLOSES})
