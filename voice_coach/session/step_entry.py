"""Entry to a step: its instruction is spoken, a hold is begun, and the history is told."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from voice_coach.language.wording import Message
from voice_coach.routines import Phase
from voice_coach.routines.past_masks import Ending, SessionEnded, StepReached
from voice_coach.session.state import OpenQuestion, Question
from voice_coach.session.timer import CUE_LEAD_SECONDS, Holding

if TYPE_CHECKING:
    from voice_coach.language.wording import Sayable
    from voice_coach.session.state import Session
    from voice_coach.session.turn import Turn


def enter_step(turn: Turn, position: int, before: Sayable | None = None, *, opening: str = "", **gaps: str) -> Turn:
    """Go to a position and say its instruction, as the gap `step` of the message `before` if that is given.

    Args:
        turn: The turn so far.
        position: The position to go to.
        before: The message whose gap `step` is the instruction.
        opening: A sentence to say before the instruction if `before` is not given.
        gaps: The other gaps of that message.
    """
    if turn.session.remaining_seconds:
        turn = turn.hushing()  # the last seconds must not tick on
    session = replace(turn.session, position=position, is_paused=False, holding=None, claims_told=0)
    turn, step = turn.becoming(session), session.current_step
    if step is None:
        return _finish(turn)
    turn = turn.recording(StepReached(step.id, is_mask_on=step.phase is Phase.HOLDING))
    instruction = session.text_of(step)
    text = session.wording.say(before, step=instruction, **gaps) if before else f"{opening} {instruction}".strip()
    if step.phase is Phase.HOLDING:
        return _begin_hold(turn, text, instruction)
    return turn.instructing(text, instruction=instruction)


def after_the_hold(turn: Turn) -> int:
    """Return the position of the step in which the mask comes off."""
    session = turn.session
    at = session.routine.hold_position
    return session.position_after(session.position if at is None else at)


def end_session(turn: Turn, ending: Ending) -> Turn:
    """Write the end of the session into the history."""
    session = turn.session
    turn = turn.recording(SessionEnded(ending))
    return turn.becoming(replace(session, is_recording=False))


def _begin_hold(turn: Turn, text: str, instruction: str) -> Turn:
    """Begin the hold; its countdown starts with the bell, so that bell and chime are exactly the hold apart."""
    session = turn.session
    session = replace(session, past=session.past.with_another(session.routine.id))
    turn, hold = turn.becoming(session), session.routine.hold
    if hold is None or not session.hold_seconds:
        return turn.instructing(session.wording.say(Message.HOLD_OVERNIGHT, step=text))
    bell_at = session.now + CUE_LEAD_SECONDS
    holding = Holding.begin(session.hold_seconds, len(hold.reminders), bell_at, hold.milestones)
    time = session.wording.time.duration(session.hold_seconds)
    text = session.wording.say(Message.HOLD_BEGINS, step=text, time=time)
    return turn.becoming(replace(session, holding=holding)).instructing(text, instruction)


def _finish(turn: Turn) -> Turn:
    """End the routine: ask how the skin feels, or after a mask that stung, say when to see a doctor."""
    session = turn.session
    turn = end_session(turn.becoming(replace(session, done_at=session.now)), Ending.DONE)
    if session.has_stung:
        return turn.instructing(session.wording.say(Message.DONE_GENTLY))
    farewell = _farewell(session)
    question = session.wording.say(Message.ASK_FEELING)
    turn = turn.instructing(f"{farewell} {question}", instruction=farewell)
    return turn.awaiting(OpenQuestion(Question.HOW_IT_FEELS, question, session.now))


def _farewell(session: Session) -> str:
    """Return the sentence after the last step, which tells what is left for the other time of day."""
    left_out = " ".join(
        step.instead for step in session.routine.steps if step.only not in {None, session.daypart} and step.instead
    )
    if left_out:
        return session.wording.say(Message.EVENING_DONE, evening=left_out)
    return session.wording.say(Message.DONE)
