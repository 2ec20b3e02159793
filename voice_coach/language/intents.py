"""The intents: the meanings that a person's commands can have, each with one declaration.

An intent is a member of `Intent` with an `IntentSpec`, from which everything else that the code knows about the intent
is derived. Its effect is a row of `session/transitions.py`; its wordings are in the content files of each language.
`docs/adding.md` has the steps to add one, and `tests/project/test_adding.py` names the places that are still missing.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


class Intent(Enum):
    """The meaning of a command, however it is worded. The phrase book has the same order: add new ones at the end."""

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
    TIMER = "timer"
    TIMER_LEFT = "timer_left"
    TIMER_STOP = "timer_stop"
    SLEEP = "sleep"
    WAKE = "wake"
    PERSON = "person"
    LANGUAGE = "language"

    @property
    def spec(self) -> IntentSpec:
        """The declaration of this intent."""
        return SPECS[self]


class Kind(Enum):
    """The kind of effect that an intent has. It decides which two commands may be given in one breath."""

    TELL = auto()
    """The coach tells something, and nothing changes."""
    VOICE = auto()
    """The coach's way of speaking changes: its volume, its speed, or how much it says."""
    MOVE = auto()
    """The place in the routine changes; another command can change it back."""
    CHANGE = auto()
    """Something else changes. It might do harm when misheard, so it is never combined with another command."""
    YES_OR_NO = auto()
    """The command answers any question that is answered by yes or no, and means nothing without a question."""
    ANSWER = auto()
    """The command answers one certain question (see `session/listening.py`), and means nothing without it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class IntentSpec:
    """The declaration of an intent; only its effect is declared elsewhere, in `session/transitions.py`."""

    kind: Kind
    answer: tuple[str, ...] | None = None
    """The placeholders of the sentence that answers the command (`answer` in phrases.toml); None when the coach answers
    with sentences of wording.toml."""
    prefetch: int | None = None
    """A rank for synthesizing the answer before it is asked for, lowest first; None when the answer is not synthesized
    ahead: it is not known yet, or the command changes the voice ("speak slower")."""
    slot: str = ""
    """The name of the variable part of its wordings, such as "step" for <step>; empty when they have none."""
    is_slot_optional: bool = False
    """Whether the command also has a meaning without a value for its slot, as "why" has without a step."""
    has_minutes: bool = False
    """Whether the command can name a number of minutes."""
    opposite: Intent | None = None
    """The intent that contradicts this one when both are said in one breath, as "quieter" contradicts "louder"."""
    is_urgent: bool = False
    """Whether the command is done at once in any situation, and wakes a sleeping coach even as a single word."""
    has_button: bool = False
    """Whether the mirror's page has a button for it (`BUTTONS` in `mirror/page_commands.py`)."""


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
    Intent.TIMER: IntentSpec(kind=Kind.CHANGE, slot="timer_name", is_slot_optional=True, has_minutes=True),
    Intent.TIMER_LEFT: IntentSpec(kind=Kind.TELL, slot="timer_name", is_slot_optional=True, has_minutes=True),
    Intent.TIMER_STOP: IntentSpec(kind=Kind.CHANGE, slot="timer_name", is_slot_optional=True, has_minutes=True),
    Intent.SLEEP: IntentSpec(kind=Kind.CHANGE, answer=(), prefetch=260, opposite=Intent.WAKE),
    Intent.WAKE: IntentSpec(kind=Kind.TELL, answer=(), prefetch=15, opposite=Intent.SLEEP),
    Intent.PERSON: IntentSpec(kind=Kind.CHANGE, slot="person", is_slot_optional=True),
    Intent.LANGUAGE: IntentSpec(kind=Kind.CHANGE, slot="language"),
}


def of_kind(*kinds: Kind) -> frozenset[Intent]:
    """Return all intents of these kinds."""
    return frozenset(intent for intent, spec in SPECS.items() if spec.kind in kinds)


YES_OR_NO = of_kind(Kind.YES_OR_NO)
"""The intents that answer any yes-or-no question."""

ANSWERS = of_kind(Kind.YES_OR_NO, Kind.ANSWER)
"""The intents that mean something only while the coach waits for the answer to a question."""

SILENCING = frozenset({Intent.PAUSE, Intent.QUIETER, Intent.QUIT})
"""The intents with which a person has the coach break off its speech, at least."""

MINUTE_INTENTS = frozenset(intent for intent, spec in SPECS.items() if spec.has_minutes)
"""The intents whose commands can name a number of minutes."""

TIMER_INTENTS = tuple(intent for intent, spec in SPECS.items() if spec.slot == "timer_name")
"""The intents that are about timers beside the mask, and may name one."""

PEOPLE = ("one", "two", "three", "four")
"""The values of the slot `person`: the people of a household, of whom the first one needs no mention."""

SLOTS: Mapping[Intent, str] = {intent: spec.slot for intent, spec in SPECS.items() if spec.slot}
"""The name of the slot of each intent that has one."""

PREFETCHED = tuple(
    sorted(
        (intent for intent, spec in SPECS.items() if spec.prefetch is not None),
        key=lambda intent: SPECS[intent].prefetch or 0,
    )
)
"""The intents whose answers are synthesized ahead, the likeliest first."""


_TELLING = of_kind(Kind.TELL)
CHANGES_OF_PLACE = of_kind(Kind.MOVE)
"""The intents that change the place in the routine; two of them in one breath contradict each other."""
CHANGES_OF_VOICE = of_kind(Kind.VOICE)
"""The intents that change the coach's way of speaking."""


def may_go_together(first: Intent, second: Intent) -> bool:
    """Whether two commands may be given in one breath.

    They may if each one tells something, changes the voice or changes the place in the routine, at most one of them
    changes the place, and they are neither the same nor opposites.
    """
    both = {first, second}
    if first is second or first.spec.opposite is second:
        return False
    risky = both - _TELLING - CHANGES_OF_VOICE
    return len(risky) <= 1 and risky <= CHANGES_OF_PLACE
