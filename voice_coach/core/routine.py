"""A routine: what to do, step by step, and how long the mask stays on. Validated when built."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import NoReturn

from voice_coach.core.view import Phase
from voice_coach.errors import ContentError

STEP_PHASES = (Phase.BRIEFING, Phase.APPLYING, Phase.HOLDING, Phase.REMOVING, Phase.AFTERCARE)
"""The phases that steps belong to, in the order of every routine."""

LONGEST_HOLD_SECONDS = 30 * 60.0
"""No mask stays on for longer, whatever is asked for."""

MOST_REMINDERS = 5
"""More would disturb the rest that a mask is."""


@dataclass(frozen=True, slots=True)
class Source:
    """Who says that a step is worth it."""

    name: str
    """As it is spoken, such as "the World Health Organization"."""
    link: str = ""
    """The source's own page; empty when it has none."""

    def __post_init__(self) -> None:
        if not self.name.strip():
            _fail("A source has no name", "say who it is.")
        if self.link and not self.link.startswith(("https://", "http://")):
            _fail(f'The source "{self.name}" has the link "{self.link}"', "write one that starts with https://.")


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to do."""

    id: str
    title: str
    """A few words that name it, such as "Apply the mask"."""
    phase: Phase
    """The part of the routine it belongs to; one of STEP_PHASES."""
    what: str
    """What to do, as a sentence."""
    how: str
    """How to do it well, as a sentence."""
    why: str
    """What it is good for, as a sentence that promises nothing."""
    source: Source
    evening: str = ""
    """For a step that is done by day only: what is said instead of it in the evening."""

    def __post_init__(self) -> None:
        for name in ("id", "title", "what", "how", "why"):
            if not getattr(self, name).strip():
                _fail(f'The step "{self.id or self.title}" has a blank "{name}"', "write it.")
        if self.phase not in STEP_PHASES:
            names = ", ".join(phase.value for phase in STEP_PHASES)
            _fail(f'The step "{self.id}" cannot belong to the phase "{self.phase.value}"', f"choose one of {names}.")

    @property
    def text(self) -> str:
        """What the coach says when the step begins."""
        return f"{self.what} {self.how}"

    @property
    def is_only_by_day(self) -> bool:
        """Whether it is left out in the evening."""
        return bool(self.evening)


@dataclass(frozen=True, slots=True)
class Hold:
    """The time that the mask stays on."""

    seconds: float
    reminders: tuple[str, ...] = ()
    """Said now and then meanwhile, in this order."""

    def __post_init__(self) -> None:
        if not 0 < self.seconds <= LONGEST_HOLD_SECONDS:
            _fail(f"A hold of {self.seconds / 60:g} minutes is not possible", "choose from 10 to 20 minutes.")
        if len(self.reminders) > MOST_REMINDERS:
            _fail(f"The hold has {len(self.reminders)} reminders", f"keep {MOST_REMINDERS} of them.")
        if not all(reminder.strip() for reminder in self.reminders):
            _fail("A reminder of the hold is blank", "remove it.")


@dataclass(frozen=True)
class Routine:
    """Everything that is done, in order: prepare the skin, apply, hold, remove, care."""

    title: str
    hold: Hold
    steps: tuple[Step, ...]

    def __post_init__(self) -> None:
        ids = [step.id for step in self.steps]
        twice = sorted({name for name in ids if ids.count(name) > 1})
        if twice:
            _fail(f'Two steps of the routine "{self.title}" have the id "{twice[0]}"', "rename one.")
        order = [STEP_PHASES.index(step.phase) for step in self.steps]
        if order != sorted(order):
            names = ", ".join(phase.value for phase in STEP_PHASES)
            _fail(f'The steps of the routine "{self.title}" are out of order', f"sort them by phase: {names}.")
        always = [step.phase for step in self.steps if not step.is_only_by_day]
        for phase in STEP_PHASES:
            if phase not in always:
                _fail(f'The routine "{self.title}" has no {phase.value} step for every time of day', "add one.")
        if [step.phase for step in self.steps].count(Phase.HOLDING) > 1:
            _fail(f'The routine "{self.title}" has more than one holding step', "keep one.")

    @cached_property
    def hold_position(self) -> int:
        """Where in `steps` the countdown runs."""
        return [step.phase for step in self.steps].index(Phase.HOLDING)


def _fail(what: str, remedy: str) -> NoReturn:
    message = f"{what}; {remedy}"
    raise ContentError(message)
