"""Handlers that explain: the greeting, why a step is done, who says so, and when the last mask was."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from voice_coach.language.intents import Intent
from voice_coach.language.wording import Message
from voice_coach.routines.past_masks import Feeling, FeelingReported
from voice_coach.session.commands import AppendHistory, QueryHistory

if TYPE_CHECKING:
    from voice_coach.routines import Claim
    from voice_coach.session.events import CommandHeard
    from voice_coach.session.state import Session
    from voice_coach.session.turn import Turn


_WEEK_DAYS = 7
_SHORTER = 2 / 3
"""Share of the usual hold that is offered to a person whose skin stung last time."""
_MINUTE = 60.0


def greet(turn: Turn, *, is_daytime: bool, is_aloud: bool = True) -> Turn:
    """Wait for the person to begin, and greet if `is_aloud`; "repeat" says the greeting in either case."""
    session = replace(turn.session, is_daytime=is_daytime)
    greeting = _greeting(session)
    turn = turn.becoming(replace(session, instruction=greeting))
    return turn.saying(greeting) if is_aloud else turn


def _introduction(session: Session) -> str:
    """Return the greeting of a coach that nobody knows yet: that it is there, what it hears, and how to change that."""
    wording, own = session.wording, session.wording.language
    parts = [wording.say(Message.INTRODUCTION, language=wording.language_called(own))]
    other = next((code for code in session.languages if code != own), None)
    if other is not None:
        parts.append(wording.say(Message.INTRODUCTION_LANGUAGE, language=wording.language_called(other)))
    return " ".join([*parts, wording.say(Message.READY if session.skin else Message.INTRODUCTION_SKIN)])


def shorter(seconds: float) -> float:
    """Return the seconds of a hold for skin that stung: two thirds of the usual, in whole minutes, at least one."""
    return max(_MINUTE, _MINUTE * round(seconds * _SHORTER / _MINUTE))


def last_mask(session: Session) -> str:
    """Return a sentence that says when the last mask was; empty when there was none, or no clock could tell."""
    last = session.past.last
    if last is None or last.days_ago is None or last.weekday is None:
        return ""
    return session.wording.say(Intent.LAST_MASK, when=session.wording.days.ago(last.days_ago, last.weekday))


def enough(session: Session) -> str:
    """Return a sentence that says how many masks a week are enough; empty when the routine gives no number."""
    times = session.routine.enough(session.skin)
    if times is None:
        return ""
    return session.wording.say(Message.ENOUGH, times=session.wording.days.times_a_week(times))


def _greeting(session: Session) -> str:
    """Return the greeting: in full before the first mask, later shorter and with the date of the last one."""
    wording, past = session.wording, session.past
    if session.is_unknown:
        return _introduction(session)
    if past.last is None:
        return wording.say(Message.GREETING if session.skin else Message.GREETING_FIRST)
    parts = [wording.say(Message.GREETING_AGAIN), *filter(None, [last_mask(session)])]
    times, days_ago = session.routine.enough(session.skin), past.last.days_ago
    if times is not None and days_ago is not None and days_ago * times < _WEEK_DAYS:
        parts.append(enough(session))
    return " ".join([*parts, wording.say(Message.READY)])


def tell_why(turn: Turn, heard: CommandHeard) -> Turn:
    """Say what the current step, or the step that was named, is good for, and who says so."""
    session, step = turn.session, turn.session.current_step
    if heard.slot_value:
        position = session.position_of(heard.slot_value)
        if position is None:
            return turn.telling(Message.NO_SUCH_STEP)
        step = session.routine.steps[position]
    if step is None or step.why is None:
        return turn.telling(Message.NO_REASON)
    if step is session.current_step:
        turn = turn.becoming(replace(session, claims_told=max(1, session.claims_told)))
    return _claiming(turn, step.why)


def tell_who_says(turn: Turn, _heard: CommandHeard) -> Turn:
    """Name the source of the last reason that was told about the step."""
    session = turn.session
    claims = claims_of(session)
    if not claims:
        return turn.telling(Message.NO_REASON)
    claim = claims[max(0, min(session.claims_told, len(claims)) - 1)]
    return turn.telling(Intent.WHO_SAYS, source=claim.source.name)


def tell_more(turn: Turn, _heard: CommandHeard) -> Turn:
    """Say one more thing about the step, or about the mask while no step is under way; nothing is said twice."""
    session = turn.session
    claims = claims_of(session)
    if session.claims_told >= len(claims):
        return turn.telling(Message.NO_MORE)
    turn = turn.becoming(replace(session, claims_told=session.claims_told + 1))
    return _claiming(turn, claims[session.claims_told])


def ask_memory(turn: Turn, heard: CommandHeard) -> Turn:
    """Ask the memory for the past, because a coach that has run for days knows only what was so at its start."""
    return turn.becoming(replace(turn.session, asked_memory=heard.intent, question=None)).ordering(QueryHistory())


def tell_past(turn: Turn) -> Turn:
    """Answer the person's question about the past, if one is waiting for the memory."""
    session = turn.session
    turn = turn.becoming(replace(session, asked_memory=None))
    if session.asked_memory is None:
        return turn
    if session.past.last is None:
        return turn.telling(Message.NO_MASK_YET)
    return _tell_how_often(turn) if session.asked_memory is Intent.HOW_OFTEN else _tell_last_mask(turn)


def _tell_how_often(turn: Turn) -> Turn:
    """Say how many masks there were in the last week and month, and how many a week are enough."""
    session, past, days = turn.session, turn.session.past, turn.session.wording.days
    counts = session.wording.say(Intent.HOW_OFTEN, week=days.times(past.in_week), month=days.times(past.in_month))
    return turn.saying(f"{counts} {enough(session)}".strip())


def _tell_last_mask(turn: Turn) -> Turn:
    """Say when the last mask was, and how many a week are enough."""
    session, when = turn.session, last_mask(turn.session)
    return turn.saying(f"{when} {enough(session)}".strip()) if when else _tell_how_often(turn)


def take_feeling(turn: Turn, heard: CommandHeard) -> Turn:
    """Write into the history how the mask felt, and answer."""
    feeling = next((one for one in Feeling if one.value == heard.slot_value), Feeling.GOOD)
    session = replace(turn.session, past=turn.session.past.with_feeling(feeling))
    turn = turn.becoming(session).ordering(AppendHistory(FeelingReported(feeling)))
    return turn.telling(Message(f"felt_{feeling.value}"))


def claims_of(session: Session) -> tuple[Claim, ...]:
    """Return the claims about the step, or about the mask while no step is under way; the most important first."""
    step, routine = session.current_step, session.routine
    if step is not None:
        return step.claims(session.skin)
    about = (routine.warning, routine.needs(session.skin).advice, routine.often)
    return tuple(claim for claim in about if claim is not None)


def _claiming(turn: Turn, claim: Claim) -> Turn:
    return turn.telling(Message.CLAIM, claim=claim.say, source=claim.source.name)
