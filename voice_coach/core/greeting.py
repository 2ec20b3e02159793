"""What the coach says when it is up: who it is, what it remembers, and what is enough."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from voice_coach.core.intents import Intent
from voice_coach.core.wording import Message

if TYPE_CHECKING:
    from voice_coach.core.state import Session
    from voice_coach.core.turn import Turn

_WEEK_DAYS = 7
_SHORTER = 2 / 3
"""Of the usual time, when it stung."""
_MINUTE = 60.0


def greet(turn: Turn, *, is_daytime: bool, is_aloud: bool = True) -> Turn:
    """Wait for somebody to begin; the greeting can be asked for, even when it was not spoken."""
    session = replace(turn.session, is_daytime=is_daytime)
    greeting = _greeting(session)
    turn = turn.becoming(replace(session, instruction=greeting))
    return turn.saying(greeting) if is_aloud else turn


def shorter(seconds: float) -> float:
    """A hold for skin that stung, in whole minutes, one at least."""
    return max(_MINUTE, _MINUTE * round(seconds * _SHORTER / _MINUTE))


def last_mask(session: Session) -> str:
    """When the last mask was, as a sentence; empty when there was none, or no clock could tell."""
    last = session.past.last
    if last is None or last.days_ago is None or last.weekday is None:
        return ""
    return session.wording.say(Intent.LAST_MASK, when=session.wording.days.ago(last.days_ago, last.weekday))


def enough(session: Session) -> str:
    """How often is enough, as a sentence; empty when nobody says."""
    times = session.routine.enough(session.skin)
    if times is None:
        return ""
    return session.wording.say(Message.ENOUGH, times=session.wording.days.times_a_week(times))


def _greeting(session: Session) -> str:
    """The first time whole, and with a question about the skin; later with what is remembered instead."""
    wording, past = session.wording, session.past
    if past.last is None:
        return wording.say(Message.GREETING if session.skin else Message.GREETING_FIRST)
    parts = [wording.say(Message.GREETING_AGAIN), *filter(None, [last_mask(session)])]
    times, days_ago = session.routine.enough(session.skin), past.last.days_ago
    if times is not None and days_ago is not None and days_ago * times < _WEEK_DAYS:
        parts.append(enough(session))
    return " ".join([*parts, wording.say(Message.READY)])
