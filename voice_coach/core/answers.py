"""Handlers that tell something, or answer for the coach's voice. They change no place. `transitions` says when."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from voice_coach.core.commands import Save, Voice
from voice_coach.core.state import Question
from voice_coach.core.suggestions import suggested_phrases
from voice_coach.core.wording import Message

if TYPE_CHECKING:
    from voice_coach.core.events import Heard
    from voice_coach.core.turn import Turn

_HELP_EXAMPLES = 4
_WORDS_PER_MINUTE = (105, 245)
"""Outside of these, the voice is hard to follow."""
_VOLUME = (0.2, 1.0)
"""A voice that can't be heard could not tell how to make it louder."""


@dataclass(frozen=True, slots=True)
class Refuse:
    """A handler for what makes no sense now: say what does; to what was hardly a command say nothing."""

    message: Message
    note: Message
    """When it would make sense, for the page."""

    def __call__(self, turn: Turn, heard: Heard) -> Turn:
        """Refuse."""
        turn = turn.noting(self.note)
        return turn.telling(self.message) if heard.is_certain else turn


def repeat(turn: Turn, _heard: Heard) -> Turn:
    """Say the open question or the last instruction again."""
    question = turn.session.question
    if question is not None:
        return turn.saying(question.text).awaiting(question)
    return turn.saying(turn.session.instruction)


def tell_time_left(turn: Turn, _heard: Heard) -> Turn:
    """Say how much of the countdown is left, or that it is not running."""
    session = turn.session
    if session.holding is not None:
        if not session.remaining_seconds:
            return turn.telling(Message.TIME_IS_UP)
        return turn.telling(Message.LEFT, left=session.wording.time.left(session.remaining_seconds))
    if session.position < session.routine.hold_position:
        return turn.telling(Message.TIME_TO_COME, time=session.wording.time.duration(session.hold_seconds))
    return turn.telling(Message.COUNTDOWN_OVER)


def tell_whats_next(turn: Turn, _heard: Heard) -> Turn:
    """Name the next step."""
    session = turn.session
    position = session.position_after(session.position)
    if position == len(session.routine.steps):
        return turn.telling(Message.LAST_STEP)
    message = Message.NEXT_IS if session.current_step else Message.FIRST_IS
    return turn.telling(message, title=session.routine.steps[position].title)


def tell_which_step(turn: Turn, _heard: Heard) -> Turn:
    """Say the number and the name of the step."""
    session, step = turn.session, turn.session.current_step
    if step is None:
        return turn
    number = session.wording.time.number
    return turn.telling(
        Message.WHICH_STEP,
        number=number(session.position + 1),
        count=number(len(session.routine.steps)),
        title=step.title,
    )


def tell_why(turn: Turn, _heard: Heard) -> Turn:
    """Say what the step is good for, and who says so."""
    step = turn.session.current_step
    return turn if step is None else turn.telling(Message.WHY, why=step.why, source=step.source.name)


def help_out(turn: Turn, _heard: Heard) -> Turn:
    """Name a few phrases that matter now; a question that is open stays open."""
    question = turn.session.question
    turn = turn.telling(Message.HELP, examples=", ".join(suggested_phrases(turn.session)[:_HELP_EXAMPLES]))
    return turn if question is None else turn.awaiting(question)


def stay(turn: Turn, _heard: Heard) -> Turn:
    """The answer was no: nothing changes."""
    session = turn.session
    if session.question is not None and session.question.question is Question.HEARD_RIGHT:
        turn = turn.becoming(replace(session, doubts=session.doubts.denied(session.now)))
        return turn.telling(Message.DROPPED)
    if session.holding is None or session.is_paused:
        return turn.telling(Message.NOTHING_CHANGED)
    return turn.telling(Message.STILL_HOLDING, left=session.wording.time.left(session.remaining_seconds))


@dataclass(frozen=True, slots=True)
class _VoiceChange:
    """One step up or down in one property of the voice."""

    words_per_minute: int = 0
    volume: float = 0.0
    changed: Message = Message.LOUDER
    at_limit: Message = Message.LOUDEST

    def __call__(self, turn: Turn, _heard: Heard) -> Turn:
        before = turn.session.voice
        voice = Voice(
            words_per_minute=round(_moved(before.words_per_minute, self.words_per_minute, _WORDS_PER_MINUTE)),
            volume=round(_moved(before.volume, self.volume, _VOLUME), 2),
        )
        if voice == before:
            return turn.telling(self.at_limit)
        turn = turn.becoming(replace(turn.session, voice=voice, prepared=()))
        return turn.telling(self.changed).ordering(Save(voice))


def _moved(value: float, change: float, limits: tuple[float, float]) -> float:
    """A value changed within limits; one that lies outside of them already is not pulled back."""
    lowest, highest = limits
    return max(value, min(value + change, highest)) if change > 0 else min(value, max(value + change, lowest))


louder = _VoiceChange(volume=0.1, changed=Message.LOUDER, at_limit=Message.LOUDEST)
quieter = _VoiceChange(volume=-0.1, changed=Message.QUIETER, at_limit=Message.QUIETEST)
faster = _VoiceChange(words_per_minute=20, changed=Message.FASTER, at_limit=Message.FASTEST)
slower = _VoiceChange(words_per_minute=-20, changed=Message.SLOWER, at_limit=Message.SLOWEST)
