"""Who asks, and what they may."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.requests import Request

    from voice_coach.mirror.pairing import Pairing


@dataclass(frozen=True, slots=True)
class Visitor:
    """Whoever sent a request."""

    address: str
    """Of the network."""
    is_here: bool
    """Whether it came from this machine."""
    token: str
    """What it shows; empty for nothing."""


class Permission:
    """What a visitor may.

    Args:
        pairing: knows the tokens.
        is_here: whether an address is one of this machine.
    """

    def __init__(self, pairing: Pairing, is_here: Callable[[str], bool]) -> None:
        self._pairing = pairing
        self._is_here = is_here

    def visitor(self, request: Request) -> Visitor:
        """See who asks."""
        address = request.client.host if request.client else ""
        kind, _, token = request.headers.get("authorization", "").partition(" ")
        return Visitor(address, self._is_here(address), token.strip() if kind.lower() == "bearer" else "")

    def may_look(self, visitor: Visitor) -> bool:
        """On this machine anybody may; elsewhere, who is paired."""
        return visitor.is_here or self._pairing.is_paired(visitor.token)

    def may_press(self, visitor: Visitor) -> bool:
        """Who shows a token: another web site that is open in a browser here has none."""
        is_known_here = visitor.is_here and self._pairing.is_local(visitor.token)
        return is_known_here or self._pairing.is_paired(visitor.token)
