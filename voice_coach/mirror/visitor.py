"""Who asks, and what they may."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from starlette.types import Scope

    from voice_coach.mirror.callers import Callers
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
    is_proxied: bool = False
    """Whether the proxy handed it on that the person has named."""


class Permission:
    """What a visitor may.

    Args:
        pairing: knows the tokens.
        callers: tells who has sent a request.
    """

    def __init__(self, pairing: Pairing, callers: Callers) -> None:
        self._pairing = pairing
        self._callers = callers

    def visitor(self, scope: Scope) -> Visitor:
        """See who asks.

        Raises:
            Refusal: nobody can know.
        """
        caller = self._callers.of(scope)
        shown = next((value.decode("latin-1") for name, value in scope["headers"] if name == b"authorization"), "")
        kind, _, token = shown.partition(" ")
        token = token.strip() if kind.lower() == "bearer" else ""
        return Visitor(caller.address, caller.is_here, token, caller.is_proxied)

    def is_paired(self, visitor: Visitor) -> bool:
        """Whether it shows the key of a device that is paired now."""
        return bool(visitor.token) and self._pairing.is_paired(visitor.token)

    def may_look(self, visitor: Visitor) -> bool:
        """On this machine anybody may; elsewhere, who is paired."""
        return visitor.is_here or self.is_paired(visitor)

    def may_press(self, visitor: Visitor) -> bool:
        """Who shows a token: another web site that is open in a browser here has none."""
        is_known_here = visitor.is_here and self._pairing.is_local(visitor.token)
        return is_known_here or self.is_paired(visitor)
