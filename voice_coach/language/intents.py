"""Everything that a person can mean, as one declaration an intent.

An intent is one member of Intent with one IntentSpec here. Everything else that the code needs to know of an intent by
itself is derived from its spec. What it does is a row in `transitions`; how it is worded stands in the content of each
language. `docs/adding.md` has the steps, and `tests/project/test_adding.py` names the place that is missing.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


class Intent(Enum):
    """One wish of the person, however it was worded; in the order of the phrase book, so new ones go to the end."""

    START = "start"
    NEXT = "next"
    BACK = "back"
    REPEAT = "repeat"
    PAUSE = "pause"
    RESUME = "resume"
    TIME_LEFT = "time_left"
    WHATS_NEXT = "whats_next"
    WHICH_STEP = "which_step"
    WHY = "why"
    ADD_TIME = "add_time"
    CUT_TIME = "cut_time"
    START_OVER = "start_over"
    LOUDER = "louder"
    QUIETER = "quieter"
    SLOWER = "slower"
    FASTER = "faster"
    HELP = "help"
    YES = "yes"
    NO = "no"
    ON_FOR = "on_for"
    STINGS = "stings"
    QUIT = "quit"
    MASK = "mask"
    SKIN = "skin"
    GO_TO = "go_to"
    SKIP = "skip"
    WHO_SAYS = "who_says"
    MORE = "more"
    STEPS_LEFT = "steps_left"
    HOW_OFTEN = "how_often"
    LAST_MASK = "last_mask"
    FELT = "felt"
    BRIEF = "brief"
    FULL = "full"
    DAYPART = "daypart"
    OTHER_ONE = "other_one"

    @property
    def spec(self) -> IntentSpec:
        """What is declared of it."""
        return SPECS[self]


class Kind(Enum):
    """What an intent brings about. It decides what may be asked for in the same breath."""

    TELL = auto()
    """Something is told, and nothing changes."""
    VOICE = auto()
    """The coach speaks otherwise from now on."""
    MOVE = auto()
    """The place in the routine changes; it can be changed back by a word."""
    CHANGE = auto()
    """Something else changes. Misheard it might do harm, so it is never done together with another wish."""
    YES_OR_NO = auto()
    """Answers any question, and means nothing without one."""
    ANSWER = auto()
    """Answers one kind of question (see `listening`), and means nothing without it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class IntentSpec:
    """All that is declared of an intent, but for its row in `transitions`."""

    kind: Kind
    answer: tuple[str, ...] | None = None
    """The placeholders of the sentence with which the coach answers, which is `answer` in phrases.toml; None when it
    answers with sentences of wording.toml."""
    prefetch: int | None = None
    """Its rank among the intents whose answers are rendered ahead, the likeliest first; None when its answer is not
    known ahead, or of no use then (after "speak slower" nothing rendered before is)."""
    slot: str = ""
    """What its wordings name in braces, if it is about something: "step" for <step>."""
    is_slot_optional: bool = False
    """Whether it means something without its slot, too."""
    has_minutes: bool = False
    """Whether it carries a number of minutes."""
    opposite: Intent | None = None
    """What contradicts it when both are said in one breath."""
    is_urgent: bool = False
    """Whether it is done at once, whatever else is going on, and by one word although the coach is asleep."""
    has_button: bool = False
    """Whether the mirror has a button for it (see `mirror.buttons`)."""


SPECS: Mapping[Intent, IntentSpec] = {
    Intent.START: IntentSpec(kind=Kind.CHANGE, prefetch=40, has_button=True),
    Intent.NEXT: IntentSpec(kind=Kind.MOVE, prefetch=30, has_button=True),
    Intent.BACK: IntentSpec(kind=Kind.MOVE, prefetch=100, has_button=True),
    Intent.REPEAT: IntentSpec(kind=Kind.TELL, prefetch=50, has_button=True),
    Intent.PAUSE: IntentSpec(kind=Kind.MOVE, prefetch=70, has_button=True),
    Intent.RESUME: IntentSpec(kind=Kind.MOVE, prefetch=80, has_button=True),
    Intent.TIME_LEFT: IntentSpec(kind=Kind.TELL, prefetch=60),
    Intent.WHATS_NEXT: IntentSpec(kind=Kind.TELL, prefetch=110),
    Intent.WHICH_STEP: IntentSpec(kind=Kind.TELL, answer=("number", "count", "title"), prefetch=120),
    Intent.WHY: IntentSpec(kind=Kind.TELL, prefetch=90, slot="step", is_slot_optional=True),
    Intent.ADD_TIME: IntentSpec(kind=Kind.CHANGE, prefetch=170, has_minutes=True),
    Intent.CUT_TIME: IntentSpec(kind=Kind.CHANGE, prefetch=180, has_minutes=True),
    Intent.START_OVER: IntentSpec(kind=Kind.CHANGE, prefetch=160),
    Intent.LOUDER: IntentSpec(kind=Kind.VOICE, answer=(), prefetch=190, opposite=Intent.QUIETER),
    Intent.QUIETER: IntentSpec(kind=Kind.VOICE, answer=(), prefetch=200, opposite=Intent.LOUDER),
    Intent.SLOWER: IntentSpec(kind=Kind.VOICE, answer=(), opposite=Intent.FASTER),
    Intent.FASTER: IntentSpec(kind=Kind.VOICE, answer=(), opposite=Intent.SLOWER),
    Intent.HELP: IntentSpec(kind=Kind.TELL, answer=("examples",), prefetch=140, has_button=True),
    Intent.YES: IntentSpec(kind=Kind.YES_OR_NO, prefetch=10, has_button=True),
    Intent.NO: IntentSpec(kind=Kind.YES_OR_NO, prefetch=20, has_button=True),
    Intent.ON_FOR: IntentSpec(kind=Kind.ANSWER, has_minutes=True),
    Intent.STINGS: IntentSpec(kind=Kind.CHANGE, answer=(), prefetch=130, is_urgent=True, has_button=True),
    Intent.QUIT: IntentSpec(kind=Kind.CHANGE, prefetch=150),
    Intent.MASK: IntentSpec(kind=Kind.CHANGE, slot="mask"),
    Intent.SKIN: IntentSpec(kind=Kind.CHANGE, slot="skin"),
    Intent.GO_TO: IntentSpec(kind=Kind.CHANGE, answer=("step",), slot="step"),
    Intent.SKIP: IntentSpec(kind=Kind.CHANGE, slot="step"),
    Intent.WHO_SAYS: IntentSpec(kind=Kind.TELL, answer=("source",), prefetch=220),
    Intent.MORE: IntentSpec(kind=Kind.TELL, prefetch=210),
    Intent.STEPS_LEFT: IntentSpec(kind=Kind.TELL, answer=("number",), prefetch=230),
    Intent.HOW_OFTEN: IntentSpec(kind=Kind.TELL, answer=("week", "month"), prefetch=250),
    Intent.LAST_MASK: IntentSpec(kind=Kind.TELL, answer=("when",), prefetch=240),
    Intent.FELT: IntentSpec(kind=Kind.CHANGE, slot="feeling"),
    Intent.BRIEF: IntentSpec(kind=Kind.VOICE, answer=(), opposite=Intent.FULL),
    Intent.FULL: IntentSpec(kind=Kind.VOICE, answer=(), opposite=Intent.BRIEF),
    Intent.DAYPART: IntentSpec(kind=Kind.CHANGE, slot="daypart"),
    Intent.OTHER_ONE: IntentSpec(kind=Kind.ANSWER),
}


def of_kind(*kinds: Kind) -> frozenset[Intent]:
    """All intents of these kinds."""
    return frozenset(intent for intent, spec in SPECS.items() if spec.kind in kinds)


YES_OR_NO = of_kind(Kind.YES_OR_NO)
"""What answers any question."""

ANSWERS = of_kind(Kind.YES_OR_NO, Kind.ANSWER)
"""Intents that mean something only while a question is open."""

MINUTE_INTENTS = frozenset(intent for intent, spec in SPECS.items() if spec.has_minutes)
"""Intents that carry a number of minutes."""

SLOTS: Mapping[Intent, str] = {intent: spec.slot for intent, spec in SPECS.items() if spec.slot}
"""The intents that are about something, and the slot of their wordings that says about what."""

PREFETCHED = tuple(
    sorted(
        (intent for intent, spec in SPECS.items() if spec.prefetch is not None),
        key=lambda intent: SPECS[intent].prefetch or 0,
    )
)
"""The intents whose answers are rendered ahead, the likeliest first."""


_TELLING = of_kind(Kind.TELL)
CHANGES_OF_PLACE = of_kind(Kind.MOVE)
"""At most one of a breath: two of them contradict each other, or one was misheard."""
CHANGES_OF_VOICE = of_kind(Kind.VOICE)


def may_go_together(first: Intent, second: Intent) -> bool:
    """Whether both can be done one after the other: answers, changes of the voice, and at most one change of place."""
    both = {first, second}
    if first is second or first.spec.opposite is second:
        return False
    risky = both - _TELLING - CHANGES_OF_VOICE
    return len(risky) <= 1 and risky <= CHANGES_OF_PLACE
