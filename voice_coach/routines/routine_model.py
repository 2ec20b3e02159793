"""A routine: what to do, step by step, and how long the mask stays on. Validated when built."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, NoReturn

from voice_coach.errors import ContentError
from voice_coach.routines.vocabulary import USUAL_MILESTONES, Milestone, Phase

if TYPE_CHECKING:
    from collections.abc import Mapping

    from voice_coach.routines.vocabulary import Daypart, Skin

LONGEST_HOLD_SECONDS = 60 * 60.0
"""No mask stays on for longer, whatever is asked for."""
USUAL_LONGEST_SECONDS = 30 * 60.0
"""To this a hold may be lengthened, unless its routine says otherwise."""

MOST_REMINDERS = 5
"""More would disturb the rest that a mask is."""


@dataclass(frozen=True, slots=True)
class Source:
    """Who says that something is so."""

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
class Claim:
    """A sentence that tells what is so, and who says it."""

    say: str
    source: Source

    def __post_init__(self) -> None:
        if not self.say.strip():
            _fail("A claim is blank", "write it.")


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to do."""

    id: str
    title: str
    """A few words that name it, such as "Apply the mask"."""
    phase: Phase
    """The part of the routine it belongs to; follows from where the hold is."""
    say: str
    """What to do, as a sentence."""
    how: str = ""
    """How to do it well, as a sentence; left out for who wants it brief."""
    why: Claim | None = None
    """What it is good for."""
    more: tuple[Claim, ...] = ()
    """What else there is to know."""
    how_by_skin: Mapping[Skin, Claim] = field(default_factory=dict)
    """What is said instead of `how` to a skin type."""
    words: tuple[str, ...] = ()
    """Further names of the step, by which a person may call it."""
    is_optional: bool = False
    only: Daypart | None = None
    """The time of day at which it is done; None for any."""
    instead: str = ""
    """What is said of it when it is left out at the other time of day."""

    def __post_init__(self) -> None:
        for name in ("id", "title", "say"):
            if not getattr(self, name).strip():
                _fail(f'The step "{self.id or self.title}" has a blank "{name}"', "write it.")

    @property
    def text(self) -> str:
        """What the coach says when the step begins, to who told nothing about the skin."""
        return self.text_for(None)

    def text_for(self, skin: Skin | None, *, is_brief: bool = False) -> str:
        """What the coach says when the step begins."""
        if is_brief:
            return self.say
        claim = self.how_by_skin.get(skin) if skin else None
        return f"{self.say} {claim.say if claim else self.how}".strip()

    def claims(self, skin: Skin | None = None) -> tuple[Claim, ...]:
        """Everything there is to know about it, why first."""
        for_skin = self.how_by_skin.get(skin) if skin else None
        return tuple(claim for claim in (self.why, for_skin, *self.more) if claim is not None)


@dataclass(frozen=True, slots=True)
class Hold:
    """The time that the mask stays on."""

    seconds: float | None
    """None when it stays on overnight: there is no countdown."""
    reminders: tuple[str, ...] = ()
    """Said now and then meanwhile, in this order."""
    longest_seconds: float = USUAL_LONGEST_SECONDS
    """To this it may be lengthened."""
    milestones: frozenset[Milestone] = USUAL_MILESTONES
    """The moments at which the time left is told."""

    def __post_init__(self) -> None:
        longest = min(LONGEST_HOLD_SECONDS, self.longest_seconds)
        if self.seconds is not None and not 0 < self.seconds <= longest:
            _fail(f"A hold of {self.seconds / 60:g} minutes is not possible", "choose from 10 to 20 minutes.")
        if len(self.reminders) > MOST_REMINDERS:
            _fail(f"The hold has {len(self.reminders)} reminders", f"keep {MOST_REMINDERS} of them.")
        if not all(reminder.strip() for reminder in self.reminders):
            _fail("A reminder of the hold is blank", "remove it.")


@dataclass(frozen=True, slots=True)
class SkinNeeds:
    """What a skin type changes in a routine."""

    seconds: float | None = None
    """How long the mask stays on; None for as long as usual."""
    times_a_week: int | None = None
    """How often is enough; None for as often as usual."""
    advice: Claim | None = None


@dataclass(frozen=True)
class Routine:
    """Everything that is done, in order: prepare the skin, apply, hold, remove, care."""

    id: str
    """The name of its file."""
    title: str
    steps: tuple[Step, ...]
    hold: Hold | None = None
    """None when no mask is put on."""
    mask: str = ""
    """The kind of mask, one of MASKS; empty when it says none."""
    times_a_week: int | None = None
    """How often is enough."""
    often: Claim | None = None
    """The same as a sentence."""
    warning: Claim | None = None
    """What to beware of."""
    skin: Mapping[Skin, SkinNeeds] = field(default_factory=dict)

    def __post_init__(self) -> None:
        ids = [step.id for step in self.steps]
        twice = sorted({name for name in ids if ids.count(name) > 1})
        if twice:
            _fail(f'Two steps of the routine "{self.title}" have the id "{twice[0]}"', "rename one.")
        if all(step.only for step in self.steps):
            _fail(f'The routine "{self.title}" has no step for every time of day', "add one.")
        holds = [step for step in self.steps if step.phase is Phase.HOLDING]
        if len(holds) != (self.hold is not None):
            _fail(f'The routine "{self.title}" has {len(holds)} steps with a hold', "keep one.")

    @cached_property
    def hold_position(self) -> int | None:
        """Where in `steps` the mask stays on; None when nowhere."""
        return next((index for index, step in enumerate(self.steps) if step.phase is Phase.HOLDING), None)

    @property
    def is_overnight(self) -> bool:
        """Whether the mask stays on without a countdown."""
        return self.hold is not None and self.hold.seconds is None

    def needs(self, skin: Skin | None) -> SkinNeeds:
        """What a skin type changes; nothing for one that the routine does not name."""
        return self.skin.get(skin, SkinNeeds()) if skin else SkinNeeds()

    def hold_seconds(self, skin: Skin | None) -> float:
        """How long the mask stays on; 0 when there is no countdown."""
        if self.hold is None or self.hold.seconds is None:
            return 0.0
        return self.needs(skin).seconds or self.hold.seconds

    def enough(self, skin: Skin | None) -> int | None:
        """How many times a week are enough."""
        return self.needs(skin).times_a_week or self.times_a_week


def _fail(what: str, remedy: str) -> NoReturn:
    message = f"{what}; {remedy}"
    raise ContentError(message)
