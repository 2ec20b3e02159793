"""The headers of every response of the mirror, and its error responses: one sentence each, with the remedy."""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

HEADERS: Mapping[str, str] = {
    "content-security-policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
    "font-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=(), screen-wake-lock=(self)",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
}
"""Headers of every response. Strict-Transport-Security is missing on purpose: a person may remove the certificate
again."""
NOT_KEPT: Mapping[str, str] = {"cache-control": "no-store"}
"""The header of a response that must not be cached."""
CLOSES: Mapping[str, str] = {"connection": "close"}
"""The header of a response after which the connection is closed."""
RETRY_SECONDS = 5
"""Seconds that a client is told to wait before it tries again, when too many connections or streams are open."""


class ErrorResponse(Exception):  # noqa: N818 - it is a response
    """The response to a request that is refused.

    Args:
        status: the HTTP status.
        sentence: says what is wrong and what helps.
        headers: further headers.
    """

    def __init__(self, status: int, sentence: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(sentence)
        self.status = status
        self.sentence = sentence
        self._headers = headers or {}

    @property
    def body(self) -> bytes:
        """The sentence as a JSON object."""
        return json.dumps({"error": self.sentence}).encode()

    @property
    def headers(self) -> dict[str, str]:
        """The headers that only this response has; HEADERS come on top."""
        length = {"content-type": "application/json", "content-length": str(len(self.body))}
        return {**NOT_KEPT, **length, **self._headers}

    def as_bytes(self) -> bytes:
        """Return the whole response as bytes, for a connection that is closed before a request was read."""
        headers = {**HEADERS, **self.headers, **CLOSES}
        lines = (f"{name}: {value}\r\n" for name, value in headers.items())
        head = f"HTTP/1.1 {self.status} {HTTPStatus(self.status).phrase}\r\n{''.join(lines)}\r\n"
        return head.encode() + self.body


def no_seat() -> ErrorResponse:
    """Return the response to a client for which no connection or stream is free."""
    sentence = "Too many pages are open: close some, or try again in a few seconds."
    return ErrorResponse(HTTPStatus.SERVICE_UNAVAILABLE, sentence, {"retry-after": str(RETRY_SECONDS), **CLOSES})
