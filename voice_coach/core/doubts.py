"""What was hardly heard lately, and how soon the coach may speak of such a thing again."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

QUIET_SECONDS = 120.0
"""So long the coach does not ask again whether something was for it, when it got no yes."""
_IN_A_ROW_SECONDS = 20.0
"""Two attempts within this time are attempts at the same thing."""
_OFFER_GAP_SECONDS = 60.0
"""The coach offers easier ways no more often than this."""


@dataclass(frozen=True, slots=True)
class Doubts:
    """Times are monotonic seconds."""

    asked_about: str = ""
    """The words that were last asked about, until something is understood: they are not asked about twice."""
    asks_from: float = -math.inf
    """Before this, nothing is asked."""
    attempted_at: float = -math.inf
    """When something was last hardly heard, and nothing understood since."""
    offers_from: float = -math.inf
    """Before this, nothing is offered."""

    def may_ask(self, text: str, now: float) -> bool:
        """Whether it is time to ask about these words."""
        return now >= self.asks_from and text != self.asked_about

    def may_offer(self, now: float) -> bool:
        """Whether an attempt made now is the second in a row, and it is time to offer something easier."""
        return now - self.attempted_at <= _IN_A_ROW_SECONDS and now >= self.offers_from

    def attempted(self, now: float) -> Doubts:
        """Something was hardly heard."""
        return replace(self, attempted_at=now)

    def asked(self, text: str, now: float) -> Doubts:
        """The coach asks about these words; only a yes lets it ask again soon."""
        return replace(self, asked_about=text, asks_from=now + QUIET_SECONDS)

    def offered(self, now: float) -> Doubts:
        """The coach offers something easier; two more attempts are needed until it does so again."""
        return replace(self, attempted_at=-math.inf, offers_from=now + _OFFER_GAP_SECONDS)

    def denied(self, now: float) -> Doubts:
        """No: somebody else is talking, so the coach minds its own business for a while."""
        return replace(self, asks_from=now + QUIET_SECONDS, offers_from=now + QUIET_SECONDS)

    def confirmed(self) -> Doubts:
        """Yes: it was for the coach, which may ask again."""
        return replace(self, asked_about="", attempted_at=-math.inf, asks_from=-math.inf)

    def understood(self) -> Doubts:
        """The person was understood: what comes next is a new attempt."""
        return replace(self, asked_about="", attempted_at=-math.inf)
