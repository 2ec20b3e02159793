"""The view: everything that a face needs to show, so that it has nothing to decide."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from voice_coach.routines import Phase


@dataclass(frozen=True, slots=True)
class CountdownView:
    """The countdown in a form that a face can show smoothly by the same monotonic clock."""

    remaining_seconds: float
    """Seconds left when the view was made; they stay true while the countdown is paused."""
    ends_at: float | None
    """The end of the countdown in monotonic seconds; None while it is paused."""
    total_seconds: float


class Progress(Enum):
    """The progress of a step."""

    DONE = "done"
    NOW = "now"
    TO_COME = "to come"
    LEFT_OUT = "left out"
    """The person does not want the step, or it does not belong to this time of day."""


@dataclass(frozen=True, slots=True)
class StepView:
    """One step of the routine, for an overview."""

    title: str
    progress: Progress


class Attention(Enum):
    """The state of the coach's hearing, which every face shows."""

    LOADING = "loading"
    """The recognisers are not loaded yet."""
    LISTENING = "listening"
    DEAF = "deaf"
    """The coach hears nothing; `View.faults` says why."""
    CLOSED = "closed"
    """The coach has ended, and says and hears nothing any more."""


@dataclass(frozen=True, slots=True)
class View:
    """Everything that a face shows at one moment."""

    phase: Phase
    step_number: int = 0
    """The number of the current step, counted from 1; 0 before the routine starts."""
    step_count: int = 0
    title: str = ""
    instruction: str = ""
    """The words of the current step for this person; they stay while other things are said. Empty outside a step."""
    saying: str = ""
    """The sentence that is being spoken; empty when the coach is silent."""
    heard: str = ""
    """The phrase that was last taken as a command, or nearly so."""
    heard_note: str = ""
    """A note that says why the phrase was not obeyed; empty when it was."""
    question: str = ""
    """The open question; empty when there is none."""
    may_say: tuple[str, ...] = ()
    """The phrases that are useful now, the most useful first."""
    countdown: CountdownView | None = None
    attention: Attention = Attention.LOADING
    is_hearing: bool = False
    """Whether somebody may be speaking at the moment."""
    faults: tuple[str, ...] = ()
    """One line for each fault that lasts, with its remedy."""
    steps: tuple[StepView, ...] = ()
    """All steps of the routine, in their order."""

    def closed(self) -> View:
        """Return the view after the coach has ended."""
        return replace(self, attention=Attention.CLOSED, saying="", question="", may_say=(), is_hearing=False)
