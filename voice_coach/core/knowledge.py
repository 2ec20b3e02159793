"""Handlers that tell what is known: why a step is done, who says so, what else there is to it, and of the past."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from voice_coach.core.chronicle import Felt
from voice_coach.core.commands import Recall, Record
from voice_coach.core.greeting import enough, last_mask
from voice_coach.core.intents import Intent
from voice_coach.core.past import Feeling
from voice_coach.core.wording import Message

if TYPE_CHECKING:
    from voice_coach.core.events import Heard
    from voice_coach.core.state import Session
    from voice_coach.core.turn import Turn
    from voice_coach.routines import Claim


def tell_why(turn: Turn, heard: Heard) -> Turn:
    """Say what the step, or the one that was named, is good for, and who says so."""
    session, step = turn.session, turn.session.current_step
    if heard.about:
        position = session.position_of(heard.about)
        if position is None:
            return turn.telling(Message.NO_SUCH_STEP)
        step = session.routine.steps[position]
    if step is None or step.why is None:
        return turn.telling(Message.NO_REASON)
    if step is session.current_step:
        turn = turn.becoming(replace(session, claims_told=max(1, session.claims_told)))
    return _claiming(turn, step.why)


def tell_who_says(turn: Turn, _heard: Heard) -> Turn:
    """Say who said what was told last about the step."""
    session = turn.session
    claims = claims_of(session)
    if not claims:
        return turn.telling(Message.NO_REASON)
    claim = claims[max(0, min(session.claims_told, len(claims)) - 1)]
    return turn.telling(Intent.WHO_SAYS, source=claim.source.name)


def tell_more(turn: Turn, _heard: Heard) -> Turn:
    """Say one more thing about the step, or about the mask while none is on; each once."""
    session = turn.session
    claims = claims_of(session)
    if session.claims_told >= len(claims):
        return turn.telling(Message.NO_MORE)
    turn = turn.becoming(replace(session, claims_told=session.claims_told + 1))
    return _claiming(turn, claims[session.claims_told])


def ask_memory(turn: Turn, heard: Heard) -> Turn:
    """The coach may have been up for days: what it knew at its start is old."""
    return turn.becoming(replace(turn.session, asked_memory=heard.intent, question=None)).ordering(Recall())


def tell_past(turn: Turn) -> Turn:
    """Say what the person wanted to know of the past, if anything."""
    session = turn.session
    turn = turn.becoming(replace(session, asked_memory=None))
    if session.asked_memory is None:
        return turn
    if session.past.last is None:
        return turn.telling(Message.NO_MASK_YET)
    return _tell_how_often(turn) if session.asked_memory is Intent.HOW_OFTEN else _tell_last_mask(turn)


def _tell_how_often(turn: Turn) -> Turn:
    """How often the person masked, and how often is enough."""
    session, past, days = turn.session, turn.session.past, turn.session.wording.days
    counts = session.wording.say(Intent.HOW_OFTEN, week=days.times(past.in_week), month=days.times(past.in_month))
    return turn.saying(f"{counts} {enough(session)}".strip())


def _tell_last_mask(turn: Turn) -> Turn:
    """When the last mask was, and how often is enough."""
    session, when = turn.session, last_mask(turn.session)
    return turn.saying(f"{when} {enough(session)}".strip()) if when else _tell_how_often(turn)


def take_feeling(turn: Turn, heard: Heard) -> Turn:
    """Write down how it felt."""
    feeling = next((one for one in Feeling if one.value == heard.about), Feeling.GOOD)
    session = replace(turn.session, past=turn.session.past.with_feeling(feeling))
    turn = turn.becoming(session).ordering(Record(Felt(feeling)))
    return turn.telling(Message(f"felt_{feeling.value}"))


def claims_of(session: Session) -> tuple[Claim, ...]:
    """What there is to know about the step, or about the mask while no step is under way; first what matters most."""
    step, routine = session.current_step, session.routine
    if step is not None:
        return step.claims(session.skin)
    about = (routine.warning, routine.needs(session.skin).advice, routine.often)
    return tuple(claim for claim in about if claim is not None)


def _claiming(turn: Turn, claim: Claim) -> Turn:
    return turn.telling(Message.CLAIM, claim=claim.say, source=claim.source.name)
