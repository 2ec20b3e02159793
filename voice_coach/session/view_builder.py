"""Construction of the view that the faces show, with what can be chosen and the notes about earlier masks."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from voice_coach.language.intents import Intent
from voice_coach.language.wording import Message
from voice_coach.routines import Phase, Skin
from voice_coach.routines.past_masks import Feeling
from voice_coach.session.events import Fault
from voice_coach.session.faults import DEAFENING
from voice_coach.session.listening import suggested_commands
from voice_coach.session.state import Question
from voice_coach.session.view import (
    Attention,
    ChoiceView,
    CountdownView,
    Progress,
    StepView,
    TimerView,
    View,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from voice_coach.routines import Routine, Step
    from voice_coach.session.state import Session

FAULT_NOTES = {fault: Message(f"note_{fault.name.lower()}") for fault in Fault}
_WEEK_DAYS = 7


def build_view(session: Session) -> View:
    """Return the view of a session, with everything that a face shows."""
    step_count = len(session.routine.steps)
    step = session.current_step
    attention = _attention_of(session)
    view = View(
        phase=session.phase,
        step_number=min(session.position + 1, step_count),
        step_count=step_count,
        title=_title_of(session),
        instruction=_instruction_of(session),
        picture=step.picture if step else "",
        saying=session.saying.text if session.saying else "",
        unspoken=session.undelivered_speech,
        heard=session.wording.written(session.heard.text),
        heard_note=session.heard.note,
        question=session.question.text if session.question else "",
        suggestions=() if attention is Attention.DEAF else suggested_commands(session),
        choices=choices_of(session),
        languages=tuple(_languages(session)),
        notes=notes_of(session),
        countdown=_countdown_of(session),
        timers=tuple(_timers(session)),
        attention=attention,
        is_hearing=session.is_hearing and attention is not Attention.STANDBY,
        faults=tuple(session.wording.note(FAULT_NOTES[one]) for one in Fault if one in session.faults),
        steps=tuple(
            StepView(step.title, _progress_of(step, position, session))
            for position, step in enumerate(session.routine.steps)
        ),
        is_in_pain=session.pain is not None,
        is_asleep=session.is_asleep,
        is_unknown=session.is_unknown,
        routine=session.routine.id,
        command=session.heard.intent,
        feeling=session.past.last.feeling if session.past.last else None,
    )
    return view.closed() if session.is_over else view


def _title_of(session: Session) -> str:
    if session.pain:
        return session.wording.say(Message.NOTE_PAIN)
    step = session.current_step
    return step.title if step else session.routine.title


def _instruction_of(session: Session) -> str:
    """Return the words that stay: those of the step, or while it hurts, what to do about that."""
    if session.pain:
        return session.instruction
    step = session.current_step
    return session.text_of(step) if step else ""


def _attention_of(session: Session) -> Attention:
    if session.faults & DEAFENING:
        return Attention.DEAF
    if not session.is_listening:
        return Attention.LOADING
    return Attention.STANDBY if session.is_on_standby else Attention.LISTENING


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


def _timers(session: Session) -> Iterator[TimerView]:
    for timer in sorted(session.timers, key=lambda one: one.ends_at):
        name = timer.called(session.wording)
        countdown = timer.countdown
        left = countdown.remaining(session.now)
        yield TimerView(name[:1].upper() + name[1:], CountdownView(left, countdown.ends_at, countdown.total_seconds))


def choices_of(session: Session) -> tuple[ChoiceView, ...]:
    """Return the masks and skin types before a routine, the feelings when they are asked for, and else nothing."""
    if session.phase is Phase.IDLE and not session.pain:
        return (*_masks(session), *_skins(session))
    if session.question and session.question.question is Question.HOW_IT_FEELS:
        return tuple(_feelings(session))
    return ()


def notes_of(session: Session) -> tuple[str, ...]:
    """Return short sentences about the last and the next mask before a routine, and about this one after it."""
    if session.phase is Phase.IDLE:
        return tuple(_before(session))
    return tuple(_afterwards(session)) if session.phase is Phase.DONE else ()


def _masks(session: Session) -> Iterator[ChoiceView]:
    """Yield all masks, the kind of the last one first."""
    last = session.past.last.routine if session.past.last else ""
    for routine in sorted(session.routines.values(), key=lambda one: one.id != last):
        is_chosen = routine.id == session.routine.id
        yield ChoiceView(Intent.MASK, routine.id, routine.title, _hold_of(session, routine), is_chosen=is_chosen)


def _hold_of(session: Session, routine: Routine) -> str:
    wording, seconds = session.wording, session.hold_of(routine)
    if routine.is_overnight:
        return wording.note(Message.NOTE_OVERNIGHT)
    return wording.note(Message.NOTE_ON_FOR, time=wording.time.duration(seconds)) if seconds else ""


def _skins(session: Session) -> Iterator[ChoiceView]:
    for skin in Skin:
        title = session.wording.say(Message(f"note_skin_{skin.value}"))
        yield ChoiceView(Intent.SKIN, skin.value, title, is_chosen=skin is session.skin)


def _languages(session: Session) -> Iterator[ChoiceView]:
    if session.phase is not Phase.IDLE or session.pain or len(session.languages) == 1:
        return
    for code, name in session.languages.items():
        yield ChoiceView(Intent.LANGUAGE, code, name, is_chosen=code == session.wording.language)


def _feelings(session: Session) -> Iterator[ChoiceView]:
    for feeling in (Feeling.GOOD, Feeling.TIGHT, Feeling.DRY, Feeling.STUNG):
        yield ChoiceView(Intent.FELT, feeling.value, session.wording.say(Message(f"note_feeling_{feeling.value}")))


def _before(session: Session) -> Iterator[str]:
    wording, last = session.wording, session.past.last
    if last is not None and last.days_ago is not None and last.weekday is not None:
        name = session.routines[last.routine].title if last.routine in session.routines else ""
        when = wording.days.ago(last.days_ago, last.weekday)
        yield " ".join(
            filter(None, [name and wording.say(Message.NOTE_LAST_TIME, name=name, when=when), _felt(session)])
        )
    if session.is_request_overruled:
        time = wording.time.duration(session.hold_seconds)
        yield wording.say(Message.NOTE_LONGEST, name=session.routine.title, time=time)


def _felt(session: Session) -> str:
    feeling = session.past.last.feeling if session.past.last else None
    return session.wording.say(Message(f"note_felt_{feeling.value}")) if feeling else ""


def _afterwards(session: Session) -> Iterator[str]:
    wording = session.wording
    if session.has_stung:
        yield wording.say(Message.NOTE_GENTLE)
        return
    if session.began_at is not None and session.done_at is not None:
        time = wording.time.duration(session.done_at - session.began_at)
        yield wording.say(Message.NOTE_WAS, name=session.routine.title, time=time)
    if session.past.in_month:
        yield wording.say(Message.NOTE_TIMES, number=wording.time.count(session.past.in_month))
    times = session.routine.enough(session.skin)
    if times and session.routine.hold is not None:
        yield wording.say(Message.NOTE_DUE, when=wording.days.ahead(math.ceil(_WEEK_DAYS / times)))
