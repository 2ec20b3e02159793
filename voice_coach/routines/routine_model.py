"""The model of a routine: the words with a fixed meaning, the steps, their reasons, and how long the mask stays on.

Objects are validated when made.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from functools import cached_property
from typing import TYPE_CHECKING, NoReturn

from voice_coach.errors import ContentError

if TYPE_CHECKING:
    from collections.abc import Mapping


class Phase(Enum):
    """The phases of a routine; IDLE, PAUSED and DONE are states of a session only, and no step has them."""

    IDLE = "idle"
    BRIEFING = "briefing"
    APPLYING = "applying"
    HOLDING = "holding"
    PAUSED = "paused"
    REMOVING = "removing"
    AFTERCARE = "aftercare"
    DONE = "done"


class Milestone(Enum):
    """Times of a hold at which the time left may be announced, earliest first."""

    HALF = "half"
    TEN_MINUTES = 600.0
    FIVE_MINUTES = 300.0
    THREE_MINUTES = 180.0
    TWO_MINUTES = 120.0
    ONE_MINUTE = 60.0

    def remaining_seconds(self, total_seconds: float) -> float:
        """Return the seconds of a hold that are left at the milestone."""
        return total_seconds / 2 if self is Milestone.HALF else float(self.value)


USUAL_MILESTONES = frozenset({Milestone.HALF, Milestone.FIVE_MINUTES, Milestone.TWO_MINUTES, Milestone.ONE_MINUTE})


class Skin(Enum):
    """The skin types that dermatologists tell apart."""

    DRY = "dry"
    OILY = "oily"
    COMBINATION = "combination"
    SENSITIVE = "sensitive"
    NORMAL = "normal"


class Daypart(Enum):
    """The times of day, by which steps such as sunscreen are chosen."""

    DAY = "day"
    EVENING = "evening"


MASKS = ("facial", "clay", "sheet", "gel", "peel_off", "exfoliating", "sleeping")
"""The kinds of mask that can be chosen by voice; "facial" is the mask of the article that the first routine follows."""

PICTURES = (
    "cleanse", "massage", "spread", "spread_thin", "spread_clay", "spread_gel", "spread_peel_off", "lay_sheet", "rest",
    "sleep", "rinse", "peel", "lift_sheet", "pat_in", "toner", "serum", "moisturizer", "sunscreen",
)  # fmt: skip
"""The drawings of what is done in a step, which the mirror's page shows."""


LONGEST_HOLD_SECONDS = 60 * 60.0
"""Seconds (one hour) that any mask may stay on at most, whatever a person or a file asks for."""
USUAL_LONGEST_SECONDS = 30 * 60.0
"""Seconds (half an hour) to which a hold may be lengthened, unless its routine sets another limit."""

MOST_REMINDERS = 5
"""The number of reminders that a hold may have; more would disturb the person's rest."""


@dataclass(frozen=True, slots=True)
class Source:
    """The source of a claim."""

    name: str
    """The name as it is spoken, such as "the World Health Organization"."""
    link: str = ""
    """The address of the source's page; empty when it has none."""

    def __post_init__(self) -> None:
        if not self.name.strip():
            _fail("A source has no name", "say who it is.")
        if self.link and not self.link.startswith(("https://", "http://")):
            _fail(f'The source "{self.name}" has the link "{self.link}"', "write one that starts with https://.")


@dataclass(frozen=True, slots=True)
class Claim:
    """A sentence that states a fact, with its source."""

    say: str
    source: Source

    def __post_init__(self) -> None:
        if not self.say.strip():
            _fail("A claim is blank", "write it.")


@dataclass(frozen=True, slots=True)
class Step:
    """A step of a routine: one thing to do."""

    id: str
    title: str
    """A few words that name the step, such as "Apply the mask"."""
    phase: Phase
    """The part of the routine to which the step belongs, which follows from the position of the hold."""
    say: str
    """The instruction, as a sentence."""
    how: str = ""
    """Advice on how to do the step well, as a sentence; left out for a person who wants the coach to be brief."""
    why: Claim | None = None
    """The reason for the step."""
    more: tuple[Claim, ...] = ()
    """Further claims about the step, which "tell me more" goes through."""
    how_by_skin: Mapping[Skin, Claim] = field(default_factory=dict)
    """The advice that replaces `how`, by skin type."""
    words: tuple[str, ...] = ()
    """Further names by which a person may call the step."""
    picture: str = ""
    """The drawing of the step, one of PICTURES; empty for none."""
    is_optional: bool = False
    irritates: bool = False
    """Whether the step is left out after a mask that stung, because it may irritate the skin further."""
    only: Daypart | None = None
    """The time of day at which the step is done; None for any."""
    instead: str = ""
    """A sentence that is said when the step is left out at the other time of day."""

    def __post_init__(self) -> None:
        for name in ("id", "title", "say"):
            if not getattr(self, name).strip():
                _fail(f'The step "{self.id or self.title}" has a blank "{name}"', "write it.")

    @property
    def text(self) -> str:
        """The text that the coach says at the beginning of the step to a person of unknown skin type."""
        return self.text_for(None)

    def text_for(self, skin: Skin | None, *, is_brief: bool = False) -> str:
        """Return the text that the coach says at the beginning of the step, without advice if it is to be brief."""
        if is_brief:
            return self.say
        claim = self.how_by_skin.get(skin) if skin else None
        return f"{self.say} {claim.say if claim else self.how}".strip()

    def claims(self, skin: Skin | None = None) -> tuple[Claim, ...]:
        """Return all claims about the step, its reason first."""
        for_skin = self.how_by_skin.get(skin) if skin else None
        return tuple(claim for claim in (self.why, for_skin, *self.more) if claim is not None)


@dataclass(frozen=True, slots=True)
class Hold:
    """The time that the mask stays on."""

    seconds: float | None
    """Seconds that the mask stays on; None when it stays on overnight, without a countdown."""
    reminders: tuple[str, ...] = ()
    """Sentences that are said now and then during the hold, in this order."""
    longest_seconds: float = USUAL_LONGEST_SECONDS
    """Seconds to which the hold may be lengthened."""
    milestones: frozenset[Milestone] = USUAL_MILESTONES
    """The times of the hold at which the time left is announced."""

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
    """The changes of a routine for a skin type."""

    seconds: float | None = None
    """Seconds that the mask stays on; None when the skin type changes nothing."""
    times_a_week: int | None = None
    """The number of masks a week that are enough; None when the skin type changes nothing."""
    advice: Claim | None = None


@dataclass(frozen=True)
class Routine:
    """A routine: all steps in their order, from preparing the skin to the care after the mask."""

    id: str
    """The name of the routine's file."""
    title: str
    steps: tuple[Step, ...]
    hold: Hold | None = None
    """The time that the mask stays on; None when no mask is put on."""
    mask: str = ""
    """The kind of mask, one of MASKS; empty when the file names none."""
    times_a_week: int | None = None
    """The number of masks a week that are enough; None when the file gives none."""
    often: Claim | None = None
    """A sentence that says how many masks a week are enough."""
    warning: Claim | None = None
    """A warning that is said when the mask is chosen."""
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
        """The index in `steps` of the step in which the mask stays on; None when there is none."""
        return next((index for index, step in enumerate(self.steps) if step.phase is Phase.HOLDING), None)

    @property
    def is_overnight(self) -> bool:
        """Whether the mask stays on without a countdown."""
        return self.hold is not None and self.hold.seconds is None

    def needs(self, skin: Skin | None) -> SkinNeeds:
        """Return the changes for a skin type; they are empty when the routine names none."""
        return self.skin.get(skin, SkinNeeds()) if skin else SkinNeeds()

    def hold_seconds(self, skin: Skin | None) -> float:
        """Return the seconds that the mask stays on a skin type; 0 when there is no countdown."""
        if self.hold is None or self.hold.seconds is None:
            return 0.0
        return self.needs(skin).seconds or self.hold.seconds

    def enough(self, skin: Skin | None) -> int | None:
        """Return the number of masks a week that are enough for a skin type; None when the routine gives none."""
        return self.needs(skin).times_a_week or self.times_a_week


def _fail(what: str, remedy: str) -> NoReturn:
    message = f"{what}; {remedy}"
    raise ContentError(message)
