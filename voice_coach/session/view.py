"""The view: everything that a face needs to show, so that it has nothing to decide."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from voice_coach.language.intents import Intent
    from voice_coach.routines import Phase
    from voice_coach.routines.past_masks import Feeling


@dataclass(frozen=True, slots=True)
class CountdownView:
    """The countdown in a form that a face can show smoothly by the same monotonic clock."""

    remaining_seconds: float
    """Seconds left when the view was made; they stay true while the countdown is paused."""
    ends_at: float | None
    """The end of the countdown in monotonic seconds; None while it is paused."""
    total_seconds: float


@dataclass(frozen=True, slots=True)
class TimerView:
    """A timer that runs beside the mask."""

    name: str
    """Its name, as a title."""
    countdown: CountdownView


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


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A phrase that is useful now; a face may offer it to be touched."""

    phrase: str
    intent: Intent


@dataclass(frozen=True, slots=True)
class ChoiceView:
    """An answer that the person can choose by touch or key as by voice: a kind of mask, a skin type, or a feeling."""

    intent: Intent
    """The intent of the command that chooses it: MASK, SKIN or FELT."""
    value: str
    """The slot value of that command, such as "clay_mask"."""
    title: str
    detail: str = ""
    """A few words about it, such as how long a mask stays on."""
    is_chosen: bool = False


class Attention(Enum):
    """The state of the coach's hearing, which every face shows."""

    LOADING = "loading"
    """The recognisers are not loaded yet."""
    LISTENING = "listening"
    STANDBY = "standby"
    """The person has asked not to be listened to: only the wake phrase and pain are taken."""
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
    picture: str = ""
    """The drawing of the current step, one of routines.PICTURES; empty for none."""
    saying: str = ""
    """The sentence that is being spoken; empty when the coach is silent."""
    unspoken: str = ""
    """The last sentence that nobody could hear because there is no speaker; a face shows it like `saying`."""
    heard: str = ""
    """The phrase that was last taken as a command, or nearly so."""
    heard_note: str = ""
    """A note that says why the phrase was not obeyed; empty when it was."""
    question: str = ""
    """The open question; empty when there is none."""
    suggestions: tuple[Suggestion, ...] = ()
    """The phrases that are useful now, the most useful first."""
    choices: tuple[ChoiceView, ...] = ()
    """The masks and skin types that can be chosen before a routine, or the feelings that can be told after it."""
    languages: tuple[ChoiceView, ...] = ()
    """The languages that can be chosen before a routine, each as its speakers call it; empty if there is only one."""
    notes: tuple[str, ...] = ()
    """Short sentences about earlier masks before a routine, and about this and the next mask after it."""
    countdown: CountdownView | None = None
    timers: tuple[TimerView, ...] = ()
    """The timers that run beside the mask, the next one to ring first."""
    attention: Attention = Attention.LOADING
    is_hearing: bool = False
    """Whether somebody may be speaking at the moment."""
    faults: tuple[str, ...] = ()
    """One line for each fault that lasts, with its remedy."""
    steps: tuple[StepView, ...] = ()
    """All steps of the routine, in their order."""
    is_in_pain: bool = False
    """Whether the mask stung and the person has not said yet that it is better."""
    is_asleep: bool = False
    """Whether nothing runs and nothing has happened for so long that a screen should be dark."""
    is_unknown: bool = False
    """Whether the coach runs for the first time, and nobody has given it a command yet."""
    routine: str = ""
    """The id of the routine that is chosen or under way."""
    command: Intent | None = None
    """The intent of the last command, however it came; None when what was last heard was not taken as one."""
    feeling: Feeling | None = None
    """How the skin felt after the last mask, as the person has told; None when nothing was told."""

    @property
    def caption(self) -> str:
        """The sentence to show: the one that is being spoken, or that could not be."""
        return self.saying or self.unspoken

    @property
    def may_say(self) -> tuple[str, ...]:
        """The phrases that are useful now, the most useful first."""
        return tuple(suggestion.phrase for suggestion in self.suggestions)

    def closed(self) -> View:
        """Return the view after the coach has ended."""
        return replace(
            self,
            attention=Attention.CLOSED,
            saying="",
            question="",
            suggestions=(),
            choices=(),
            languages=(),
            is_hearing=False,
        )
