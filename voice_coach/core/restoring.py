"""The program is up again after a session that was broken off: where are we, and how much time is really left?"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from voice_coach.core.snapshot import session_from
from voice_coach.core.state import Question
from voice_coach.core.wording import Message

if TYPE_CHECKING:
    from voice_coach.core.events import Restored
    from voice_coach.core.state import Session
    from voice_coach.core.turn import Turn

LONGEST_AWAY_SECONDS = 24 * 3600.0
"""Yesterday's mask is not gone on with."""
_A_MOMENT = 0.001


def restore(turn: Turn, event: Restored) -> Turn:
    """Go on with the session that was kept, or greet when it is too old or does not fit the routine."""
    left = _left_seconds(event)
    session = replace(turn.session, kept=event.snapshot)
    restored = session_from(event.snapshot, session, max(left, _A_MOMENT))
    if restored is None or (event.away_seconds or 0.0) > LONGEST_AWAY_SECONDS:
        turn = turn.becoming(replace(session, is_daytime=event.is_daytime))
        return turn.instructing(session.wording.say(Message.GREETING))
    turn = turn.becoming(restored)
    if restored.holding is not None and left <= 0:
        return _after_the_hold(turn)
    turn = turn.becoming(replace(restored, instruction=restored.current_step.text if restored.current_step else ""))
    if event.away_seconds is None and restored.holding is not None and not restored.is_paused:
        return turn.asking(Question.HOW_LONG_ON, restored.wording.say(Message.ASK_HOW_LONG_ON))
    return turn.asking(Question.SHALL_WE_GO_ON, _question(restored, is_certain=event.is_certain))


def _left_seconds(event: Restored) -> float:
    """Of the countdown, at the moment of the event; 0 when it ended meanwhile, or when there is none."""
    countdown = event.snapshot.countdown
    if countdown is None:
        return 0.0
    passed = (event.away_seconds or 0.0) + max(0.0, event.at - event.read_at)
    return countdown.remaining(event.taken_at + passed)


def _after_the_hold(turn: Turn) -> Turn:
    """A mask left on hurts: that it must come off is said before anything else."""
    session = turn.session
    position = session.position_after(session.routine.hold_position)
    session = replace(
        session, position=position, is_paused=False, holding=None, instruction=session.routine.steps[position].text
    )
    turn = turn.becoming(session)
    return turn.asking(Question.SHALL_WE_GO_ON, session.wording.say(Message.TIME_OVER_WHILE_AWAY))


def _question(session: Session, *, is_certain: bool) -> str:
    wording, step = session.wording, session.current_step
    title = step.title if step else session.routine.title
    if not is_certain:
        return wording.say(Message.WAS_DAMAGED, title=title)
    if session.holding is None:
        return wording.say(Message.WAS_INTERRUPTED, title=title)
    return wording.say(Message.WAS_INTERRUPTED_HOLDING, left=wording.time.left(session.remaining_seconds))
