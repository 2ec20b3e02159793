"""Handlers that move to another step, or end the session. `transitions` says which command calls which handler."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from voice_coach.language.intents import Intent
from voice_coach.language.wording import Message
from voice_coach.routines import Phase
from voice_coach.routines.past_masks import Ending, Feeling, FeelingReported, SessionStarted
from voice_coach.session import explanations
from voice_coach.session.commands import AppendHistory, SaveSnapshot
from voice_coach.session.explanations import shorter
from voice_coach.session.state import FIRST_CHECK_SECONDS, NOT_STARTED, Pain, Question
from voice_coach.session.step_entry import after_the_hold, end_session, enter_step

if TYPE_CHECKING:
    from voice_coach.session.events import CommandHeard, Event
    from voice_coach.session.state import Session
    from voice_coach.session.turn import Turn


def begin(turn: Turn, heard: CommandHeard) -> Turn:
    """Begin the routine; when the last mask stung, offer a shorter hold first, and when it was today, ask first."""
    session, last = turn.session, turn.session.past.last
    if last is not None and last.days_ago == 0 and not _should_be_shorter(session):
        return turn.asking(Question.ANOTHER, session.wording.say(Message.ASK_ANOTHER))
    return begin_another(turn, heard)


def begin_another(turn: Turn, heard: CommandHeard) -> Turn:
    """Begin the routine, even if there was a mask today; when the last one stung, offer a shorter hold first."""
    session = turn.session
    if _should_be_shorter(session):
        time = session.wording.time.duration(shorter(session.hold_seconds))
        return turn.asking(Question.SHORTER, session.wording.say(Message.ASK_SHORTER, time=time))
    return begin_as_usual(turn, heard)


def _should_be_shorter(session: Session) -> bool:
    last = session.past.last
    return last is not None and last.feeling is Feeling.STUNG and session.hold_seconds > shorter(session.hold_seconds)


def begin_as_usual(turn: Turn, _heard: CommandHeard) -> Turn:
    """Begin the routine at its first step, without offering a shorter hold."""
    session = replace(
        turn.session,
        skipped=frozenset(),
        is_recording=True,
        began_at=turn.session.now,
        done_at=None,
        pain=None,
        has_stung=False,
        nudged_at=NOT_STARTED,
    )
    routine = session.routine
    began = SessionStarted(routine.id, routine.title, routine.mask, session.hold_seconds)
    turn = turn.becoming(session).ordering(AppendHistory(began))
    message = Message.BEGIN_AND_TEACH if session.is_newcomer else Message.BEGIN
    return enter_step(turn, session.position_after(NOT_STARTED), message)


def choose_mask(turn: Turn, heard: CommandHeard) -> Turn:
    """Choose another kind of mask, and with it another routine, before the first step."""
    session = turn.session
    routine = next((one for one in session.routines.values() if heard.slot_value in {one.mask, one.id}), None)
    if routine is None:
        return turn.telling(Message.NO_SUCH_MASK)
    session = session.with_routine(routine)
    claims = explanations.claims_of(session)
    say = claims[0].say if claims else ""
    session = replace(session, claims_told=1)
    if routine.is_overnight or not session.hold_seconds:
        text = session.wording.say(Message.MASK_CHOSEN_OVERNIGHT, name=routine.title, claim=say)
    else:
        time = session.wording.time.duration(session.hold_seconds)
        text = session.wording.say(Message.MASK_CHOSEN, name=routine.title, time=time, claim=say)
    return turn.becoming(session).instructing(text)


def begin_shorter(turn: Turn, heard: CommandHeard) -> Turn:
    """Begin the routine with a shorter hold, because the last mask stung."""
    session = turn.session
    return begin_as_usual(turn.becoming(replace(session, hold_seconds=shorter(session.hold_seconds))), heard)


def go_on(turn: Turn, _heard: CommandHeard) -> Turn:
    """Go to the next step, with a word about the last one."""
    session = turn.session
    praises = session.wording.praises
    praise = praises[session.position % len(praises)]
    return enter_step(turn, session.position_after(session.position), opening=praise)


def go_back(turn: Turn, _heard: CommandHeard) -> Turn:
    """Go to the previous step, unless that is the hold: it cannot be repeated without a mask."""
    position = turn.session.position_before(turn.session.position)
    if position == NOT_STARTED:
        return enter_step(turn, turn.session.position, Message.FIRST_STEP)
    if position == turn.session.routine.hold_position:
        return turn.telling(Message.NO_WAY_BACK_TO_HOLD)
    return enter_step(turn, position)


def go_to(turn: Turn, heard: CommandHeard) -> Turn:
    """Go to the step that was named, unless it is a hold that is over: it cannot be repeated without a mask."""
    session = turn.session
    position = session.position_of(heard.slot_value)
    if position is None:
        return turn.telling(Message.NO_SUCH_STEP)
    step, hold = session.routine.steps[position], session.routine.hold_position
    if position == session.position:
        return turn.telling(Message.ALREADY_THERE, title=step.title)
    if position == hold and session.position > position:
        return turn.telling(Message.NO_WAY_BACK_TO_HOLD)
    skipped = session.skipped - {step.id}
    return enter_step(turn.becoming(replace(session, skipped=skipped)), position, Intent.GO_TO)


def ask_go_to(turn: Turn, heard: CommandHeard) -> Turn:
    """Go to the step that was named, but ask first if that would end a countdown."""
    session = turn.session
    position = session.position_of(heard.slot_value)
    if position is None or position == session.position or session.holding is None:
        return go_to(turn, heard)
    title = session.routine.steps[position].title
    return turn.asking(Question.GO_TO, session.wording.say(Message.ASK_GO_TO, title=title), heard)


def go_to_after_all(turn: Turn, heard: CommandHeard) -> Turn:
    """Go to the step that the open question is about, although this ends the countdown."""
    asked = turn.session.question
    return go_to(turn, asked.command if asked and asked.command else heard)


def skip(turn: Turn, heard: CommandHeard) -> Turn:
    """Leave out the step that was named; if it is under way, go on to the next."""
    session = turn.session
    position = session.position_of(heard.slot_value)
    if position is None:
        return turn.telling(Message.NO_SUCH_STEP)
    step = session.routine.steps[position]
    if step.phase not in {Phase.BRIEFING, Phase.AFTERCARE}:
        return turn.telling(Message.CANNOT_SKIP, title=step.title)
    turn = turn.becoming(replace(session, skipped=session.skipped | {step.id}))
    if position == session.position and not session.is_paused:
        return go_on(turn, heard)
    return turn.telling(Message.SKIPPED, title=step.title)


def pause(turn: Turn, _heard: CommandHeard) -> Turn:
    """Pause the routine and its countdown, and say so."""
    session = turn.session
    holding = session.holding and session.holding.pause(session.now)
    turn = turn.hushing()
    text = session.wording.say(Message.PAUSED)
    return turn.becoming(replace(turn.session, is_paused=True, holding=holding)).instructing(text)


def resume(turn: Turn, _heard: CommandHeard) -> Turn:
    """Resume the routine and its countdown after a pause."""
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


def rescue(turn: Turn, heard: CommandHeard) -> Turn:
    """Stop everything else because it stings, and stay with the person until they say that it is better.

    A coach on standby wakes: what the person says now is for it.
    """
    turn = turn.hushing()
    turn = turn.becoming(replace(turn.session, is_on_standby=False))
    if turn.session.pain:
        return stay_with_pain(turn, heard)
    turn = turn.recording(FeelingReported(Feeling.STUNG))
    session, step = turn.session, turn.session.current_step
    has_mask_on = step is not None and step.phase in {Phase.APPLYING, Phase.HOLDING}
    position = after_the_hold(turn) if has_mask_on else session.position
    past = session.past.with_feeling(Feeling.STUNG) if has_mask_on else session.past
    pain = Pain(session.now + FIRST_CHECK_SECONDS)
    session = replace(session, position=position, is_paused=False, holding=None, is_leaving=False, past=past)
    turn = turn.becoming(replace(session, pain=pain, has_stung=True))
    return turn.instructing(session.wording.say(Intent.STINGS))


def ask_whether_better(turn: Turn, _event: Event) -> Turn:
    """Ask whether the pain is better; the question stays open until it is answered."""
    session = turn.session
    pain = session.pain and session.pain.asked(session.now)
    return turn.becoming(replace(session, pain=pain)).asking(Question.BETTER, session.wording.say(Message.ASK_BETTER))


def stay_with_pain(turn: Turn, _heard: CommandHeard) -> Turn:
    """Go on with the cool water because it is not better yet, and say when to see a doctor; the coach asks again."""
    session = turn.session
    pain = Pain(session.now).asked(session.now)
    return turn.becoming(replace(session, pain=pain)).instructing(session.wording.say(Message.NOT_BETTER))


def go_on_gently(turn: Turn, _heard: CommandHeard) -> Turn:
    """Go on after pain: without what may irritate the skin further, and without a mask if none was on yet."""
    session, step = turn.session, turn.session.current_step
    irritating = frozenset(one.id for one in session.routine.steps if one.irritates)
    session = replace(session, pain=None, is_paused=False, question=None)
    turn = turn.becoming(session)
    if step is None:
        return turn.telling(Message.EASED)
    if step.phase not in {Phase.REMOVING, Phase.AFTERCARE}:
        turn = end_session(turn.becoming(replace(session, position=NOT_STARTED)), Ending.STUNG)
        return turn.instructing(session.wording.say(Message.EASED_WITHOUT_MASK))
    turn = turn.becoming(replace(session, skipped=session.skipped | irritating))
    return enter_step(turn, turn.session.position_after(session.position), Message.EASED_AND_ON)


def take_feeling(turn: Turn, heard: CommandHeard) -> Turn:
    """Note how the skin feels; while it hurts, this tells whether it is better."""
    if turn.session.pain is None:
        return explanations.take_feeling(turn, heard)
    return (go_on_gently if heard.slot_value == Feeling.GOOD.value else stay_with_pain)(turn, heard)


def take_feeling_of_mask(turn: Turn, heard: CommandHeard) -> Turn:
    """Note how the skin feels while a mask is on; if it stings, act at once as after "it stings"."""
    return rescue(turn, heard) if heard.slot_value == Feeling.STUNG.value else take_feeling(turn, heard)


def feel_good(turn: Turn, heard: CommandHeard) -> Turn:
    """Note that the skin feels good, as the answer to the question how it feels."""
    return take_feeling(turn, replace(heard, slot_value=Feeling.GOOD.value))


def ask_go_back(turn: Turn, _heard: CommandHeard) -> Turn:
    """Ask before going back, because that ends the countdown."""
    return turn.asking(Question.GO_BACK, turn.session.wording.say(Message.ASK_GO_BACK))


def ask_start_over(turn: Turn, _heard: CommandHeard) -> Turn:
    """Ask before starting over, because the place in the routine would be lost."""
    return turn.asking(Question.START_OVER, turn.session.wording.say(Message.ASK_START_OVER))


def ask_quit(turn: Turn, _heard: CommandHeard) -> Turn:
    """Ask before ending the session."""
    return turn.asking(Question.QUIT, turn.session.wording.say(Message.ASK_QUIT))


def change_person(turn: Turn, heard: CommandHeard) -> Turn:
    """Begin anew for somebody else, whose skin and history are kept apart; tell who it is when nobody was named."""
    session = turn.session
    called = session.wording.people.get(heard.slot_value or session.person, "")
    if heard.slot_value in {"", session.person}:
        return turn.telling(Message.PERSON_IS, name=called)
    if session.timers:
        return turn.telling(Message.PERSON_LATER)
    turn = _closed(turn.hushing().telling(Message.PERSON_CHANGES, name=called))
    return turn.becoming(replace(turn.session, next_person=heard.slot_value))


def change_language(turn: Turn, heard: CommandHeard) -> Turn:
    """Begin anew in another language, if the coach can hear it here."""
    session, code = turn.session, heard.slot_value
    language = session.wording.language_called(code)
    if code == session.wording.language:
        return turn.telling(Message.LANGUAGE_IS, language=language)
    if code not in session.languages:
        return turn.telling(Message.NO_SUCH_LANGUAGE)
    if session.timers:
        return turn.telling(Message.PERSON_LATER)
    turn = _closed(turn.hushing().telling(Message.LANGUAGE_CHANGES, language=language))
    return turn.becoming(replace(turn.session, next_person=session.person, next_language=code))


def leave_unless_timed(turn: Turn, heard: CommandHeard) -> Turn:
    """Say goodbye where no mask is on; but ask before that where a timer would be lost."""
    return ask_quit(turn, heard) if turn.session.timers else leave(turn, heard)


def leave(turn: Turn, _heard: CommandHeard) -> Turn:
    """Say goodbye; the session is over when the goodbye has been spoken."""
    return _closed(turn.hushing().telling(Message.GOODBYE))


def _closed(turn: Turn) -> Turn:
    """End the session with what is being said."""
    session, step = turn.session, turn.session.current_step
    if step is not None and step.phase is Phase.HOLDING and session.routine.is_overnight:
        return turn.becoming(replace(session, is_leaving=True))  # an overnight mask goes on in the morning
    turn = turn.becoming(replace(session, is_leaving=True, holding=None, last_snapshot=None)).ordering(
        SaveSnapshot(None)
    )
    return end_session(turn, Ending.DONE if session.phase is Phase.DONE else _early_ending(session))


def _early_ending(session: Session) -> Ending:
    return Ending.STUNG if session.has_stung else Ending.LEFT


def go_on_after_break(turn: Turn, heard: CommandHeard) -> Turn:
    """Go on with a session that was interrupted by the end of the program."""
    session, step = turn.session, turn.session.current_step
    if session.is_paused or step is None:
        return resume(turn, heard)
    if session.holding is None:
        return turn.instructing(session.text_of(step))
    text = session.wording.say(Message.RESUMED_WITH_TIME, left=session.wording.time.left(session.remaining_seconds))
    return turn.instructing(text, instruction=session.text_of(step))


def break_off(turn: Turn, _heard: CommandHeard) -> Turn:
    """Give up a session that was interrupted, and warn the person if the mask may still be on."""
    session, step = turn.session, turn.session.current_step
    may_have_mask_on = step is not None and step.phase in {Phase.APPLYING, Phase.HOLDING, Phase.REMOVING}
    message = Message.BROKEN_OFF_WITH_MASK if may_have_mask_on else Message.BROKEN_OFF
    session = replace(session, position=NOT_STARTED, is_paused=False, holding=None)
    turn = end_session(turn.hushing().becoming(session), _early_ending(session))
    return turn.instructing(session.wording.say(message))
