"""Handlers that change the countdown, or end it. `transitions` says which command calls which handler."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from voice_coach.language.wording import Message
from voice_coach.session.answers import tell_no_countdown
from voice_coach.session.state import Question
from voice_coach.session.step_entry import after_the_hold, enter_step

if TYPE_CHECKING:
    from voice_coach.session.events import CommandHeard, Event
    from voice_coach.session.state import Session
    from voice_coach.session.timer import Holding
    from voice_coach.session.turn import Turn

SHORTEST_CHANGE_SECONDS = 60.0
"""Seconds by which the hold is made longer or shorter when no number was said, and the least that can be said."""


def add_time(turn: Turn, heard: CommandHeard) -> Turn:
    """Let the hold last longer, but not longer than the routine allows."""
    session, hold = turn.session, turn.session.routine.hold
    if session.holding is None or hold is None:
        return _no_countdown(turn)
    wanted = _seconds(heard)
    added = addable(session, wanted)
    turn = _with_holding(turn, session.holding.extend(added, session.now))
    time, left = session.wording.time, turn.session.remaining_seconds
    if added < wanted:
        return turn.telling(Message.ADDED_LESS, longest=time.duration(hold.longest_seconds), left=time.left(left))
    return turn.telling(Message.ADDED, time=time.duration(added), left=time.left(left))


def addable(session: Session, wanted_seconds: float) -> float:
    """Return the seconds by which the hold can be made longer, at most those wanted; 0 when there is no countdown."""
    hold = session.routine.hold
    if session.holding is None or hold is None:
        return 0.0
    return max(0.0, min(wanted_seconds, hold.longest_seconds - session.holding.countdown.total_seconds))


def cut_time(turn: Turn, heard: CommandHeard) -> Turn:
    """Let the hold end sooner; if it would end now, ask first."""
    session = turn.session
    if session.holding is None:
        return _no_countdown(turn)
    wanted = _seconds(heard)
    if wanted >= session.remaining_seconds:
        return ask_take_off(turn, heard)
    turn = _with_holding(turn, session.holding.cut(wanted, session.now))
    time, left = session.wording.time, turn.session.remaining_seconds
    return turn.telling(Message.CUT, time=time.duration(wanted), left=time.left(left))


def set_time_on(turn: Turn, heard: CommandHeard) -> Turn:
    """Set the countdown by how long the mask has been on, as the person has said; the number is said back first."""
    session, holding = turn.session, turn.session.holding
    if holding is None:
        return turn
    time, seconds = session.wording.time, _seconds(heard)
    left = holding.countdown.total_seconds - seconds
    if left <= 0:
        at = session.position_after(session.position)
        return enter_step(turn, at, Message.TIME_OVER, time=time.duration(seconds))
    turn = _with_holding(turn, holding.with_left(left, session.now))
    left_now = time.left(turn.session.remaining_seconds)
    return turn.telling(Message.ON_FOR_SO_LONG, time=time.duration(seconds), left=left_now)


def take_off(turn: Turn, _event: Event) -> Turn:
    """End the hold, early or in time, and go to the step that takes the mask off."""
    return enter_step(turn, after_the_hold(turn))


def take_off_to_be_safe(turn: Turn, _heard: CommandHeard) -> Turn:
    """End the hold to be safe, because nobody knows how long the mask has been on."""
    return enter_step(turn, after_the_hold(turn), Message.SAFER_OFF)


def ask_take_off(turn: Turn, heard: CommandHeard) -> Turn:
    """Ask whether the mask shall come off early; when the time is up already, only say so."""
    session = turn.session
    if session.holding is None:
        return take_off(turn, heard)
    if not session.remaining_seconds:
        return turn.telling(Message.TIME_IS_UP)
    left = session.wording.time.left(session.remaining_seconds)
    return turn.asking(Question.TAKE_OFF, session.wording.say(Message.ASK_TAKE_OFF, left=left))


def _with_holding(turn: Turn, holding: Holding) -> Turn:
    """Change the countdown, and cancel the sounds that it had ordered."""
    turn = turn.hushing()
    return turn.becoming(replace(turn.session, holding=holding))


def _no_countdown(turn: Turn) -> Turn:
    """Say that there is no countdown to change: not begun yet, over, or none in this routine."""
    session = turn.session
    if not session.hold_seconds:
        return tell_no_countdown(turn)
    is_before = session.position < (session.routine.hold_position or 0)
    return turn.telling(Message.COUNTDOWN_NOT_BEGUN if is_before else Message.COUNTDOWN_OVER)


def _seconds(heard: CommandHeard) -> float:
    """Return the seconds that the person asked for; 60 when no number was said."""
    return SHORTEST_CHANGE_SECONDS * max(1, heard.minutes or 1)
