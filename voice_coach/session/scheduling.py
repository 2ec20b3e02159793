"""Everything that happens because time has passed: deadlines, announcements, cues, and waking after a sleep.

The coach knows that the machine has slept when an event comes long after a deadline. Announcements that were due during
the sleep are dropped.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

from voice_coach.language.wording import Message
from voice_coach.routines import Milestone, Phase
from voice_coach.session import faults, named_timers, navigation, timer_commands
from voice_coach.session.commands import Cue, Sound
from voice_coach.session.events import CommandHeard, CommandRejected, Fault
from voice_coach.session.state import LastHeard
from voice_coach.session.step_entry import after_the_hold, enter_step
from voice_coach.session.timer import LATE_SECONDS, TICKS

if TYPE_CHECKING:
    from voice_coach.session.events import Event
    from voice_coach.session.state import Session
    from voice_coach.session.timer import AnnouncementMark
    from voice_coach.session.turn import Turn


SLEPT_SECONDS = 5.0
"""Seconds after a missed deadline from which the coach assumes a sleep; a slow disk delays it by two at most."""


def wake_up(turn: Turn) -> Turn:
    """Say after a sleep during a hold how much time is left; if none is, sound the chime and go to the next step."""
    session, holding = turn.session, turn.session.holding
    if holding is None or holding.over_at is None:
        return turn
    if session.now >= holding.over_at:
        turn = turn.hushing()  # a sound ordered before the sleep would come now
        turn = turn.ordering(Cue(Sound.CHIME, session.now, session.voice.volume))
        return enter_step(turn, after_the_hold(turn), Message.TIME_OVER_ASLEEP)
    holding, _ = holding.take_announcement(session.now)
    turn = turn.becoming(replace(session, holding=holding))
    if session.question is not None or session.remaining_seconds <= TICKS:
        return turn
    return turn.telling(Message.LEFT, left=session.wording.time.left(session.remaining_seconds))


def catch_up(turn: Turn, event: Event) -> Turn:
    """End everything whose time has come before an event is handled, such as an open question or the hold."""
    session, now, was_asleep = turn.session, turn.session.now, _is_overdue(turn.session)
    if session.phase is Phase.DONE and session.is_asleep:
        session = session.with_routine(session.routine)
        session = replace(
            session, instruction=session.wording.say(Message.READY), has_stung=False, began_at=None, done_at=None
        )
    question = session.question if session.question and now < session.question.lapses_at else None
    saying = session.saying if session.saying and now < session.saying.given_up_at else None
    fades_at = session.heard.fades_at
    heard = session.heard if fades_at is None or now < fades_at else LastHeard()
    turn = turn.becoming(replace(session, question=question, saying=saying, heard=heard))
    turn = order_cues(wake_up(turn) if was_asleep else turn)
    session = turn.session
    over_at = session.holding.over_at if session.holding else None
    return turn if over_at is None or now < over_at else timer_commands.take_off(turn, event)


def order_cues(turn: Turn) -> Turn:
    """Order the ticks and the chimes that are due within a fraction of a second."""
    turn = named_timers.ring(turn)
    session = turn.session
    if session.holding is None:
        return turn
    holding, cues = session.holding.order_cues(session.now)
    commands = (Cue(sound, due, session.voice.volume) for sound, due in cues)
    return turn.becoming(replace(session, holding=holding)).ordering(*commands)


def announce(turn: Turn, event: Event) -> Turn:
    """Say the announcement of the hold or of a fault that is due, unless something else is being said or asked."""
    session = turn.session
    if _is_silent(session) and session.pain and session.now >= session.pain.asks_at:
        return navigation.ask_whether_better(turn, event)
    if _is_silent(session):
        turn = named_timers.announce_timers(turn)
        session = turn.session
    if not _is_free_to_speak(session):
        return turn
    if session.holding is None:
        turn = faults.announce_faults(turn)
        return turn if turn.session.saying else _nudge(turn)
    holding, mark = session.holding.take_announcement(session.now)
    turn = turn.becoming(replace(session, holding=holding))
    return faults.announce_faults(turn) if mark is None else turn.saying(announcement_text(session, mark))


def _nudge(turn: Turn) -> Turn:
    """Say how to go on when a person has been silent in a step for long."""
    session = turn.session
    if session.nudge_at is None or session.now < session.nudge_at:
        return turn
    if session.now - session.nudge_at > SLEPT_SECONDS:
        return turn.becoming(replace(session, attended_at=session.now))  # after a sleep it would startle
    return turn.becoming(replace(session, nudged_at=session.position)).telling(Message.NUDGE)


def announcement_text(session: Session, mark: AnnouncementMark) -> str:
    """Return the sentence of an announcement of the hold."""
    if isinstance(mark, int):
        return session.routine.hold.reminders[mark] if session.routine.hold else ""
    total = session.holding.countdown.total_seconds if session.holding else session.hold_seconds
    planned, left = mark.remaining_seconds(total), session.remaining_seconds
    is_late = planned - left > LATE_SECONDS
    message = Message.HALF_OVER if mark is Milestone.HALF and not is_late else Message.LEFT
    return session.wording.say(message, left=session.wording.time.left(left if is_late else planned))


def next_deadline(session: Session) -> float | None:
    """Return the time at which the session needs the event Ticked, in monotonic seconds; None when it needs none."""
    deadlines = [
        session.question.lapses_at if session.question else None,
        session.saying.given_up_at if session.saying else None,
        session.heard.fades_at,
        None if session.is_asleep and session.phase is Phase.IDLE else session.dozes_at,
    ]
    if session.pain and _is_silent(session):
        deadlines.append(session.pain.asks_at)
    if session.holding:
        deadlines += [session.holding.next_cue_at, session.holding.over_at]
    deadlines += [one.due_at for one in session.timers if not one.has_rung or _is_silent(session)]
    if _is_free_to_speak(session):
        deadlines.append(faults.next_announcement_at(session))
        deadlines.append(session.holding.next_announcement_at if session.holding else session.nudge_at)
    due = min((deadline for deadline in deadlines if deadline is not None), default=math.inf)
    return due if math.isfinite(due) else None


def is_too_late(session: Session, event: Event) -> bool:
    """Tell whether a command was meant for a hold whose time ran out during a sleep, and must be ignored.

    For example, the key that wakes a laptop does not mean "next step". "It stings" is never too late. To be called
    before `catch_up`, with the session's new time.
    """
    over_at = session.holding.over_at if session.holding else None
    is_command = isinstance(event, CommandHeard | CommandRejected) and not (
        event.intent and event.intent.spec.is_urgent
    )
    return is_command and over_at is not None and over_at <= session.now and _is_overdue(session)


def _is_overdue(session: Session) -> bool:
    deadline = next_deadline(session)
    return deadline is not None and session.now - deadline > SLEPT_SECONDS


def _is_silent(session: Session) -> bool:
    """Whether nothing is being said or asked."""
    return session.saying is None and session.question is None and not session.is_leaving


def _is_free_to_speak(session: Session) -> bool:
    return session.saying is None and session.question is None and Fault.NO_SPEAKER not in session.faults
