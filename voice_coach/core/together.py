"""Which two wishes may be said in one breath: what is heard wrongly must not do harm twice."""

from __future__ import annotations

from typing import TYPE_CHECKING

from voice_coach.core.intents import Kind, of_kind

if TYPE_CHECKING:
    from voice_coach.core.intents import Intent

_TELLING = of_kind(Kind.TELL)
CHANGES_OF_PLACE = of_kind(Kind.MOVE)
"""At most one of a breath: two of them contradict each other, or one was misheard."""
CHANGES_OF_VOICE = of_kind(Kind.VOICE)


def may_go_together(first: Intent, second: Intent) -> bool:
    """Whether both can be done one after the other: answers, changes of the voice, and at most one change of place."""
    both = {first, second}
    if first is second or first.spec.opposite is second:
        return False
    risky = both - _TELLING - CHANGES_OF_VOICE
    return len(risky) <= 1 and risky <= CHANGES_OF_PLACE
