"""The session: a frozen record of everything that the coach knows about this visit."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import TYPE_CHECKING

from voice_coach.language.wording import Message
from voice_coach.routines import Daypart, Phase
from voice_coach.routines.past_masks import NO_HISTORY

if TYPE_CHECKING:
    from collections.abc import Mapping

    from voice_coach.language.intents import Intent
    from voice_coach.language.wording import Wording
    from voice_coach.routines import Routine, Skin, Step
    from voice_coach.routines.past_masks import HistorySummary
    from voice_coach.session.commands import Voice
    from voice_coach.session.events import CommandHeard, Fault
    from voice_coach.session.persistence import Snapshot
    from voice_coach.session.prefetch import Situation
    from voice_coach.session.timer import Holding


QUIET_SECONDS = 120.0
"""So long the coach does not ask again whether something was for it, when it got no yes."""
_IN_A_ROW_SECONDS = 20.0
"""Two attempts within this time are attempts at the same thing."""
_OFFER_GAP_SECONDS = 60.0
"""The coach offers easier ways no more often than this."""


@dataclass(frozen=True, slots=True)
class ClarificationHistory:
    """Times are monotonic seconds."""

    asked_about: str = ""
    """The words that were last asked about, until something is understood: they are not asked about twice."""
    asks_from: float = -math.inf
    """Before this, nothing is asked."""
    attempted_at: float = -math.inf
    """When something was last hardly heard, and nothing understood since."""
    offers_from: float = -math.inf
    """Before this, nothing is offered."""

    def may_ask(self, text: str, now: float) -> bool:
        """Whether it is time to ask about these words."""
        return now >= self.asks_from and text != self.asked_about

    def may_offer(self, now: float) -> bool:
        """Whether an attempt made now is the second in a row, and it is time to offer something easier."""
        return now - self.attempted_at <= _IN_A_ROW_SECONDS and now >= self.offers_from

    def attempted(self, now: float) -> ClarificationHistory:
        """Something was hardly heard."""
        return replace(self, attempted_at=now)

    def asked(self, text: str, now: float) -> ClarificationHistory:
        """The coach asks about these words; only a yes lets it ask again soon."""
        return replace(self, asked_about=text, asks_from=now + QUIET_SECONDS)

    def offered(self, now: float) -> ClarificationHistory:
        """The coach offers something easier; two more attempts are needed until it does so again."""
        return replace(self, attempted_at=-math.inf, offers_from=now + _OFFER_GAP_SECONDS)

    def denied(self, now: float) -> ClarificationHistory:
        """No: somebody else is talking, so the coach minds its own business for a while."""
        return replace(self, asks_from=now + QUIET_SECONDS, offers_from=now + QUIET_SECONDS)

    def confirmed(self) -> ClarificationHistory:
        """Yes: it was for the coach, which may ask again."""
        return replace(self, asked_about="", attempted_at=-math.inf, asks_from=-math.inf)

    def understood(self) -> ClarificationHistory:
        """The person was understood: what comes next is a new attempt."""
        return replace(self, asked_about="", attempted_at=-math.inf)


_SHORTEST_OWN_SECONDS = 600.0
"""A person can ask for 10 minutes or more."""
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
    command: CommandHeard | None = None
    """What was hardly heard, if the question is whether it was heard right; else what yes lets happen."""
    other: CommandHeard | None = None
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
    wanted_seconds: float | None
    """The same, when the person has said it once and for all; else the routine and the skin decide."""
    keys: Mapping[Intent, str]
    """The names of the keys that a face offers; empty where there are none."""

    now: float = -math.inf
    """The latest time ever seen: it does not go backwards, whatever the clock does."""
    is_daytime: bool = True
    skin: Skin | None = None
    is_brief: bool = False
    """Whether the person wants to hear only what to do."""
    past: HistorySummary = NO_HISTORY
    is_listening: bool = False
    is_hearing: bool = False
    """Whether somebody may be speaking at the moment."""
    faults: frozenset[Fault] = frozenset()
    """What the edges cannot do at the moment."""
    unannounced_faults: tuple[tuple[float, Fault], ...] = ()
    """Of these, what is to be told when it lasts until then (monotonic seconds)."""
    undelivered_speech: str = ""
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
    last_snapshot: Snapshot | None = None
    """What the memory was last asked to keep."""
    heard: LastHeard = LastHeard()
    clarifications: ClarificationHistory = field(default_factory=ClarificationHistory)

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
        if self.wanted_seconds is None or routine.hold is None or not usual:
            return usual
        if usual < _SHORTEST_OWN_SECONDS:
            return min(self.wanted_seconds, usual)  # a mask that stays on so shortly is not for longer
        return min(self.wanted_seconds, routine.hold.longest_seconds)

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
