"""The one table that says which handler answers which intent in which phase.

Each row gives, for an intent and a phase, the handler and every other phase that the session may be in afterwards.
There is no condition, sentence or time in the table: the handlers decide what depends on more than phase and intent,
and `listening` decides what is listened for. Where a misheard word could lose the person's place or countdown, the
handler in the table only asks, and QUESTIONS says what yes does. After a yes, an unclear command is handled like a
clear one.
`docs/states.svg` is drawn from this file.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from voice_coach.language.intents import Intent
from voice_coach.language.wording import Message
from voice_coach.routines import Phase
from voice_coach.session import answers, explanations, named_timers, navigation, timer_commands
from voice_coach.session.answers import Refuse
from voice_coach.session.state import Question

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from voice_coach.session.events import CommandHeard
    from voice_coach.session.turn import Turn

    Handler = Callable[[Turn, CommandHeard], Turn]

IDLE, BRIEFING, APPLYING, HOLDING = Phase.IDLE, Phase.BRIEFING, Phase.APPLYING, Phase.HOLDING
PAUSED, REMOVING, AFTERCARE, DONE = Phase.PAUSED, Phase.REMOVING, Phase.AFTERCARE, Phase.DONE
BEFORE_HOLD = (BRIEFING, APPLYING)
AFTER_HOLD = (REMOVING, AFTERCARE)
UNDER_WAY = (*BEFORE_HOLD, HOLDING, *AFTER_HOLD)
AT_THE_BEGINNING = (BRIEFING, APPLYING, AFTERCARE)
"""The phases in which a routine may begin, because not every routine has steps before the mask."""
EVERY_PHASE = tuple(Phase)
AFTER_PAIN = (IDLE, AFTERCARE, DONE)
"""The phases in which the coach may go on once a pain is better."""


@dataclass(frozen=True, slots=True)
class Transition:
    """A handler, and the phases to which it may lead besides the one in which it is called."""

    handle: Handler
    leads_to: frozenset[Phase] = frozenset()


def _row(phases: Phase | Iterable[Phase], handle: Handler, *leads_to: Phase) -> dict[Phase, Transition]:
    phases = (phases,) if isinstance(phases, Phase) else phases
    return dict.fromkeys(phases, Transition(handle, frozenset(leads_to)))


_not_started = _row(IDLE, Refuse(Message.NOT_STARTED, Message.NOTE_NOT_STARTED))
_already_done = _row(DONE, Refuse(Message.ALREADY_DONE, Message.NOTE_ALREADY_DONE))
_goes_on = _row(PAUSED, navigation.resume, *UNDER_WAY)
_already_paused = _row(PAUSED, Refuse(Message.ALREADY_PAUSED, Message.NOTE_ALREADY_PAUSED))
_outside_hold = _row(BEFORE_HOLD, Refuse(Message.COUNTDOWN_NOT_BEGUN, Message.NOTE_COUNTDOWN_NOT_BEGUN)) | _row(
    AFTER_HOLD, Refuse(Message.COUNTDOWN_OVER, Message.NOTE_COUNTDOWN_OVER)
)

TRANSITIONS: Mapping[Intent, Mapping[Phase, Transition]] = {
    Intent.START: (
        _row((IDLE, DONE), navigation.begin, *AT_THE_BEGINNING)
        | _row(UNDER_WAY, Refuse(Message.ALREADY_STARTED, Message.NOTE_ALREADY_STARTED))
        | _goes_on
    ),
    Intent.NEXT: (
        _row(BRIEFING, navigation.go_on, APPLYING)
        | _row(APPLYING, navigation.go_on, HOLDING)
        | _row(HOLDING, timer_commands.ask_take_off, REMOVING)
        | _row(REMOVING, navigation.go_on, AFTERCARE)
        | _row(AFTERCARE, navigation.go_on, DONE)
        | _goes_on | _not_started | _already_done
    ),
    Intent.BACK: (
        _row((BRIEFING, REMOVING), navigation.go_back)
        | _row(APPLYING, navigation.go_back, BRIEFING)
        | _row(HOLDING, navigation.ask_go_back)
        | _row(AFTERCARE, navigation.go_back, REMOVING)
        | _row(DONE, navigation.go_back, AFTERCARE)
        | _not_started | _already_paused
    ),
    Intent.PAUSE: _row(UNDER_WAY, navigation.pause, PAUSED) | _not_started | _already_paused | _already_done,
    Intent.RESUME: (
        _row(UNDER_WAY, Refuse(Message.NOT_PAUSED, Message.NOTE_NOT_PAUSED))
        | _goes_on | _not_started | _already_done
    ),
    Intent.ADD_TIME: _row((HOLDING, PAUSED), timer_commands.add_time) | _outside_hold | _not_started | _already_done,
    Intent.CUT_TIME: _row((HOLDING, PAUSED), timer_commands.cut_time) | _outside_hold | _not_started | _already_done,
    Intent.START_OVER: _row((*UNDER_WAY, PAUSED, DONE), navigation.ask_start_over) | _not_started,
    Intent.STINGS: (
        _row((IDLE, BRIEFING, REMOVING, AFTERCARE, DONE), navigation.rescue)
        | _row((APPLYING, HOLDING), navigation.rescue, REMOVING)
        | _row(PAUSED, navigation.rescue, BRIEFING, REMOVING, AFTERCARE)
    ),
    Intent.QUIT: _row((IDLE, DONE), navigation.leave_unless_timed) | _row((*UNDER_WAY, PAUSED), navigation.ask_quit),
    Intent.REPEAT: _row(EVERY_PHASE, answers.repeat),
    Intent.TIME_LEFT: _row((*UNDER_WAY, PAUSED), answers.tell_time_left) | _not_started | _already_done,
    Intent.WHATS_NEXT: _row((IDLE, *UNDER_WAY, PAUSED), answers.tell_whats_next) | _already_done,
    Intent.WHICH_STEP: _row((*UNDER_WAY, PAUSED), answers.tell_which_step) | _not_started | _already_done,
    Intent.WHY: _row((*UNDER_WAY, PAUSED), explanations.tell_why) | _not_started | _already_done,
    Intent.WHO_SAYS: _row(EVERY_PHASE, explanations.tell_who_says),
    Intent.MORE: _row(EVERY_PHASE, explanations.tell_more),
    Intent.STEPS_LEFT: _row((*UNDER_WAY, PAUSED), answers.tell_steps_left) | _not_started | _already_done,
    Intent.MASK: (
        _row(IDLE, navigation.choose_mask)
        | _row(DONE, navigation.choose_mask, IDLE)
        | _row((*UNDER_WAY, PAUSED), Refuse(Message.ALREADY_STARTED, Message.NOTE_ALREADY_STARTED))
    ),
    Intent.GO_TO: (
        _row((*BEFORE_HOLD, *AFTER_HOLD, DONE), navigation.go_to, *UNDER_WAY)
        | _row(HOLDING, navigation.ask_go_to, *BEFORE_HOLD, *AFTER_HOLD)
        | _not_started | _already_paused
    ),
    Intent.SKIP: (
        _row((*BEFORE_HOLD, HOLDING, PAUSED), navigation.skip, APPLYING)
        | _row(AFTER_HOLD, navigation.skip, DONE)
        | _not_started | _already_done
    ),
    Intent.SKIN: _row(EVERY_PHASE, answers.take_skin),
    Intent.FELT: (
        _row((IDLE, DONE), navigation.take_feeling)
        | _row(BRIEFING, navigation.take_feeling, IDLE)
        | _row((REMOVING, AFTERCARE, PAUSED), navigation.take_feeling, *AFTER_PAIN)
        | _row((APPLYING, HOLDING), navigation.take_feeling_of_mask, REMOVING)
    ),
    Intent.HOW_OFTEN: _row(EVERY_PHASE, explanations.ask_memory),
    Intent.LAST_MASK: _row(EVERY_PHASE, explanations.ask_memory),
    Intent.BRIEF: _row(EVERY_PHASE, answers.be_brief),
    Intent.FULL: _row(EVERY_PHASE, answers.tell_all),
    Intent.DAYPART: _row(EVERY_PHASE, answers.take_daypart),
    Intent.HELP: _row(EVERY_PHASE, answers.help_out),
    Intent.LOUDER: _row(EVERY_PHASE, answers.louder),
    Intent.QUIETER: _row(EVERY_PHASE, answers.quieter),
    Intent.FASTER: _row(EVERY_PHASE, answers.faster),
    Intent.SLOWER: _row(EVERY_PHASE, answers.slower),
    Intent.TIMER: _row(EVERY_PHASE, named_timers.set_timer),
    Intent.TIMER_LEFT: _row(EVERY_PHASE, named_timers.tell_timer),
    Intent.TIMER_STOP: _row(EVERY_PHASE, named_timers.stop_timer),
    Intent.SLEEP: _row(EVERY_PHASE, answers.stand_by),
    Intent.WAKE: _row(EVERY_PHASE, answers.listen_again),
    Intent.PERSON: _row((IDLE, DONE), navigation.change_person)
    | _row((*UNDER_WAY, PAUSED), Refuse(Message.PERSON_LATER, Message.NOTE_PERSON_LATER)),
    Intent.LANGUAGE: _row((IDLE, DONE), navigation.change_language)
    | _row((*UNDER_WAY, PAUSED), Refuse(Message.PERSON_LATER, Message.NOTE_PERSON_LATER)),
}  # fmt: skip
"""The rows of all intents except the answers, which have a meaning only after a question."""


def refusal_of(intent: Intent, phase: Phase) -> Refuse | None:
    """Return the handler that explains why an intent makes no sense in a phase; None when it makes sense."""
    handle = TRANSITIONS[intent][phase].handle if intent in TRANSITIONS else None
    return handle if isinstance(handle, Refuse) else None


def _obey_after_all(turn: Turn, _heard: CommandHeard) -> Turn:
    """Carry out the unclear command after a yes. It is in this module because it uses the table."""
    session = turn.session
    command = session.question.command if session.question else None
    turn = turn.becoming(replace(session, clarifications=session.clarifications.confirmed()))
    return turn if command is None else TRANSITIONS[command.intent][session.phase].handle(turn, command)


def _obey_the_other(turn: Turn, heard: CommandHeard) -> Turn:
    """Carry out the command that was about as likely as the one in question; if there is none, ask what was meant."""
    session = turn.session
    other = session.question.other if session.question else None
    turn = turn.becoming(replace(session, clarifications=session.clarifications.confirmed(), question=None))
    if other is None or other.intent not in TRANSITIONS:
        return answers.take_the_other(turn, heard)
    return TRANSITIONS[other.intent][session.phase].handle(turn, other)


def _tell_how_long(turn: Turn, heard: CommandHeard) -> Turn:
    """Take a number of minutes for what the coach has asked about: the mask, or a timer beside it."""
    is_about_timer = turn.session.question is not None and turn.session.question.question is Question.HOW_LONG
    return (named_timers.set_asked_timer if is_about_timer else timer_commands.set_time_on)(turn, heard)


def _wherever_a_command_leads(phase: Phase) -> frozenset[Phase]:
    return frozenset().union(*(by_phase[phase].leads_to for by_phase in TRANSITIONS.values()))


QUESTIONS: Mapping[Question, Mapping[Phase, Transition]] = {
    Question.START_OVER: _row((*UNDER_WAY, PAUSED), navigation.begin_as_usual, BRIEFING)
    | _row(DONE, navigation.begin_another, BRIEFING),
    Question.TAKE_OFF: _row((HOLDING, PAUSED), timer_commands.take_off, REMOVING),
    Question.GO_BACK: _row(HOLDING, navigation.go_back, APPLYING),
    Question.QUIT: _row(EVERY_PHASE, navigation.leave),
    Question.SHALL_WE_GO_ON: _row((*UNDER_WAY, PAUSED), navigation.go_on_after_break, *UNDER_WAY),
    Question.HOW_LONG_ON: _row(HOLDING, answers.repeat),
    Question.HOW_LONG: _row(EVERY_PHASE, answers.repeat),
    Question.STOP_TIMERS: _row(EVERY_PHASE, named_timers.stop_all),
    Question.GO_TO: _row(HOLDING, navigation.go_to_after_all, *BEFORE_HOLD, *AFTER_HOLD),
    Question.SHORTER: _row((IDLE, DONE), navigation.begin_shorter, *AT_THE_BEGINNING),
    Question.ANOTHER: _row((IDLE, DONE), navigation.begin_as_usual, *AT_THE_BEGINNING),
    Question.BETTER: (
        _row((IDLE, DONE), navigation.go_on_gently)
        | _row((BRIEFING, APPLYING, HOLDING), navigation.go_on_gently, IDLE)
        | _row((REMOVING, AFTERCARE, PAUSED), navigation.go_on_gently, *AFTER_PAIN)
    ),
    Question.HOW_IT_FEELS: _row(DONE, navigation.feel_good),
    Question.HEARD_RIGHT: {
        phase: Transition(_obey_after_all, _wherever_a_command_leads(phase)) for phase in EVERY_PHASE
    },
}
"""The rows that say what yes does, by the open question."""

ALSO_YES: Mapping[Question, frozenset[Intent]] = {Question.SHALL_WE_GO_ON: frozenset({Intent.RESUME})}
"""Intents that count as yes to a question, such as "let's continue"."""

DENIALS: Mapping[Question, Mapping[Phase, Transition]] = {
    Question.SHALL_WE_GO_ON: _row((*UNDER_WAY, PAUSED), navigation.break_off, IDLE),
    Question.SHORTER: _row((IDLE, DONE), navigation.begin_as_usual, *AT_THE_BEGINNING),
    Question.HOW_LONG_ON: _row(HOLDING, timer_commands.take_off_to_be_safe, REMOVING),
    Question.BETTER: _row(EVERY_PHASE, navigation.stay_with_pain),
}
"""The rows that say what no does, by the open question; after all other questions it changes nothing."""

REPLIES: Mapping[Intent, Mapping[Phase, Transition]] = {
    Intent.ON_FOR: _row(EVERY_PHASE, named_timers.set_asked_timer) | _row(HOLDING, _tell_how_long, REMOVING),
    Intent.OTHER_ONE: {phase: Transition(_obey_the_other, _wherever_a_command_leads(phase)) for phase in EVERY_PHASE},
}
"""The rows of the answers other than yes and no, such as "ten minutes" when the coach asks how long the mask has been
on, and "the other one" when it asks whether it has heard right."""

TIME_IS_UP = {HOLDING: Transition(timer_commands.take_off, frozenset({REMOVING}))}
"""The transition at the end of the countdown, which no command calls."""
