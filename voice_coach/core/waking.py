"""When time has jumped over what was due, because the machine slept or nothing ran for long.

Deadlines that come late tell it; the core needs no clock for that. Milestones that nobody heard are not made up for.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from voice_coach.core.arriving import after_the_hold, arrive
from voice_coach.core.commands import Cue, Sound
from voice_coach.core.moments import TICKS
from voice_coach.core.wording import Message

if TYPE_CHECKING:
    from voice_coach.core.turn import Turn

SLEPT_SECONDS = 5.0
"""What comes later than this was slept through; a slow disk delays the coach by two seconds at most."""


def wake_up(turn: Turn) -> Turn:
    """In the hold, after a sleep: say how much time is left, or that it is over, which the chime says, too."""
    session, holding = turn.session, turn.session.holding
    if holding is None or holding.over_at is None:
        return turn
    if session.now >= holding.over_at:
        turn = turn.hushing()  # a sound ordered before the sleep would come now
        turn = turn.ordering(Cue(Sound.CHIME, session.now, session.voice.volume))
        return arrive(turn, after_the_hold(turn), Message.TIME_OVER_ASLEEP)
    holding, _ = holding.take_moment(session.now)
    turn = turn.becoming(replace(session, holding=holding))
    if session.question is not None or session.remaining_seconds <= TICKS:
        return turn
    return turn.telling(Message.LEFT, left=session.wording.time.left(session.remaining_seconds))
