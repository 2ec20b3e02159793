"""The page, as the session would have it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from voice_coach.core.events import Trouble
from voice_coach.core.suggestions import suggested_phrases
from voice_coach.core.troubles import DEAFENING
from voice_coach.core.view import Attention, CountdownView, Progress, StepView, View
from voice_coach.core.wording import Message

if TYPE_CHECKING:
    from voice_coach.core.state import Session
    from voice_coach.routines import Step

TROUBLE_NOTES = {trouble: Message(f"note_{trouble.name.lower()}") for trouble in Trouble}


def view_of(session: Session) -> View:
    """Everything a face needs to show the session."""
    step_count = len(session.routine.steps)
    step = session.current_step
    attention = _attention_of(session)
    view = View(
        phase=session.phase,
        step_number=min(session.position + 1, step_count),
        step_count=step_count,
        title=step.title if step else session.routine.title,
        saying=session.saying.text if session.saying else "",
        heard=session.heard.text,
        heard_note=session.heard.note,
        question=session.question.text if session.question else "",
        may_say=() if attention is Attention.DEAF else suggested_phrases(session),
        countdown=_countdown_of(session),
        attention=attention,
        is_hearing=session.is_hearing,
        troubles=tuple(session.wording.note(TROUBLE_NOTES[one]) for one in Trouble if one in session.troubles),
        steps=tuple(
            StepView(step.title, _progress_of(step, position, session))
            for position, step in enumerate(session.routine.steps)
        ),
    )
    return view.closed() if session.is_over else view


def _attention_of(session: Session) -> Attention:
    if session.troubles & DEAFENING:
        return Attention.DEAF
    return Attention.LISTENING if session.is_listening else Attention.LOADING


def _progress_of(step: Step, position: int, session: Session) -> Progress:
    if position == session.position:
        return Progress.NOW
    if not session.is_due(step):
        return Progress.LEFT_OUT
    return Progress.DONE if position < session.position else Progress.TO_COME


def _countdown_of(session: Session) -> CountdownView | None:
    if session.holding is None:
        return None
    countdown = session.holding.countdown
    return CountdownView(session.remaining_seconds, countdown.ends_at, countdown.total_seconds)
