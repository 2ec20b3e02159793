"""The session: a frozen record of everything that the coach knows while it leads through a routine."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import TYPE_CHECKING

from voice_coach.language.intents import PEOPLE
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
    from voice_coach.session.named_timers import NamedTimer
    from voice_coach.session.persistence import Snapshot
    from voice_coach.session.prefetch import Situation
    from voice_coach.session.timer import Holding


QUIET_SECONDS = 120.0
"""Seconds before the coach may ask again whether an utterance was for it, after a question without a yes."""
_IN_A_ROW_SECONDS = 20.0
"""Seconds within which two unclear utterances count as attempts at the same command."""
_OFFER_GAP_SECONDS = 60.0
"""Seconds before the coach may offer an easier phrase again."""


@dataclass(frozen=True, slots=True)
class ClarificationHistory:
    """The record of what the coach asked lately, so that it does not ask too often. Times are in monotonic seconds."""

    asked_about: str = ""
    """The words that were last asked about and must not be asked about twice; empty once something was understood."""
    asks_from: float = -math.inf
    """The time before which the coach asks nothing."""
    attempted_at: float = -math.inf
    """The time of the last unclear utterance, if nothing was understood since."""
    offers_from: float = -math.inf
    """The time before which the coach offers no easier phrase."""

    def may_ask(self, text: str, now: float) -> bool:
        """Whether the coach may ask about these words now."""
        return now >= self.asks_from and text != self.asked_about

    def may_offer(self, now: float) -> bool:
        """Whether an unclear utterance now is the second in a row, so that the coach may offer an easier phrase."""
        return now - self.attempted_at <= _IN_A_ROW_SECONDS and now >= self.offers_from

    def attempted(self, now: float) -> ClarificationHistory:
        """Return the history after an unclear utterance."""
        return replace(self, attempted_at=now)

    def asked(self, text: str, now: float) -> ClarificationHistory:
        """Return the history after a question about these words; only a yes lets the coach ask again soon."""
        return replace(self, asked_about=text, asks_from=now + QUIET_SECONDS)

    def offered(self, now: float) -> ClarificationHistory:
        """Return the history after an offer; the next needs a pause and two more unclear utterances."""
        return replace(self, attempted_at=-math.inf, offers_from=now + _OFFER_GAP_SECONDS)

    def denied(self, now: float) -> ClarificationHistory:
        """Return the history after a no: other people are talking, so the coach asks and offers nothing for a while."""
        return replace(self, asks_from=now + QUIET_SECONDS, offers_from=now + QUIET_SECONDS)

    def confirmed(self) -> ClarificationHistory:
        """Return the history after a yes: the utterance was for the coach, so it may ask again at once."""
        return replace(self, asked_about="", attempted_at=-math.inf, asks_from=-math.inf)

    def understood(self) -> ClarificationHistory:
        """Return the history after a command that was understood: the next unclear utterance is a first attempt."""
        return replace(self, asked_about="", attempted_at=-math.inf)


_SHORTEST_OWN_SECONDS = 600.0
"""Seconds (10 minutes) below which a routine's hold is not lengthened by the person's own setting."""
NOT_STARTED = -1
"""The position before the first step."""


class Question(Enum):
    """The questions that the coach asks, such as before a step that cannot be undone, or whether it has heard right."""

    START_OVER = "start over"
    TAKE_OFF = "take off"
    GO_BACK = "go back"
    QUIT = "quit"
    HEARD_RIGHT = "heard right"
    SHALL_WE_GO_ON = "shall we go on"
    HOW_LONG_ON = "how long is the mask on"
    HOW_LONG = "how long shall the timer run"
    STOP_TIMERS = "stop all timers"
    GO_TO = "go to"
    SHORTER = "shorter"
    ANOTHER = "another"
    BETTER = "better"
    HOW_IT_FEELS = "how it feels"


@dataclass(frozen=True, slots=True)
class OpenQuestion:
    """A question that waits for an answer."""

    question: Question
    text: str
    lapses_at: float
    """The time at which the question is dropped, in monotonic seconds."""
    command: CommandHeard | None = None
    """The command that a yes carries out, if the question is about one, such as "did I hear right?"."""
    other: CommandHeard | None = None
    """The command that was about as likely as `command`, if there was one."""


FIRST_CHECK_SECONDS = 60.0
"""Seconds after "it stings" until the coach asks whether it is better; before each next time, twice as many."""


@dataclass(frozen=True, slots=True)
class Pain:
    """The pain of a person whose mask stung; it lasts until they say that it is better."""

    asks_at: float
    """The time, in monotonic seconds, from which the coach asks whether it is better."""
    wait_seconds: float = FIRST_CHECK_SECONDS
    """Seconds that the coach waited before it asks then."""

    def asked(self, now: float) -> Pain:
        """Return the pain after the question; the next wait is twice as long."""
        return Pain(now + 2 * self.wait_seconds, 2 * self.wait_seconds)


NUDGE_SECONDS = 75.0
"""Seconds without a word in a step until the coach says, once, how to go on."""
DOZE_SECONDS = 120.0
"""Seconds before and after a routine until the screen sleeps; a routine that is done is then left."""
FIRST_DOZE_SECONDS = 3600.0
"""The same at the first start: whoever has plugged the coach in still reads its screen, and looks for a phone."""
_NEWCOMER_MASKS = 2
"""Masks until which a person is told how to go on; whoever has had as many knows it."""


@dataclass(frozen=True, slots=True)
class Saying:
    """A sentence that the coach is saying."""

    utterance_id: int
    text: str
    given_up_at: float
    """The time, in monotonic seconds, after which the coach no longer waits for the mouth to report the end."""


@dataclass(frozen=True, slots=True)
class LastHeard:
    """The last utterance, as the page shows it."""

    text: str = ""
    note: str = ""
    """A note that says why the utterance was not obeyed; empty when it was."""
    intent: Intent | None = None
    """The intent that it was taken for; None when it was not taken as a command."""
    fades_at: float | None = None
    """The time at which the page forgets the utterance, in monotonic seconds; None to show it until the next."""


@dataclass(frozen=True, slots=True)
class Session:
    """The whole state of the coach, for one person and one routine. Only `session.step` changes it with an event."""

    routine: Routine
    routines: Mapping[str, Routine]
    """All routines that can be chosen by voice, by their ids."""
    wording: Wording
    voice: Voice
    hold_seconds: float
    """Seconds that the mask stays on for this person; 0 when there is no countdown."""
    wanted_seconds: float | None
    """Seconds that the person wants any mask on, from the settings; None when the routine and the skin decide."""
    keys: Mapping[Intent, str]
    """The names of the keys that give intents; empty when the face has no keys."""

    now: float = -math.inf
    """The latest time that an event has brought, in monotonic seconds; it never goes backwards."""
    is_daytime: bool = True
    skin: Skin | None = None
    is_brief: bool = False
    """Whether the person wants to hear only what to do."""
    person: str = PEOPLE[0]
    """The one of PEOPLE whom the coach leads: own skin, own history, own voice of the coach."""
    languages: Mapping[str, str] = field(default_factory=dict)
    """The languages that can be heard on this machine, each by its code with the name that its speakers give it."""
    past: HistorySummary = NO_HISTORY
    is_listening: bool = False
    is_on_standby: bool = False
    """Whether the person has asked not to be listened to."""
    is_hearing: bool = False
    """Whether somebody may be speaking at the moment."""
    faults: frozenset[Fault] = frozenset()
    """The faults that last at the moment."""
    unannounced_faults: tuple[tuple[float, Fault], ...] = ()
    """The faults of which the beginning or the end is still to be announced, each with the time (monotonic seconds) at
    which that is due."""
    undelivered_speech: str = ""
    """The last sentence that nobody could hear because there was no speaker; empty when there is none."""

    position: int = NOT_STARTED
    """The index of the current step; NOT_STARTED before the first, the number of steps after the last."""
    skipped: frozenset[str] = frozenset()
    """The ids of the steps that the person leaves out this time."""
    claims_told: int = 0
    """The number of claims about the current step that have been told, including its reason."""
    asked_memory: Intent | None = None
    """The person's question about the past, while the memory looks up the answer."""
    is_recording: bool = False
    """Whether the history has an open session, to which events are added."""
    is_paused: bool = False
    holding: Holding | None = None
    """The hold, running or paused; None outside it, and while a mask stays on without a countdown."""
    timers: tuple[NamedTimer, ...] = ()
    """The timers that run beside the mask, in the order in which they were set."""
    question: OpenQuestion | None = None
    saying: Saying | None = None
    is_leaving: bool = False
    """Whether the goodbye is being said."""
    is_unknown: bool = False
    """Whether the coach was started for the first time, and nobody has given it a command yet."""
    next_person: str = ""
    """The person for whom the coach begins anew after the goodbye; empty when it ends."""
    next_language: str = ""
    """The code of the language in which it begins anew; empty when that does not change."""

    began_at: float | None = None
    """The time at which the routine was begun, in monotonic seconds; None outside one, and after a restart."""
    done_at: float | None = None
    """The time at which the last step was done, in monotonic seconds; None before."""
    pain: Pain | None = None
    has_stung: bool = False
    """Whether it stung in this routine, so that what follows is gentle."""
    attended_at: float = -math.inf
    """The time of the last command or of the end of the coach's last sentence, in monotonic seconds."""
    voice_at: float = -math.inf
    """The time at which a voice was last noticed, in monotonic seconds."""
    nudged_at: int = NOT_STARTED
    """The position at which the coach last said by itself how to go on; NOT_STARTED when it has not."""

    last_utterance_id: int = 0
    instruction: str = ""
    """The last instruction, which "repeat" says again."""
    prepared: tuple[str, ...] = ()
    """The sentences that the mouth was told to synthesize ahead; empty when it must be told again."""
    prepared_for: Situation | None = None
    """The situation for which `prepared` was computed; it is computed again only in a different one."""
    last_snapshot: Snapshot | None = None
    """The snapshot that the memory was last told to save."""
    heard: LastHeard = LastHeard()
    clarifications: ClarificationHistory = field(default_factory=ClarificationHistory)

    @property
    def is_new(self) -> bool:
        """Whether no event has come yet."""
        return self.now == -math.inf

    @property
    def is_over(self) -> bool:
        """Whether the goodbye has been said, so that the program ends."""
        return self.is_leaving and self.saying is None

    @property
    def current_step(self) -> Step | None:
        """The current step; None before the first and after the last."""
        return self.routine.steps[self.position] if 0 <= self.position < len(self.routine.steps) else None

    @property
    def phase(self) -> Phase:
        """The phase of the session, which follows from the position alone unless the session is paused."""
        if self.position == NOT_STARTED:
            return Phase.IDLE
        step = self.current_step
        if step is None:
            return Phase.DONE
        return Phase.PAUSED if self.is_paused else step.phase

    @property
    def is_newcomer(self) -> bool:
        """Whether the person has had so few masks that they should be told how to go on."""
        return self.past.total < _NEWCOMER_MASKS

    @property
    def nudge_at(self) -> float | None:
        """The time from which the coach should say how to go on, in monotonic seconds; None when it should not.

        It does so at most once a step in the person's first routines, later once a routine, and never while a mask is
        on, it hurts, or nobody wants to be listened to.
        """
        step = self.current_step
        if step is None or self.is_paused or self.is_on_standby or self.pain or step.phase is Phase.HOLDING:
            return None
        if self.nudged_at != NOT_STARTED and (self.nudged_at == self.position or not self.is_newcomer):
            return None
        return max(self.attended_at, self.voice_at) + NUDGE_SECONDS

    @property
    def dozes_at(self) -> float | None:
        """The time at which the screen goes to sleep, in monotonic seconds; None while something runs."""
        is_free = self.current_step is None and not (self.saying or self.question or self.pain or self.timers)
        seconds = FIRST_DOZE_SECONDS if self.is_unknown else DOZE_SECONDS
        return self.attended_at + seconds if is_free and math.isfinite(self.attended_at) else None

    @property
    def is_asleep(self) -> bool:
        """Whether nothing runs and nothing has happened for DOZE_SECONDS, or FIRST_DOZE_SECONDS."""
        return self.dozes_at is not None and self.now >= self.dozes_at

    @property
    def remaining_seconds(self) -> float:
        """Seconds left of the countdown; 0 when there is none."""
        return self.holding.countdown.remaining(self.now) if self.holding else 0.0

    @property
    def daypart(self) -> Daypart:
        """The time of day, by which steps such as sunscreen are chosen."""
        return Daypart.DAY if self.is_daytime else Daypart.EVENING

    def is_due(self, step: Step) -> bool:
        """Whether a step belongs to this time of day and is not left out by the person."""
        return step.only in {None, self.daypart} and step.id not in self.skipped

    def text_of(self, step: Step) -> str:
        """Return the instruction of a step, brief or in full as this person wants it."""
        text = step.text_for(self.skin, is_brief=self.is_brief)
        return self.wording.say(Message.OPTIONAL, step=text) if step.is_optional else text

    def with_routine(self, routine: Routine) -> Session:
        """Return the session with another routine, before its first step."""
        seconds = self.hold_of(routine)
        return replace(self, routine=routine, position=NOT_STARTED, skipped=frozenset(), hold_seconds=seconds)

    def with_skin(self, skin: Skin) -> Session:
        """Return the session with another skin type; a running countdown is not changed."""
        session = replace(self, skin=skin)
        return replace(session, hold_seconds=session.hold_of(self.routine))

    def hold_of(self, routine: Routine) -> float:
        """Return the seconds that the mask of a routine stays on for this person; 0 without a countdown."""
        usual = routine.hold_seconds(self.skin)
        if self.wanted_seconds is None or routine.hold is None or not usual:
            return usual
        if usual < _SHORTEST_OWN_SECONDS:
            return min(self.wanted_seconds, usual)  # a mask with such a short hold must not stay on longer
        return min(self.wanted_seconds, routine.hold.longest_seconds)

    @property
    def is_request_overruled(self) -> bool:
        """Whether the person wants the mask on for longer than it may stay on."""
        return self.wanted_seconds is not None and 0 < self.hold_seconds < self.wanted_seconds

    def position_of(self, step_id: str) -> int | None:
        """Return the position of the step with an id; None when the routine has no such step."""
        ids = [step.id for step in self.routine.steps]
        return ids.index(step_id) if step_id in ids else None

    def position_after(self, position: int) -> int:
        """Return the next position whose step is due; the number of steps when none is left."""
        steps = self.routine.steps
        return next((index for index in range(position + 1, len(steps)) if self.is_due(steps[index])), len(steps))

    def position_before(self, position: int) -> int:
        """Return the previous position whose step is due; NOT_STARTED when there is none."""
        steps = self.routine.steps
        return next((index for index in range(position - 1, -1, -1) if self.is_due(steps[index])), NOT_STARTED)
