"""Construction of the view that the faces show."""

from __future__ import annotations

from typing import TYPE_CHECKING

from voice_coach.language.wording import Message
from voice_coach.session.events import Fault
from voice_coach.session.faults import DEAFENING
from voice_coach.session.listening import suggested_commands
from voice_coach.session.view import (
    Attention,
    CountdownView,
    Progress,
    StepView,
    View,
)

if TYPE_CHECKING:
    from voice_coach.routines import Step
    from voice_coach.session.state import Session

FAULT_NOTES = {fault: Message(f"note_{fault.name.lower()}") for fault in Fault}


def build_view(session: Session) -> View:
    """Return the view of a session, with everything that a face shows."""
    step_count = len(session.routine.steps)
    step = session.current_step
    attention = _attention_of(session)
    view = View(
        phase=session.phase,
        step_number=min(session.position + 1, step_count),
        step_count=step_count,
        title=step.title if step else session.routine.title,
        instruction=session.text_of(step) if step else "",
        saying=session.saying.text if session.saying else "",
        heard=session.heard.text,
        heard_note=session.heard.note,
        question=session.question.text if session.question else "",
        may_say=() if attention is Attention.DEAF else suggested_commands(session),
        countdown=_countdown_of(session),
        attention=attention,
        is_hearing=session.is_hearing,
        faults=tuple(session.wording.note(FAULT_NOTES[one]) for one in Fault if one in session.faults),
        steps=tuple(
            StepView(step.title, _progress_of(step, position, session))
            for position, step in enumerate(session.routine.steps)
        ),
    )
    return view.closed() if session.is_over else view


def _attention_of(session: Session) -> Attention:
    if session.faults & DEAFENING:
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
