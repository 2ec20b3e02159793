"""What of a session survives the end of the program: enough to go on, and nothing that time alone changes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from voice_coach.core.hold import Holding, Mark
from voice_coach.core.view import Phase

if TYPE_CHECKING:
    from voice_coach.core.countdown import Countdown
    from voice_coach.core.state import Session


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A session under way, at a step."""

    step: str
    """The step's id."""
    is_daytime: bool
    is_paused: bool
    hold_seconds: float
    """How long this person wants the mask on."""
    countdown: Countdown | None = None
    """In the holding step only; its deadline is in monotonic seconds of the clock at that time."""
    past: frozenset[Mark] = frozenset()
    """The moments of the hold that were told."""


def snapshot_of(session: Session) -> Snapshot | None:
    """What there is to keep; None while nobody is being led."""
    step = session.current_step
    if step is None or session.is_leaving:
        return None
    holding = session.holding
    return Snapshot(
        step=step.id,
        is_daytime=session.is_daytime,
        is_paused=session.is_paused,
        hold_seconds=session.hold_seconds,
        countdown=holding.countdown if holding else None,
        past=holding.past if holding else frozenset(),
    )


def session_from(snapshot: Snapshot, session: Session, left_seconds: float) -> Session | None:
    """A new session as the kept one was, but with so much of its countdown left; None if it does not fit the routine.

    Args:
        snapshot: What was kept.
        session: A new one, with its routine and at the present time.
        left_seconds: Of the countdown, more than 0, if there is one.
    """
    steps = session.routine.steps
    position = next((index for index, step in enumerate(steps) if step.id == snapshot.step), None)
    is_holding = snapshot.countdown is not None
    if position is None or is_holding != (steps[position].phase is Phase.HOLDING):
        return None
    return replace(
        session,
        position=position,
        is_daytime=snapshot.is_daytime,
        is_paused=snapshot.is_paused,
        hold_seconds=snapshot.hold_seconds,
        holding=_holding_from(snapshot, session, left_seconds),
    )


def _holding_from(snapshot: Snapshot, session: Session, left_seconds: float) -> Holding | None:
    if snapshot.countdown is None:
        return None
    standing = replace(snapshot.countdown, left_seconds=left_seconds, ends_at=None)
    holding = Holding(standing, len(session.routine.hold.reminders), snapshot.past)
    now = session.now
    return holding.pause(now) if snapshot.is_paused else holding.resume(now)
