"""What a face shows: everything it needs, nothing to decide."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from voice_coach.routines import Phase


@dataclass(frozen=True, slots=True)
class CountdownView:
    """The countdown, so that a face can run it smoothly by the same monotonic clock."""

    remaining_seconds: float
    """At the moment the view was made; the truth while the countdown stands still."""
    ends_at: float | None
    """Monotonic seconds; None while it stands still."""
    total_seconds: float


class Progress(Enum):
    """How far a step is."""

    DONE = "done"
    NOW = "now"
    TO_COME = "to come"
    LEFT_OUT = "left out"
    """The person does not want it, or it does not belong to this time of day."""


@dataclass(frozen=True, slots=True)
class StepView:
    """One step of the routine, for an overview."""

    title: str
    progress: Progress


class Attention(Enum):
    """Whether the coach hears what is said: the one truth that every face shows."""

    LOADING = "loading"
    """The recognisers are not loaded yet."""
    LISTENING = "listening"
    DEAF = "deaf"
    """Nothing that is said is heard; the troubles tell why."""
    CLOSED = "closed"
    """The coach has ended: nothing is said or heard any more."""


@dataclass(frozen=True, slots=True)
class View:
    """One frame of the face."""

    phase: Phase
    step_number: int = 0
    """1-based; 0 before the routine starts."""
    step_count: int = 0
    title: str = ""
    saying: str = ""
    """The sentence being spoken; empty when silent."""
    heard: str = ""
    """The last thing heard, as the phrase taken or nearly taken."""
    heard_note: str = ""
    """What became of it, when it was not obeyed; empty when it was."""
    question: str = ""
    """The question that is open, if any."""
    may_say: tuple[str, ...] = ()
    """The phrases that matter now, most useful first."""
    countdown: CountdownView | None = None
    attention: Attention = Attention.LOADING
    is_hearing: bool = False
    """Whether somebody may be speaking at the moment."""
    faults: tuple[str, ...] = ()
    """What does not work at the moment and what helps, a line each."""
    steps: tuple[StepView, ...] = ()
    """All of the routine's, in their order."""

    def closed(self) -> View:
        """The same when the coach has ended."""
        return replace(self, attention=Attention.CLOSED, saying="", question="", may_say=(), is_hearing=False)
