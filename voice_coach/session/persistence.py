"""A snapshot of a session that outlives the program, and the session that is restored from one.

The monotonic clock goes on over a restart of the program and while the computer sleeps, but begins anew when the
computer is started. Wall time bridges such a start, unless the computer has no battery for its clock: then it starts
with a wrong time (1970, or that of its last shutdown) until the network has told it the right one.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from voice_coach.language.intents import Intent
from voice_coach.language.wording import Message
from voice_coach.routines import Hold
from voice_coach.session.explanations import greet
from voice_coach.session.named_timers import restored as restored_timers
from voice_coach.session.state import Pain, Question
from voice_coach.session.timer import Holding

if TYPE_CHECKING:
    from voice_coach.session.events import Restored
    from voice_coach.session.named_timers import NamedTimer
    from voice_coach.session.state import Session
    from voice_coach.session.timer import AnnouncementMark, Countdown
    from voice_coach.session.turn import Turn


EARLIEST_WALL = 1_767_225_600.0
"""Seconds from 1970 to 2026-01-01 UTC. No coach that saves sessions is older, so an earlier wall time is wrong."""
LONGEST_BELIEVED_SECONDS = 30 * 86_400.0
"""Seconds (30 days) between two readings of the wall clock above which one of them is taken for wrong."""

_SLACK_SECONDS = 1.0
"""Seconds that the clocks may differ by when the age of a snapshot is compared with the time since the boot."""


@dataclass(frozen=True, slots=True)
class Stamp:
    """The readings of all clocks at one moment."""

    boot_id: str
    """An id that is new after each start of the computer; empty where it cannot be known."""
    monotonic: float
    """Seconds since some moment of this boot, including the time that the computer slept."""
    wall: float
    """Seconds since 1970 by the system's wall clock, which may be wrong."""
    is_wall_trusted: bool
    """Whether the wall clock is set by the network or by a clock with a battery."""


def seconds_between(then: Stamp, now: Stamp) -> float | None:
    """Return the seconds between two stamps; None when the clocks cannot tell.

    The monotonic clock counts within one boot, else the wall clock if it is trusted and its answer is believable.
    """
    is_same_boot = bool(then.boot_id) and then.boot_id == now.boot_id
    if is_same_boot and now.monotonic >= then.monotonic:
        return now.monotonic - then.monotonic
    seconds = now.wall - then.wall
    is_believable = (
        then.is_wall_trusted
        and now.is_wall_trusted
        and then.wall >= EARLIEST_WALL
        and max(0.0, now.monotonic - _SLACK_SECONDS) <= seconds <= LONGEST_BELIEVED_SECONDS
    )
    return seconds if is_believable and not is_same_boot else None


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The parts of a session under way that are saved, so that it can go on after a restart."""

    step: str
    """The step's id; empty outside a routine."""
    is_daytime: bool
    is_paused: bool
    hold_seconds: float
    """Seconds that the mask stays on for this person."""
    countdown: Countdown | None = None
    """The countdown, with a deadline in monotonic seconds of the boot in which it was saved; None outside the hold."""
    past: frozenset[AnnouncementMark] = frozenset()
    """The announcements of the hold that were spoken or missed."""
    skipped: frozenset[str] = frozenset()
    """The ids of the steps that the person leaves out this time."""
    routine: str = ""
    """The id of the routine."""
    has_stung: bool = False
    is_in_pain: bool = False
    timers: tuple[NamedTimer, ...] = ()
    """The timers beside the mask, with deadlines in monotonic seconds of the boot in which they were saved."""
    is_on_standby: bool = False
    """Whether the person has asked not to be listened to."""

    @property
    def is_under_way(self) -> bool:
        """Whether a routine was under way; without one, only timers are saved."""
        return bool(self.step)


LONGEST_AWAY_SECONDS = 24 * 3600.0
"""Seconds of absence after which the coach does not go on with a saved session, but greets."""
_A_MOMENT = 0.001


def snapshot_of(session: Session) -> Snapshot | None:
    """Return the snapshot of a session; None during the goodbye, and outside a routine if no timer runs."""
    step = session.current_step
    timers = tuple(replace(one, has_rung=False) for one in session.timers)  # what was ordered is lost in a crash
    if session.is_leaving or (step is None and not timers):
        return None
    if step is None:
        return Snapshot(
            step="",
            is_daytime=session.is_daytime,
            is_paused=False,
            hold_seconds=0.0,
            timers=timers,
            is_on_standby=session.is_on_standby,
        )
    holding = session.holding
    return Snapshot(
        step=step.id,
        is_daytime=session.is_daytime,
        is_paused=session.is_paused,
        hold_seconds=session.hold_seconds,
        countdown=holding.countdown if holding else None,
        past=holding.past if holding else frozenset(),
        skipped=session.skipped,
        routine=session.routine.id,
        has_stung=session.has_stung,
        is_in_pain=session.pain is not None,
        timers=timers,
        is_on_standby=session.is_on_standby,
    )


def restore(turn: Turn, event: Restored) -> Turn:
    """Go on with a saved session, or greet when it is too old or does not fit the routine."""
    left = _left_seconds(event)
    session = replace(turn.session, last_snapshot=event.snapshot, is_daytime=event.is_daytime)
    if (event.away_seconds or 0.0) <= LONGEST_AWAY_SECONDS:
        then = _time_then(event)
        timers = restored_timers(event.snapshot.timers, then, session.now)
        session = replace(session, timers=timers, is_on_standby=event.snapshot.is_on_standby)
    restored = _session_from(event.snapshot, session, max(left, _A_MOMENT))
    if restored is None or (event.away_seconds or 0.0) > LONGEST_AWAY_SECONDS:
        return greet(turn.becoming(session), is_daytime=event.is_daytime)
    turn = turn.becoming(restored)
    if restored.pain:
        text = restored.wording.say(Message.ASK_BETTER)
        instruction = restored.wording.say(Intent.STINGS)
        return turn.becoming(replace(restored, instruction=instruction)).asking(Question.BETTER, text)
    if restored.holding is not None and left <= 0:
        return _after_the_hold(turn)
    turn = turn.becoming(replace(restored, instruction=_instruction(restored)))
    if event.away_seconds is None and restored.holding is not None and not restored.is_paused:
        return turn.asking(Question.HOW_LONG_ON, restored.wording.say(Message.ASK_HOW_LONG_ON))
    return turn.asking(Question.SHALL_WE_GO_ON, _question(restored, is_certain=event.is_certain))


def _instruction(session: Session) -> str:
    step = session.current_step
    return session.text_of(step) if step else ""


def _left_seconds(event: Restored) -> float:
    """Return the seconds of the countdown that are left now; 0 when it ended meanwhile, or there is none."""
    countdown = event.snapshot.countdown
    if countdown is None:
        return 0.0
    return countdown.remaining(_time_then(event))


def _time_then(event: Restored) -> float:
    """Return the present time on the clock of the snapshot, in monotonic seconds."""
    return event.taken_at + (event.away_seconds or 0.0) + max(0.0, event.at - event.read_at)


def _after_the_hold(turn: Turn) -> Turn:
    """Say before anything else that the hold is over and the mask must come off: a mask left on too long hurts."""
    session = turn.session
    position = session.position_after(session.position)
    session = replace(session, position=position, is_paused=False, holding=None)
    turn = turn.becoming(replace(session, instruction=_instruction(session)))
    return turn.asking(Question.SHALL_WE_GO_ON, session.wording.say(Message.TIME_OVER_WHILE_AWAY))


def _question(session: Session, *, is_certain: bool) -> str:
    wording, step = session.wording, session.current_step
    title = step.title if step else session.routine.title
    if not is_certain:
        return wording.say(Message.WAS_DAMAGED, title=title)
    if session.holding is None:
        return wording.say(Message.WAS_INTERRUPTED, title=title)
    return wording.say(Message.WAS_INTERRUPTED_HOLDING, left=wording.time.left(session.remaining_seconds))


def _session_from(snapshot: Snapshot, session: Session, left_seconds: float) -> Session | None:
    """Return the session that a snapshot describes, at the present time; None if it does not fit the routine.

    Args:
        snapshot: The saved snapshot.
        session: A new session, whose routine and time are used.
        left_seconds: Seconds of the countdown that are left, more than 0; ignored when there is no countdown.
    """
    routine = session.routines.get(snapshot.routine, session.routine)
    session = session.with_routine(routine)
    position = session.position_of(snapshot.step)
    has_countdown = snapshot.countdown is not None
    if position is None or has_countdown != (position == routine.hold_position and not routine.is_overnight):
        return None
    return replace(
        session,
        position=position,
        skipped=snapshot.skipped,
        is_recording=True,
        is_daytime=snapshot.is_daytime,
        is_paused=snapshot.is_paused,
        hold_seconds=snapshot.hold_seconds,
        holding=_holding_from(snapshot, session, left_seconds),
        has_stung=snapshot.has_stung,
        pain=Pain(session.now).asked(session.now) if snapshot.is_in_pain else None,
    )


def _holding_from(snapshot: Snapshot, session: Session, left_seconds: float) -> Holding | None:
    if snapshot.countdown is None:
        return None
    standing = replace(snapshot.countdown, left_seconds=left_seconds, ends_at=None)
    hold = session.routine.hold or Hold(snapshot.hold_seconds)
    holding = Holding(standing, len(hold.reminders), hold.milestones, snapshot.past)
    now = session.now
    return holding.pause(now) if snapshot.is_paused else holding.resume(now)
