"""Reads the body of a request, which is small, JSON and comes soon."""

from __future__ import annotations

import asyncio
from http import HTTPStatus
from typing import TYPE_CHECKING

from voice_coach.mirror.answers import Refusal

if TYPE_CHECKING:
    from starlette.requests import Request

    from voice_coach.mirror.limits import Limits


async def read_body(request: Request, limits: Limits) -> bytes:
    """Read it all.

    Raises:
        Refusal: it is too large, comes too slowly or is no JSON.
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json":
        raise Refusal(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "Send JSON, with Content-Type: application/json.")
    if int(request.headers.get("content-length", "0")) > limits.body:
        raise _too_large(limits)
    try:
        async with asyncio.timeout(limits.body_seconds):
            return await _read(request, limits)
    except TimeoutError:
        message = f"The body did not come within {limits.body_seconds:g} seconds: send it at once."
        raise Refusal(HTTPStatus.REQUEST_TIMEOUT, message) from None


async def _read(request: Request, limits: Limits) -> bytes:
    body = bytearray()
    while True:
        message = await request.receive()
        body += message.get("body", b"")
        if len(body) > limits.body:
            raise _too_large(limits)
        if not message.get("more_body", False):
            return bytes(body)


def _too_large(limits: Limits) -> Refusal:
    message = f"The body is too large: {limits.body} bytes are the most."
    return Refusal(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, message)
