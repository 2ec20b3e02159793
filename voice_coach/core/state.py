"""The session: everything the coach knows between two events."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import TYPE_CHECKING

from voice_coach.core.doubts import Doubts
from voice_coach.core.past import NOTHING_PAST
from voice_coach.core.wording import Message
from voice_coach.routines import Daypart, Phase

if TYPE_CHECKING:
    from collections.abc import Mapping

    from voice_coach.core.commands import Voice
    from voice_coach.core.events import Heard, Trouble
    from voice_coach.core.foresight import Situation
    from voice_coach.core.hold import Holding
    from voice_coach.core.intents import Intent
    from voice_coach.core.past import Past
    from voice_coach.core.snapshot import Snapshot
    from voice_coach.core.wording import Wording
    from voice_coach.routines import Routine, Skin, Step

_SHORTEST_WISH_SECONDS = 600.0
"""A person can wish for 10 minutes or more."""
NOT_STARTED = -1
"""The position before the first step."""


class Question(Enum):
    """What the coach asks: before it does something that can't be taken back, and whether it has heard right."""

    START_OVER = "start over"
    TAKE_OFF = "take off"
    GO_BACK = "go back"
    QUIT = "quit"
    HEARD_RIGHT = "heard right"
    SHALL_WE_GO_ON = "shall we go on"
    HOW_LONG_ON = "how long is the mask on"
    GO_TO = "go to"
    SHORTER = "shorter"


@dataclass(frozen=True, slots=True)
class OpenQuestion:
    """A question that waits for yes or no."""

    question: Question
    text: str
    lapses_at: float
    """Monotonic seconds; then nobody is asked any more."""
    command: Heard | None = None
    """What was hardly heard, if the question is whether it was heard right; else what yes lets happen."""
    other: Heard | None = None
    """What it may have been instead."""


@dataclass(frozen=True, slots=True)
class Saying:
    """What the coach is saying."""

    utterance_id: int
    text: str
    given_up_at: float
    """Monotonic seconds; a mouth that has not reported the end until then has failed."""


@dataclass(frozen=True, slots=True)
class LastHeard:
    """What was heard last, as the page shows it."""

    text: str = ""
    note: str = ""
    """What became of it, when it was not obeyed."""
    fades_at: float | None = None
    """Monotonic seconds; then the page forgets it. What was obeyed stays until something else is heard."""


@dataclass(frozen=True, slots=True)
class Session:
    """A person and a routine. Only `session.step` makes a new one from an event."""

    routine: Routine
    routines: Mapping[str, Routine]
    """All that can be chosen by voice, by their ids."""
    wording: Wording
    voice: Voice
    hold_seconds: float
    """How long this person wants the mask on; 0 when there is no countdown."""
    wished_seconds: float | None
    """The same, when the person has said it once and for all; else the routine and the skin decide."""
    keys: Mapping[Intent, str]
    """The names of the keys that a face offers; empty where there are none."""

    now: float = -math.inf
    """The latest time ever seen: it does not go backwards, whatever the clock does."""
    is_daytime: bool = True
    skin: Skin | None = None
    is_brief: bool = False
    """Whether the person wants to hear only what to do."""
    past: Past = NOTHING_PAST
    is_listening: bool = False
    is_hearing: bool = False
    """Whether somebody may be speaking at the moment."""
    troubles: frozenset[Trouble] = frozenset()
    """What the edges cannot do at the moment."""
    untold: tuple[tuple[float, Trouble], ...] = ()
    """Of these, what is to be told when it lasts until then (monotonic seconds)."""
    unsaid: str = ""
    """The last sentence that nobody could hear, while there is no speaker."""

    position: int = NOT_STARTED
    """Index of the current step; NOT_STARTED before, the number of steps after all are done."""
    skipped: frozenset[str] = frozenset()
    """The ids of the steps that the person does not want this time."""
    claims_told: int = 0
    """How many of the claims about the step have been told, why included."""
    asked_memory: Intent | None = None
    """What the person wants to know of the past, while the memory looks it up."""
    is_recording: bool = False
    """Whether the history has a session open."""
    is_paused: bool = False
    holding: Holding | None = None
    """Present in the holding step only, running or paused."""
    question: OpenQuestion | None = None
    saying: Saying | None = None
    is_leaving: bool = False
    """Goodbye is being said."""

    last_utterance_id: int = 0
    instruction: str = ""
    """What the person was last told to do, for who asks to hear it again."""
    prepared: tuple[str, ...] = ()
    """The sentences that the mouth was asked to render ahead; empty when it must be asked again."""
    prepared_for: Situation | None = None
    """The situation in which these were found; in an equal one they are not looked for again."""
    kept: Snapshot | None = None
    """What the memory was last asked to keep."""
    heard: LastHeard = LastHeard()
    doubts: Doubts = field(default_factory=Doubts)

    @property
    def is_new(self) -> bool:
        """Whether no event has come yet."""
        return self.now == -math.inf

    @property
    def is_over(self) -> bool:
        """Whether goodbye has been said: the program ends."""
        return self.is_leaving and self.saying is None

    @property
    def current_step(self) -> Step | None:
        """The step the person is at; None before and after the routine."""
        return self.routine.steps[self.position] if 0 <= self.position < len(self.routine.steps) else None

    @property
    def phase(self) -> Phase:
        """Follows from the position and from nothing else, but for the pause."""
        if self.position == NOT_STARTED:
            return Phase.IDLE
        step = self.current_step
        if step is None:
            return Phase.DONE
        return Phase.PAUSED if self.is_paused else step.phase

    @property
    def remaining_seconds(self) -> float:
        """Of the countdown; 0 when there is none."""
        return self.holding.countdown.remaining(self.now) if self.holding else 0.0

    @property
    def daypart(self) -> Daypart:
        """What decides about sunscreen."""
        return Daypart.DAY if self.is_daytime else Daypart.EVENING

    def is_due(self, step: Step) -> bool:
        """Whether a step is done at this time of day, and wanted."""
        return step.only in {None, self.daypart} and step.id not in self.skipped

    def text_of(self, step: Step) -> str:
        """What is said when a step begins, as this person wants it."""
        text = step.text_for(self.skin, is_brief=self.is_brief)
        return self.wording.say(Message.OPTIONAL, step=text) if step.is_optional else text

    def with_routine(self, routine: Routine) -> Session:
        """The same with another routine, before its first step."""
        seconds = self._hold_of(routine, self.skin)
        return replace(self, routine=routine, position=NOT_STARTED, skipped=frozenset(), hold_seconds=seconds)

    def with_skin(self, skin: Skin) -> Session:
        """The same for another skin; a countdown that runs is not changed."""
        return replace(self, skin=skin, hold_seconds=self._hold_of(self.routine, skin))

    def _hold_of(self, routine: Routine, skin: Skin | None) -> float:
        usual = routine.hold_seconds(skin)
        if self.wished_seconds is None or routine.hold is None or not usual:
            return usual
        if usual < _SHORTEST_WISH_SECONDS:
            return min(self.wished_seconds, usual)  # a mask that stays on so shortly is not for longer
        return min(self.wished_seconds, routine.hold.longest_seconds)

    def position_of(self, step_id: str) -> int | None:
        """Where a step is; None when the routine has none of that id."""
        ids = [step.id for step in self.routine.steps]
        return ids.index(step_id) if step_id in ids else None

    def position_after(self, position: int) -> int:
        """The next position whose step is due; the number of steps when none is left."""
        steps = self.routine.steps
        return next((index for index in range(position + 1, len(steps)) if self.is_due(steps[index])), len(steps))

    def position_before(self, position: int) -> int:
        """The previous position whose step is due; NOT_STARTED when there is none."""
        steps = self.routine.steps
        return next((index for index in range(position - 1, -1, -1) if self.is_due(steps[index])), NOT_STARTED)
