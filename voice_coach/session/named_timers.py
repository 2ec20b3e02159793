"""Timers by name that run beside a mask or without one: "eye patches, five minutes". They ring, and are announced.

A timer is a countdown that nothing pauses: the pause of a mask is not meant for it. It is saved with the session, so it
rings in time after a crash too. Callers give the time, in monotonic seconds.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from voice_coach.language.wording import Message
from voice_coach.session.commands import Cue, Sound
from voice_coach.session.state import Question
from voice_coach.session.timer import AFTER_CHIME_SECONDS, CUE_LEAD_SECONDS, Countdown

if TYPE_CHECKING:
    from voice_coach.language.wording import Wording
    from voice_coach.session.events import CommandHeard
    from voice_coach.session.state import Session
    from voice_coach.session.turn import Turn

MOST_TIMERS = 8
"""The number of timers that may run at once: nobody keeps more apart by ear."""
LONGEST_MINUTES = 60
"""Minutes that a timer may run, which is the longest time that can be said."""


@dataclass(frozen=True, slots=True)
class NamedTimer:
    """A timer that runs, or that has rung and is still to be announced."""

    name: str
    """The slot value by which it is called, such as "eye_patches"; empty for a timer without a name."""
    countdown: Countdown
    has_rung: bool = False
    """Whether its chime was ordered."""

    @classmethod
    def start(cls, name: str, seconds: float, now: float) -> NamedTimer:
        """Return a timer that starts now."""
        return cls(name, Countdown.start(seconds, now))

    @property
    def ends_at(self) -> float:
        """The time of its chime, in monotonic seconds."""
        return self.countdown.ends_at or 0.0

    @property
    def due_at(self) -> float:
        """The time at which the next thing has to be done about it: the chime ordered, or the end announced."""
        return self.ends_at + (AFTER_CHIME_SECONDS if self.has_rung else -CUE_LEAD_SECONDS)

    def is_like(self, other: NamedTimer) -> bool:
        """Whether a timer that is set replaces this one: it has the same name, or none and the same length."""
        same_length = self.countdown.total_seconds == other.countdown.total_seconds
        return self.name == other.name and (bool(self.name) or same_length)

    def hushed(self, now: float) -> NamedTimer:
        """Return the timer after a Hush, which cancels a chime that is not due yet, or cuts it off while it rings."""
        return replace(self, has_rung=False) if now < self.ends_at + AFTER_CHIME_SECONDS else self

    def called(self, wording: Wording) -> str:
        """Return what the timer is called: its name, or how long it runs in all."""
        time = wording.time.duration(self.countdown.total_seconds)
        return wording.timers.get(self.name) or wording.note(Message.TIMER_OF, time=time)


def set_timer(turn: Turn, heard: CommandHeard) -> Turn:
    """Start a timer and say it back; one with the same name starts anew."""
    session = turn.session
    if heard.minutes is None:
        return turn.asking(Question.HOW_LONG, session.wording.say(Message.TIMER_HOW_LONG), heard)
    if heard.minutes > LONGEST_MINUTES:
        return turn.telling(Message.TIMER_TOO_LONG, longest=session.wording.time.duration(60.0 * LONGEST_MINUTES))
    timer = NamedTimer.start(heard.slot_value, 60.0 * max(1, heard.minutes), session.now)
    others = tuple(one for one in session.timers if not one.is_like(timer))
    if len(others) >= MOST_TIMERS:
        return turn.telling(Message.TIMER_TOO_MANY, number=session.wording.time.number(MOST_TIMERS))
    turn = turn.becoming(replace(session, timers=(*others, timer)))
    time = session.wording.time.duration(timer.countdown.total_seconds)
    if not timer.name:
        return turn.telling(Message.TIMER_SET_ALONE, time=time)
    return turn.telling(Message.TIMER_SET, name=timer.called(session.wording), time=time)


def set_asked_timer(turn: Turn, heard: CommandHeard) -> Turn:
    """Start the timer for which the coach has asked how long it shall run."""
    asked = turn.session.question
    return set_timer(turn, replace(heard, slot_value=asked.command.slot_value if asked and asked.command else ""))


def tell_timer(turn: Turn, heard: CommandHeard) -> Turn:
    """Tell how much time is left of the timer that was named, or of all of them."""
    asked = _meant(turn.session, heard)
    return turn.saying(" ".join(_left(turn.session, one) for one in asked)) if asked else _tell_none(turn, heard)


def stop_timer(turn: Turn, heard: CommandHeard) -> Turn:
    """Stop the timer that was meant, or the only one; where it may be several, ask whether to stop them all."""
    session = turn.session
    asked = _meant(session, heard)
    if not asked:
        return _tell_none(turn, heard)
    if len(asked) > 1:
        text = session.wording.say(Message.TIMER_STOP_ALL, names=_names_of(session, asked))
        return turn.asking(Question.STOP_TIMERS, text, heard)
    return _stopped(turn, asked)


def stop_all(turn: Turn, _heard: CommandHeard) -> Turn:
    """Stop all timers that the coach has asked about and that still run."""
    asked = turn.session.question
    meant = _meant(turn.session, asked.command) if asked and asked.command else ()
    return _stopped(turn, meant) if meant else turn.telling(Message.TIMER_NONE)


def _stopped(turn: Turn, stopped: tuple[NamedTimer, ...]) -> Turn:
    ends = {one.ends_at for one in stopped}
    names = _names_of(turn.session, stopped)
    turn = turn.hushing()  # a chime may have been ordered
    kept = tuple(one for one in turn.session.timers if one.ends_at not in ends)
    turn = turn.becoming(replace(turn.session, timers=kept))
    return turn.telling(Message.TIMER_STOPPED, name=names)


def _names_of(session: Session, timers: tuple[NamedTimer, ...]) -> str:
    return ", ".join(one.called(session.wording) for one in timers)


def ring(turn: Turn) -> Turn:
    """Order the chimes that are due within a fraction of a second."""
    session = turn.session
    due = [one for one in session.timers if not one.has_rung and session.now >= one.due_at]
    if not due:
        return turn
    timers = tuple(replace(one, has_rung=True) if one in due else one for one in session.timers)
    cues = (Cue(Sound.CHIME, max(one.ends_at, session.now), session.voice.volume) for one in due)
    return turn.becoming(replace(session, timers=timers)).ordering(*cues)


def announce_timers(turn: Turn) -> Turn:
    """Say which timers are over, and forget them."""
    session = turn.session
    over = [one for one in session.timers if one.has_rung and session.now >= one.due_at]
    if not over:
        return turn
    turn = turn.becoming(replace(session, timers=tuple(one for one in session.timers if one not in over)))
    return turn.saying(
        " ".join(session.wording.say(Message.TIMER_OVER, name=one.called(session.wording)) for one in over)
    )


def restored(timers: tuple[NamedTimer, ...], then: float, now: float) -> tuple[NamedTimer, ...]:
    """Return saved timers at the present time.

    Args:
        timers: the timers as they were saved.
        then: the present time on the clock that they were saved with, in monotonic seconds.
        now: the present time on today's clock, in monotonic seconds.
    """
    return tuple(replace(one, countdown=one.countdown.moved(now - then)) for one in timers)


def _meant(session: Session, heard: CommandHeard) -> tuple[NamedTimer, ...]:
    """Return the timers that a command means by their name, by their length or by both; all if it names neither."""
    seconds = None if heard.minutes is None else 60.0 * heard.minutes
    return tuple(
        one
        for one in session.timers
        if heard.slot_value in {"", one.name} and seconds in {None, one.countdown.total_seconds}
    )


def _tell_none(turn: Turn, heard: CommandHeard) -> Turn:
    name = turn.session.wording.timers.get(heard.slot_value, "")
    return turn.telling(Message.TIMER_NO_SUCH, name=name) if name else turn.telling(Message.TIMER_NONE)


def _left(session: Session, timer: NamedTimer) -> str:
    left = session.wording.time.left(timer.countdown.remaining(session.now))
    return session.wording.say(Message.TIMER_TIME_LEFT, name=timer.called(session.wording), left=left)
