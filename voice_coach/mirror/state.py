"""A view as JSON: what the page and other programs are told. The format is described in openapi.json."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Any

from voice_coach.core.view import Attention
from voice_coach.face.remaining_time import remaining_seconds
from voice_coach.mirror.buttons import buttons_of
from voice_coach.routines import Phase

if TYPE_CHECKING:
    from voice_coach.core.view import CountdownView, View

VERSION = 1
"""Of the format: it grows when something is removed or means something else, not when something is added."""


class Activity(Enum):
    """What the coach is doing, as one light could tell it."""

    CLOSED = "closed"
    """It has ended; the stream ends too. When it is started again, this is where it can be found."""
    LOADING = "loading"
    """It does not hear yet."""
    DEAF = "deaf"
    """Nothing that is said is heard; `troubles` tells why. Buttons work."""
    SPEAKING = "speaking"
    HEARING = "hearing"
    """Somebody may be speaking."""
    PAUSED = "paused"
    LISTENING = "listening"


def state_of(view: View, now: float, *, revision: int, language: str, loading: str = "") -> dict[str, Any]:
    """Tell all that a face needs.

    Args:
        view: what the session shows.
        now: seconds of the coach's clock.
        revision: of the state; it grows with every change.
        language: of all words in it, such as "en".
        loading: how far the ears have come, such as "3/10".
    """
    return {
        "version": VERSION,
        "revision": revision,
        "now": round(now, 3),
        "language": language,
        "phase": view.phase.value,
        "activity": activity_of(view).value,
        "loading": loading if view.attention is Attention.LOADING else "",
        "title": view.title,
        "step_number": view.step_number,
        "step_count": view.step_count,
        "steps": [{"title": step.title, "progress": step.progress.value} for step in view.steps],
        "saying": view.saying,
        "question": view.question,
        "heard": view.heard,
        "heard_note": view.heard_note,
        "may_say": list(view.may_say),
        "buttons": [intent.value for intent in buttons_of(view)],
        "countdown": _countdown(view.countdown, now) if view.countdown else None,
        "troubles": list(view.troubles),
    }


def activity_of(view: View) -> Activity:
    """The one thing that matters most, in the order of the enumeration."""
    if view.attention is not Attention.LISTENING:
        return Activity(view.attention.value)
    if view.saying:
        return Activity.SPEAKING
    if view.is_hearing:
        return Activity.HEARING
    return Activity.PAUSED if view.phase is Phase.PAUSED else Activity.LISTENING


def _countdown(countdown: CountdownView, now: float) -> dict[str, Any]:
    """Seconds; `ends_at` on the clock of `now`, null while it stands still."""
    return {
        "total_seconds": round(countdown.total_seconds, 3),
        "remaining_seconds": round(remaining_seconds(countdown, now), 3),
        "ends_at": None if countdown.ends_at is None else round(countdown.ends_at, 3),
    }
