"""Handlers that tell something or change how the coach speaks, without moving to another step.

`transitions` says which command calls which handler.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from voice_coach.language.intents import Intent
from voice_coach.language.wording import Message
from voice_coach.routines import Daypart, Skin
from voice_coach.session.commands import SavePreferences, Voice
from voice_coach.session.listening import suggested_commands
from voice_coach.session.state import Question

if TYPE_CHECKING:
    from voice_coach.session.events import CommandHeard
    from voice_coach.session.state import Session
    from voice_coach.session.turn import Turn

_HELP_EXAMPLES = 4
_WORDS_PER_MINUTE = (105, 245)
"""The slowest and the fastest speech, in words per minute; outside this range a voice is hard to follow."""
_VOLUME = (0.2, 1.0)
"""The lowest and the highest volume, as a linear gain; an inaudible voice could not say how to make it louder."""


@dataclass(frozen=True, slots=True)
class Refuse:
    """A handler for a command that makes no sense in the current phase: it explains why, if the command was clear."""

    message: Message
    note: Message
    """The note for the page that says when the command would make sense."""

    def __call__(self, turn: Turn, heard: CommandHeard) -> Turn:
        """Put the note on the page, and say the message unless it is doubtful that the command was heard right."""
        turn = turn.noting(self.note)
        return turn.telling(self.message) if heard.is_confident else turn


def repeat(turn: Turn, _heard: CommandHeard) -> Turn:
    """Say the open question or the last instruction again."""
    question = turn.session.question
    if question is not None:
        return turn.saying(question.text).awaiting(question)
    return turn.saying(turn.session.instruction)


def tell_time_left(turn: Turn, _heard: CommandHeard) -> Turn:
    """Say how much of the countdown is left, or that it is not running."""
    session = turn.session
    if session.holding is not None:
        if not session.remaining_seconds:
            return turn.telling(Message.TIME_IS_UP)
        return turn.telling(Message.LEFT, left=session.wording.time.left(session.remaining_seconds))
    if not session.hold_seconds:
        return tell_no_countdown(turn)
    if session.position < (session.routine.hold_position or 0):
        return turn.telling(Message.TIME_TO_COME, time=session.wording.time.duration(session.hold_seconds))
    return turn.telling(Message.COUNTDOWN_OVER)


def tell_no_countdown(turn: Turn) -> Turn:
    """Say that this routine has no countdown, and why."""
    is_overnight = turn.session.routine.is_overnight
    return turn.telling(Message.OVERNIGHT if is_overnight else Message.NO_COUNTDOWN)


def tell_whats_next(turn: Turn, _heard: CommandHeard) -> Turn:
    """Name the next step."""
    session = turn.session
    position = session.position_after(session.position)
    if position == len(session.routine.steps):
        return turn.telling(Message.LAST_STEP)
    message = Message.NEXT_IS if session.current_step else Message.FIRST_IS
    return turn.telling(message, title=session.routine.steps[position].title)


def tell_which_step(turn: Turn, _heard: CommandHeard) -> Turn:
    """Say the number and the name of the current step."""
    session, step = turn.session, turn.session.current_step
    if step is None:
        return turn
    number = session.wording.time.number
    return turn.telling(
        Intent.WHICH_STEP,
        number=number(session.position + 1),
        count=number(len(session.routine.steps)),
        title=step.title,
    )


def tell_steps_left(turn: Turn, _heard: CommandHeard) -> Turn:
    """Say how many steps come after the current one."""
    session = turn.session
    steps = session.routine.steps[session.position + 1 :]
    left = sum(session.is_due(step) for step in steps)
    if not left:
        return turn.telling(Message.LAST_STEP)
    return turn.telling(Intent.STEPS_LEFT, number=session.wording.time.count(left))


def take_skin(turn: Turn, heard: CommandHeard) -> Turn:
    """Fit the routine to the skin type that the person named, and save it; ask which one when none was named."""
    session = turn.session
    if heard.slot_value not in {skin.value for skin in Skin}:
        return turn.telling(Message.ASK_SKIN)
    session = session.with_skin(Skin(heard.slot_value))
    advice = session.routine.needs(session.skin).advice
    turn = _preferring(turn, session)
    named = session.wording.note(Message(f"note_skin_{heard.slot_value}"))
    return turn.telling(Message.SKIN_CHOSEN, skin=named, advice=advice.say if advice else "")


def take_daypart(turn: Turn, heard: CommandHeard) -> Turn:
    """Take the time of day from the person, who knows it better than the clock."""
    is_day = heard.slot_value == Daypart.DAY.value
    turn = turn.becoming(replace(turn.session, is_daytime=is_day))
    return turn.telling(Message.DAY if is_day else Message.EVENING)


def be_brief(turn: Turn, _heard: CommandHeard) -> Turn:
    """Say only what to do from now on, not how to do it."""
    return _preferring(turn, replace(turn.session, is_brief=True)).telling(Intent.BRIEF)


def tell_all(turn: Turn, _heard: CommandHeard) -> Turn:
    """Say what to do and how to do it from now on."""
    return _preferring(turn, replace(turn.session, is_brief=False)).telling(Intent.FULL)


def _preferring(turn: Turn, session: Session) -> Turn:
    """Save the preferences of a session, and drop the sentences that were rendered ahead for the old ones."""
    session = replace(session, prepared=())
    step = session.current_step
    if step is not None and turn.session.current_step and session.instruction == turn.session.text_of(step):
        session = replace(session, instruction=session.text_of(step))
    return turn.becoming(session).ordering(SavePreferences(session.voice, session.skin, session.is_brief))


def stand_by(turn: Turn, _heard: CommandHeard) -> Turn:
    """Listen for nothing but the wake phrase and pain from now on."""
    return turn.becoming(replace(turn.session, is_on_standby=True)).telling(Intent.SLEEP)


def listen_again(turn: Turn, _heard: CommandHeard) -> Turn:
    """Listen for every command again."""
    return turn.becoming(replace(turn.session, is_on_standby=False)).telling(Intent.WAKE)


def help_out(turn: Turn, _heard: CommandHeard) -> Turn:
    """Name a few phrases that are useful now; an open question stays open."""
    question = turn.session.question
    turn = turn.telling(Intent.HELP, examples=_examples(turn.session))
    return turn if question is None else turn.awaiting(question)


def take_the_other(turn: Turn, _heard: CommandHeard) -> Turn:
    """Ask what the person meant, when it was not what the coach understood and nothing else is known."""
    return turn.telling(Message.WHICH_ONE, examples=_examples(turn.session))


def _examples(session: Session) -> str:
    suggestions = suggested_commands(session)[:_HELP_EXAMPLES]
    return session.wording.quoted(suggestion.phrase for suggestion in suggestions)


def stay(turn: Turn, _heard: CommandHeard) -> Turn:
    """Change nothing after the answer no, and say so."""
    session = turn.session
    if session.question is not None and session.question.question is Question.HEARD_RIGHT:
        turn = turn.becoming(replace(session, clarifications=session.clarifications.denied(session.now)))
        return turn.telling(Message.DROPPED)
    if session.holding is None or session.is_paused:
        return turn.telling(Message.NOTHING_CHANGED)
    return turn.telling(Message.STILL_HOLDING, left=session.wording.time.left(session.remaining_seconds))


@dataclass(frozen=True, slots=True)
class _VoiceChange:
    """One step up or down in one property of the voice."""

    words_per_minute: int = 0
    volume: float = 0.0
    changed: Intent = Intent.LOUDER
    at_limit: Message = Message.LOUDEST

    def __call__(self, turn: Turn, _heard: CommandHeard) -> Turn:
        before = turn.session.voice
        voice = Voice(
            words_per_minute=round(_moved(before.words_per_minute, self.words_per_minute, _WORDS_PER_MINUTE)),
            volume=round(_moved(before.volume, self.volume, _VOLUME), 2),
        )
        if voice == before:
            return turn.telling(self.at_limit)
        turn = turn.becoming(replace(turn.session, voice=voice, prepared=()))
        return turn.telling(self.changed).ordering(SavePreferences(voice, turn.session.skin, turn.session.is_brief))


def _moved(value: float, change: float, limits: tuple[float, float]) -> float:
    """Return a value changed within limits; a value that lies outside them already is not pulled back."""
    lowest, highest = limits
    return max(value, min(value + change, highest)) if change > 0 else min(value, max(value + change, lowest))


louder = _VoiceChange(volume=0.1, changed=Intent.LOUDER, at_limit=Message.LOUDEST)
quieter = _VoiceChange(volume=-0.1, changed=Intent.QUIETER, at_limit=Message.QUIETEST)
faster = _VoiceChange(words_per_minute=20, changed=Intent.FASTER, at_limit=Message.FASTEST)
slower = _VoiceChange(words_per_minute=-20, changed=Intent.SLOWER, at_limit=Message.SLOWEST)
