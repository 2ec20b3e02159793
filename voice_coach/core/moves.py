"""Handlers that change where the person is, or the countdown. `transitions` says when each is asked."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from voice_coach.core import answers
from voice_coach.core.chronicle import Began, Ended, Felt, Reached
from voice_coach.core.commands import Cue, Keep, Record, Sound
from voice_coach.core.greeting import shorter
from voice_coach.core.hold import CUE_LEAD_SECONDS, Holding
from voice_coach.core.past import Ending, Feeling
from voice_coach.core.state import NOT_STARTED, Question
from voice_coach.core.view import Phase
from voice_coach.core.wording import Message

if TYPE_CHECKING:
    from voice_coach.core.events import Event, Heard
    from voice_coach.core.turn import Turn

_MINUTE = 60.0


def begin(turn: Turn, heard: Heard) -> Turn:
    """Go to the first step, from wherever; when it stung last time, offer a shorter hold first."""
    session = turn.session
    last = session.past.last
    if last is not None and last.feeling is Feeling.STUNG and session.hold_seconds > shorter(session.hold_seconds):
        time = session.wording.time.duration(shorter(session.hold_seconds))
        return turn.asking(Question.SHORTER, session.wording.say(Message.ASK_SHORTER, time=time))
    return begin_as_usual(turn, heard)


def begin_as_usual(turn: Turn, _heard: Heard) -> Turn:
    """Go to the first step."""
    session = replace(turn.session, skipped=frozenset(), is_recording=True)
    routine = session.routine
    began = Began(routine.id, routine.title, routine.mask, session.hold_seconds)
    turn = turn.becoming(session).ordering(Record(began))
    return _arrive(turn, session.position_after(NOT_STARTED), Message.BEGIN)


def choose_mask(turn: Turn, heard: Heard) -> Turn:
    """Another kind of mask, and with it another routine, before it has begun."""
    session = turn.session
    routine = next((one for one in session.routines.values() if heard.about in {one.mask, one.id}), None)
    if routine is None:
        return turn.telling(Message.NO_SUCH_MASK)
    session = session.with_routine(routine)
    claim = session.routine.needs(session.skin).advice or routine.warning or routine.often
    say = claim.say if claim else ""
    if routine.is_overnight or not session.hold_seconds:
        text = session.wording.say(Message.MASK_CHOSEN_OVERNIGHT, name=routine.title, claim=say)
    else:
        time = session.wording.time.duration(session.hold_seconds)
        text = session.wording.say(Message.MASK_CHOSEN, name=routine.title, time=time, claim=say)
    return turn.becoming(session).instructing(text)


def begin_shorter(turn: Turn, heard: Heard) -> Turn:
    """It stung last time: the mask stays on for less this time."""
    session = turn.session
    return begin_as_usual(turn.becoming(replace(session, hold_seconds=shorter(session.hold_seconds))), heard)


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


def go_to(turn: Turn, heard: Heard) -> Turn:
    """Go to a step by its name; the hold can't be had again without a mask."""
    session = turn.session
    position = session.position_of(heard.about)
    if position is None:
        return turn.telling(Message.NO_SUCH_STEP)
    step, hold = session.routine.steps[position], session.routine.hold_position
    if position == session.position:
        return turn.telling(Message.ALREADY_THERE, title=step.title)
    if position == hold and session.position > position:
        return turn.telling(Message.NO_WAY_BACK_TO_HOLD)
    skipped = session.skipped - {step.id}
    return _arrive(turn.becoming(replace(session, skipped=skipped)), position, Message.GO_TO)


def ask_go_to(turn: Turn, heard: Heard) -> Turn:
    """Ask before the countdown is lost."""
    session = turn.session
    position = session.position_of(heard.about)
    if position is None or position == session.position or session.holding is None:
        return go_to(turn, heard)
    title = session.routine.steps[position].title
    return turn.asking(Question.GO_TO, session.wording.say(Message.ASK_GO_TO, title=title), heard)


def go_to_after_all(turn: Turn, heard: Heard) -> Turn:
    """Yes, go there although it ends the countdown."""
    asked = turn.session.question
    return go_to(turn, asked.command if asked and asked.command else heard)


def skip(turn: Turn, heard: Heard) -> Turn:
    """Leave a step out; the one that is under way ends."""
    session = turn.session
    position = session.position_of(heard.about)
    if position is None:
        return turn.telling(Message.NO_SUCH_STEP)
    step = session.routine.steps[position]
    if step.phase not in {Phase.BRIEFING, Phase.AFTERCARE}:
        return turn.telling(Message.CANNOT_SKIP, title=step.title)
    turn = turn.becoming(replace(session, skipped=session.skipped | {step.id}))
    if position == session.position and not session.is_paused:
        return go_on(turn, heard)
    return turn.telling(Message.SKIPPED, title=step.title)


def take_off(turn: Turn, _event: Event) -> Turn:
    """End the hold, early or in time, and go to the step that takes the mask off."""
    return _arrive(turn, _after_the_hold(turn))


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
    turn = turn.becoming(replace(session, is_paused=False, holding=holding))
    return turn.instructing(text, instruction=session.text_of(step))


def add_time(turn: Turn, heard: Heard) -> Turn:
    """Let the hold last longer, up to what a mask may."""
    session, hold = turn.session, turn.session.routine.hold
    if session.holding is None or hold is None:
        return _no_countdown(turn)
    wanted = _seconds(heard)
    added = max(0.0, min(wanted, hold.longest_seconds - session.holding.countdown.total_seconds))
    turn = _with_holding(turn, session.holding.extend(added, session.now))
    time, left = session.wording.time, turn.session.remaining_seconds
    if added < wanted:
        return turn.telling(Message.ADDED_LESS, longest=time.duration(hold.longest_seconds), left=time.left(left))
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
    turn = turn.hushing().recording(Felt(Feeling.STUNG))
    session, step = turn.session, turn.session.current_step
    has_mask_on = step is not None and step.phase in {Phase.APPLYING, Phase.HOLDING}
    position = _after_the_hold(turn) if has_mask_on else session.position
    past = session.past.with_feeling(Feeling.STUNG) if has_mask_on else session.past
    session = replace(session, position=position, is_paused=False, holding=None, is_leaving=False, past=past)
    return turn.becoming(session).instructing(session.wording.say(Message.STINGS))


def take_feeling_of_mask(turn: Turn, heard: Heard) -> Turn:
    """With a mask on, a word of stinging is no note for later."""
    return rescue(turn, heard) if heard.about == Feeling.STUNG.value else answers.take_feeling(turn, heard)


def ask_take_off(turn: Turn, heard: Heard) -> Turn:
    """Ask whether the mask shall come off before its time; when the time is up, it will anyway."""
    session = turn.session
    if session.holding is None:
        return take_off(turn, heard)
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
    session, step = turn.session, turn.session.current_step
    if step is not None and step.phase is Phase.HOLDING and session.routine.is_overnight:
        return turn.becoming(replace(session, is_leaving=True))  # it goes on in the morning
    turn = turn.becoming(replace(session, is_leaving=True, holding=None, kept=None)).ordering(Keep(None))
    return _ending(turn, Ending.DONE if session.phase is Phase.DONE else Ending.LEFT)


def go_on_after_break(turn: Turn, heard: Heard) -> Turn:
    """The program was interrupted; the person goes on."""
    session, step = turn.session, turn.session.current_step
    if session.is_paused or step is None:
        return resume(turn, heard)
    if session.holding is None:
        return turn.instructing(session.text_of(step))
    text = session.wording.say(Message.RESUMED_WITH_TIME, left=session.wording.time.left(session.remaining_seconds))
    return turn.instructing(text, instruction=session.text_of(step))


def break_off(turn: Turn, _heard: Heard) -> Turn:
    """The program was interrupted, and the person does not go on; the mask may be on all the same."""
    session, step = turn.session, turn.session.current_step
    may_have_mask_on = step is not None and step.phase in {Phase.APPLYING, Phase.HOLDING, Phase.REMOVING}
    message = Message.BROKEN_OFF_WITH_MASK if may_have_mask_on else Message.BROKEN_OFF
    session = replace(session, position=NOT_STARTED, is_paused=False, holding=None)
    turn = _ending(turn.hushing().becoming(session), Ending.LEFT)
    return turn.instructing(session.wording.say(message))


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
    return _arrive(turn, _after_the_hold(turn), Message.SAFER_OFF)


def _arrive(turn: Turn, position: int, before: Message | None = None) -> Turn:
    """Be at a position, and say what is to be done there; `before` is a message with a gap for it."""
    if turn.session.remaining_seconds:
        turn = turn.hushing()  # the last seconds must not tick on
    session = replace(turn.session, position=position, is_paused=False, holding=None, claims_told=0)
    turn, step = turn.becoming(session), session.current_step
    if step is None:
        return _ending(turn, Ending.DONE).instructing(_farewell(turn))
    turn = turn.recording(Reached(step.id, is_mask_on=step.phase is Phase.HOLDING))
    if step.phase is Phase.HOLDING:
        session = replace(session, past=session.past.with_another(session.routine.id))
        turn = turn.becoming(session)
    instruction = session.text_of(step)
    if step.phase is Phase.HOLDING:
        return _begin_hold(turn, instruction)
    text = session.wording.say(before, step=instruction) if before else instruction
    return turn.instructing(text, instruction=instruction)


def _begin_hold(turn: Turn, instruction: str) -> Turn:
    """The bell sounds when the countdown starts, so that bell and chime are exactly the hold apart."""
    session, hold = turn.session, turn.session.routine.hold
    if hold is None or not session.hold_seconds:
        return turn.instructing(session.wording.say(Message.HOLD_OVERNIGHT, step=instruction))
    bell_at = session.now + CUE_LEAD_SECONDS
    holding = Holding.begin(session.hold_seconds, len(hold.reminders), bell_at, hold.milestones)
    time = session.wording.time.duration(session.hold_seconds)
    text = session.wording.say(Message.HOLD_BEGINS, step=instruction, time=time)
    turn = turn.becoming(replace(session, holding=holding)).instructing(text, instruction)
    return turn.ordering(Cue(Sound.BELL, bell_at, session.voice.volume))


def _farewell(turn: Turn) -> str:
    """What is said after the last step; what waits for the morning is named."""
    session = turn.session
    left_out = " ".join(
        step.instead for step in session.routine.steps if step.only not in {None, session.daypart} and step.instead
    )
    if left_out:
        return session.wording.say(Message.EVENING_DONE, evening=left_out)
    return session.wording.say(Message.DONE)


def _with_holding(turn: Turn, holding: Holding) -> Turn:
    """Change the countdown; what it had ordered is void."""
    turn = turn.hushing()
    return turn.becoming(replace(turn.session, holding=holding))


def _no_countdown(turn: Turn) -> Turn:
    """There is nothing to change: paused in another step, or the mask stays on overnight."""
    session = turn.session
    if not session.hold_seconds:
        return turn.telling(Message.OVERNIGHT if session.routine.is_overnight else Message.NO_COUNTDOWN)
    is_before = session.position < (session.routine.hold_position or 0)
    return turn.telling(Message.COUNTDOWN_NOT_BEGUN if is_before else Message.COUNTDOWN_OVER)


def _ending(turn: Turn, ending: Ending) -> Turn:
    """The history's session is over; what is remembered of the past is what it was."""
    session = turn.session
    turn = turn.recording(Ended(ending))
    return turn.becoming(replace(session, is_recording=False))


def _after_the_hold(turn: Turn) -> int:
    """Where the mask comes off."""
    session = turn.session
    at = session.routine.hold_position
    return session.position_after(session.position if at is None else at)


def _seconds(heard: Heard) -> float:
    """What was asked for: a minute when no number was said."""
    return _MINUTE * max(1, heard.minutes or 1)
