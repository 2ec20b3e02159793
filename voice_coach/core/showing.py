"""The page, as the session would have it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from voice_coach.core.events import Trouble
from voice_coach.core.suggestions import suggested_phrases
from voice_coach.core.view import CountdownView, View
from voice_coach.core.wording import Message

if TYPE_CHECKING:
    from voice_coach.core.state import Session

TROUBLE_NOTES = {trouble: Message(f"note_{trouble.name.lower()}") for trouble in Trouble}


def view_of(session: Session) -> View:
    """Everything a face needs to show the session."""
    step_count = len(session.routine.steps)
    step = session.current_step
    return View(
        phase=session.phase,
        step_number=min(session.position + 1, step_count),
        step_count=step_count,
        title=step.title if step else session.routine.title,
        saying=session.saying.text if session.saying else "",
        heard=session.heard.text,
        heard_note=session.heard.note,
        question=session.question.text if session.question else "",
        may_say=suggested_phrases(session),
        countdown=_countdown_of(session),
        is_listening=session.is_listening,
        troubles=tuple(session.wording.note(TROUBLE_NOTES[one]) for one in Trouble if one in session.troubles),
    )


def _countdown_of(session: Session) -> CountdownView | None:
    if session.holding is None:
        return None
    countdown = session.holding.countdown
    return CountdownView(session.remaining_seconds, countdown.ends_at, countdown.total_seconds)
