"""What of a session survives the end of the program: enough to go on, and nothing that time alone changes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from voice_coach.core.countdown import Countdown
    from voice_coach.core.moments import Mark


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
    skipped: frozenset[str] = frozenset()
    """The ids of the steps that the person does not want this time."""
    routine: str = ""
    """The id of the routine."""
