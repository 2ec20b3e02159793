"""What to keep of a session, and how it goes on when the program is up again: where are we, how much time is left?"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from voice_coach.core.greeting import greet
from voice_coach.core.hold import Holding
from voice_coach.core.snapshot import Snapshot
from voice_coach.core.state import Question
from voice_coach.core.wording import Message
from voice_coach.routines import Hold

if TYPE_CHECKING:
    from voice_coach.core.events import Restored
    from voice_coach.core.state import Session
    from voice_coach.core.turn import Turn

LONGEST_AWAY_SECONDS = 24 * 3600.0
"""Yesterday's mask is not gone on with."""
_A_MOMENT = 0.001


def snapshot_of(session: Session) -> Snapshot | None:
    """What there is to keep; None while nobody is being led."""
    step = session.current_step
    if step is None or session.is_leaving:
        return None
    holding = session.holding
    return Snapshot(
        step=step.id,
        is_daytime=session.is_daytime,
        is_paused=session.is_paused,
        hold_seconds=session.hold_seconds,
        countdown=holding.countdown if holding else None,
        past=holding.past if holding else frozenset(),
        skipped=session.skipped,
        routine=session.routine.id,
    )


def restore(turn: Turn, event: Restored) -> Turn:
    """Go on with the session that was kept, or greet when it is too old or does not fit the routine."""
    left = _left_seconds(event)
    session = replace(turn.session, kept=event.snapshot, is_daytime=event.is_daytime)
    restored = _session_from(event.snapshot, session, max(left, _A_MOMENT))
    if restored is None or (event.away_seconds or 0.0) > LONGEST_AWAY_SECONDS:
        return greet(turn.becoming(session), is_daytime=event.is_daytime)
    turn = turn.becoming(restored)
    if restored.holding is not None and left <= 0:
        return _after_the_hold(turn)
    turn = turn.becoming(replace(restored, instruction=_instruction(restored)))
    if event.away_seconds is None and restored.holding is not None and not restored.is_paused:
        return turn.asking(Question.HOW_LONG_ON, restored.wording.say(Message.ASK_HOW_LONG_ON))
    return turn.asking(Question.SHALL_WE_GO_ON, _question(restored, is_certain=event.is_certain))


def _instruction(session: Session) -> str:
    step = session.current_step
    return session.text_of(step) if step else ""


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
    position = session.position_after(session.position)
    session = replace(session, position=position, is_paused=False, holding=None)
    turn = turn.becoming(replace(session, instruction=_instruction(session)))
    return turn.asking(Question.SHALL_WE_GO_ON, session.wording.say(Message.TIME_OVER_WHILE_AWAY))


def _question(session: Session, *, is_certain: bool) -> str:
    wording, step = session.wording, session.current_step
    title = step.title if step else session.routine.title
    if not is_certain:
        return wording.say(Message.WAS_DAMAGED, title=title)
    if session.holding is None:
        return wording.say(Message.WAS_INTERRUPTED, title=title)
    return wording.say(Message.WAS_INTERRUPTED_HOLDING, left=wording.time.left(session.remaining_seconds))


def _session_from(snapshot: Snapshot, session: Session, left_seconds: float) -> Session | None:
    """A new session as the kept one was, but with so much of its countdown left; None if it does not fit the routine.

    Args:
        snapshot: What was kept.
        session: A new one, with its routine and at the present time.
        left_seconds: Of the countdown, more than 0, if there is one.
    """
    routine = session.routines.get(snapshot.routine, session.routine)
    session = session.with_routine(routine)
    position = session.position_of(snapshot.step)
    has_countdown = snapshot.countdown is not None
    if position is None or has_countdown != (position == routine.hold_position and not routine.is_overnight):
        return None
    return replace(
        session,
        position=position,
        skipped=snapshot.skipped,
        is_recording=True,
        is_daytime=snapshot.is_daytime,
        is_paused=snapshot.is_paused,
        hold_seconds=snapshot.hold_seconds,
        holding=_holding_from(snapshot, session, left_seconds),
    )


def _holding_from(snapshot: Snapshot, session: Session, left_seconds: float) -> Holding | None:
    if snapshot.countdown is None:
        return None
    standing = replace(snapshot.countdown, left_seconds=left_seconds, ends_at=None)
    hold = session.routine.hold or Hold(snapshot.hold_seconds)
    holding = Holding(standing, len(hold.reminders), hold.milestones, snapshot.past)
    now = session.now
    return holding.pause(now) if snapshot.is_paused else holding.resume(now)
