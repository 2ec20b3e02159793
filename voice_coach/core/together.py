"""Which two wishes may be said in one breath: what is heard wrongly must not do harm twice."""

from __future__ import annotations

from voice_coach.core.intents import Intent

CHANGES_OF_PLACE = frozenset({Intent.NEXT, Intent.BACK, Intent.PAUSE, Intent.RESUME})
"""At most one of a breath: two of them contradict each other, or one was misheard."""
CHANGES_OF_VOICE = frozenset({
    Intent.LOUDER, Intent.QUIETER, Intent.SLOWER, Intent.FASTER, Intent.BRIEF, Intent.FULL,
})  # fmt: skip
_TELLING = frozenset({
    Intent.REPEAT, Intent.TIME_LEFT, Intent.WHATS_NEXT, Intent.WHICH_STEP, Intent.WHY, Intent.WHO_SAYS, Intent.MORE,
    Intent.STEPS_LEFT, Intent.HOW_OFTEN, Intent.LAST_MASK, Intent.HELP,
})  # fmt: skip
_OPPOSITES = (
    {Intent.LOUDER, Intent.QUIETER},
    {Intent.SLOWER, Intent.FASTER},
    {Intent.BRIEF, Intent.FULL},
)


def may_go_together(first: Intent, second: Intent) -> bool:
    """Whether both can be done one after the other: answers, changes of the voice, and at most one change of place."""
    both = {first, second}
    if len(both) == 1 or both in _OPPOSITES:
        return False
    risky = both - _TELLING - CHANGES_OF_VOICE
    return len(risky) <= 1 and risky <= CHANGES_OF_PLACE
