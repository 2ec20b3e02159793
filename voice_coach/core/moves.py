"""Handlers that change where the person is, or the countdown. `transitions` says when each is asked."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from voice_coach.core.commands import Cue, Keep, Sound
from voice_coach.core.hold import CUE_LEAD_SECONDS, Holding
from voice_coach.core.routine import LONGEST_HOLD_SECONDS
from voice_coach.core.state import NOT_STARTED, Question
from voice_coach.core.view import Phase
from voice_coach.core.wording import Message

if TYPE_CHECKING:
    from voice_coach.core.events import Event, Heard
    from voice_coach.core.turn import Turn

_MINUTE = 60.0


def greet(turn: Turn, *, is_daytime: bool, is_aloud: bool = True) -> Turn:
    """Wait for somebody to begin; the greeting can be asked for, even when it was not spoken."""
    greeting = turn.session.wording.say(Message.GREETING)
    turn = turn.becoming(replace(turn.session, is_daytime=is_daytime, instruction=greeting))
    return turn.saying(greeting) if is_aloud else turn


def begin(turn: Turn, _heard: Heard) -> Turn:
    """Go to the first step, from wherever."""
    return _arrive(turn, turn.session.position_after(NOT_STARTED), Message.BEGIN)


def go_on(turn: Turn, _heard: Heard) -> Turn:
    """Go to the next step."""
    return _arrive(turn, turn.session.position_after(turn.session.position))


def go_back(turn: Turn, _heard: Heard) -> Turn:
    """Go to the step before; the hold can't be had again without a mask."""
    position = turn.session.position_before(turn.session.position)
    if position == NOT_STARTED:
        return _arrive(turn, turn.session.position, Message.FIRST_STEP)
    if position == turn.session.routine.hold_position:
        return turn.telling(Message.NO_WAY_BACK_TO_HOLD)
    return _arrive(turn, position)


def take_off(turn: Turn, _event: Event) -> Turn:
    """End the hold, early or in time, and go to the step that takes the mask off."""
    return _arrive(turn, turn.session.position_after(turn.session.routine.hold_position))


def pause(turn: Turn, _heard: Heard) -> Turn:
    """Stand still, and be silent but for saying so."""
    session = turn.session
    holding = session.holding and session.holding.pause(session.now)
    turn = turn.hushing()
    text = session.wording.say(Message.PAUSED)
    return turn.becoming(replace(turn.session, is_paused=True, holding=holding)).instructing(text)


def resume(turn: Turn, _heard: Heard) -> Turn:
    """Go on where the person paused."""
    session, step = turn.session, turn.session.current_step
    if step is None:
        return turn
    wording = session.wording
    if session.holding is None:
        text = wording.say(Message.RESUMED, title=step.title)
    else:
        text = wording.say(Message.RESUMED_WITH_TIME, left=wording.time.left(session.remaining_seconds))
    holding = session.holding and session.holding.resume(session.now)
    return turn.becoming(replace(session, is_paused=False, holding=holding)).instructing(text, instruction=step.text)


def add_time(turn: Turn, heard: Heard) -> Turn:
    """Let the hold last longer, up to what a mask may."""
    session = turn.session
    if session.holding is None:
        return _no_countdown(turn)
    wanted = _seconds(heard)
    added = min(wanted, LONGEST_HOLD_SECONDS - session.holding.countdown.total_seconds)
    turn = _with_holding(turn, session.holding.extend(added, session.now))
    time, left = session.wording.time, turn.session.remaining_seconds
    if added < wanted:
        return turn.telling(Message.ADDED_LESS, longest=time.duration(LONGEST_HOLD_SECONDS), left=time.left(left))
    return turn.telling(Message.ADDED, time=time.duration(added), left=time.left(left))


def cut_time(turn: Turn, heard: Heard) -> Turn:
    """Let the hold end sooner; to end it now is asked first."""
    session = turn.session
    if session.holding is None:
        return _no_countdown(turn)
    wanted = _seconds(heard)
    if wanted >= session.remaining_seconds:
        return ask_take_off(turn, heard)
    turn = _with_holding(turn, session.holding.cut(wanted, session.now))
    time, left = session.wording.time, turn.session.remaining_seconds
    return turn.telling(Message.CUT, time=time.duration(wanted), left=time.left(left))


def rescue(turn: Turn, _heard: Heard) -> Turn:
    """It stings: everything else falls silent, and a mask that is on comes off now."""
    turn = turn.hushing()
    session, step = turn.session, turn.session.current_step
    has_mask_on = step is not None and step.phase in {Phase.APPLYING, Phase.HOLDING}
    position = session.position_after(session.routine.hold_position) if has_mask_on else session.position
    session = replace(session, position=position, is_paused=False, holding=None, is_leaving=False)
    return turn.becoming(session).instructing(session.wording.say(Message.STINGS))


def ask_take_off(turn: Turn, _heard: Heard) -> Turn:
    """Ask whether the mask shall come off before its time; when the time is up, it will anyway."""
    session = turn.session
    if not session.remaining_seconds:
        return turn.telling(Message.TIME_IS_UP)
    left = session.wording.time.left(session.remaining_seconds)
    return turn.asking(Question.TAKE_OFF, session.wording.say(Message.ASK_TAKE_OFF, left=left))


def ask_go_back(turn: Turn, _heard: Heard) -> Turn:
    """Ask before the countdown is lost."""
    return turn.asking(Question.GO_BACK, turn.session.wording.say(Message.ASK_GO_BACK))


def ask_start_over(turn: Turn, _heard: Heard) -> Turn:
    """Ask before the place in the routine is lost."""
    return turn.asking(Question.START_OVER, turn.session.wording.say(Message.ASK_START_OVER))


def ask_quit(turn: Turn, _heard: Heard) -> Turn:
    """Ask before the session ends."""
    return turn.asking(Question.QUIT, turn.session.wording.say(Message.ASK_QUIT))


def leave(turn: Turn, _heard: Heard) -> Turn:
    """Say goodbye; the session is over when that has been said."""
    turn = turn.hushing().telling(Message.GOODBYE)
    turn = turn.becoming(replace(turn.session, is_leaving=True, holding=None, kept=None))
    return turn.ordering(Keep(None))


def go_on_after_break(turn: Turn, heard: Heard) -> Turn:
    """The program was interrupted; the person goes on."""
    session, step = turn.session, turn.session.current_step
    if session.is_paused or step is None:
        return resume(turn, heard)
    if session.holding is None:
        return turn.instructing(step.text)
    text = session.wording.say(Message.RESUMED_WITH_TIME, left=session.wording.time.left(session.remaining_seconds))
    return turn.instructing(text, instruction=step.text)


def break_off(turn: Turn, _heard: Heard) -> Turn:
    """The program was interrupted, and the person does not go on; the mask may be on all the same."""
    session, step = turn.session, turn.session.current_step
    may_have_mask_on = step is not None and step.phase in {Phase.APPLYING, Phase.HOLDING, Phase.REMOVING}
    message = Message.BROKEN_OFF_WITH_MASK if may_have_mask_on else Message.BROKEN_OFF
    session = replace(session, position=NOT_STARTED, is_paused=False, holding=None)
    return turn.hushing().becoming(session).instructing(session.wording.say(message))


def set_time_on(turn: Turn, heard: Heard) -> Turn:
    """The person says how long the mask has been on: as much less is left."""
    session, holding = turn.session, turn.session.holding
    if holding is None:
        return turn
    left = holding.countdown.total_seconds - _seconds(heard)
    if left <= 0:
        return _arrive(turn, session.position_after(session.position), Message.TIME_OVER)
    turn = _with_holding(turn, holding.with_left(left, session.now))
    time = session.wording.time
    return turn.telling(Message.RESUMED_WITH_TIME, left=time.left(turn.session.remaining_seconds))


def take_off_to_be_safe(turn: Turn, _heard: Heard) -> Turn:
    """Nobody knows how long the mask has been on."""
    return _arrive(turn, turn.session.position_after(turn.session.routine.hold_position), Message.SAFER_OFF)


def _arrive(turn: Turn, position: int, before: Message | None = None) -> Turn:
    """Be at a position, and say what is to be done there; `before` is a message with a gap for it."""
    if turn.session.remaining_seconds:
        turn = turn.hushing()  # the last seconds must not tick on
    turn = turn.becoming(replace(turn.session, position=position, is_paused=False, holding=None))
    session, step = turn.session, turn.session.current_step
    if step is None:
        return turn.instructing(_farewell(turn))
    if step.phase is Phase.HOLDING:
        return _begin_hold(turn, step.text)
    text = session.wording.say(before, step=step.text) if before else step.text
    return turn.instructing(text, instruction=step.text)


def _begin_hold(turn: Turn, instruction: str) -> Turn:
    """The bell sounds when the countdown starts, so that bell and chime are exactly the hold apart."""
    session = turn.session
    bell_at = session.now + CUE_LEAD_SECONDS
    holding = Holding.begin(session.hold_seconds, len(session.routine.hold.reminders), bell_at)
    time = session.wording.time.duration(session.hold_seconds)
    text = session.wording.say(Message.HOLD_BEGINS, step=instruction, time=time)
    turn = turn.becoming(replace(session, holding=holding)).instructing(text, instruction)
    return turn.ordering(Cue(Sound.BELL, bell_at, session.voice.volume))


def _farewell(turn: Turn) -> str:
    """What is said after the last step; what waits for the morning is named."""
    session = turn.session
    left_out = " ".join(step.evening for step in session.routine.steps if not session.is_due(step))
    if left_out:
        return session.wording.say(Message.EVENING_DONE, evening=left_out)
    return session.wording.say(Message.DONE)


def _with_holding(turn: Turn, holding: Holding) -> Turn:
    """Change the countdown; what it had ordered is void."""
    turn = turn.hushing()
    return turn.becoming(replace(turn.session, holding=holding))


def _no_countdown(turn: Turn) -> Turn:
    """There is nothing to change: paused in another step."""
    is_before = turn.session.position < turn.session.routine.hold_position
    return turn.telling(Message.COUNTDOWN_NOT_BEGUN if is_before else Message.COUNTDOWN_OVER)


def _seconds(heard: Heard) -> float:
    """What was asked for: a minute when no number was said."""
    return _MINUTE * max(1, heard.minutes or 1)
