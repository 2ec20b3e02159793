"""The words of the person in a soak: a different walk through the routine each time, the same for the same seed."""

from __future__ import annotations

import random
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from voice_coach.language.intents import Intent
from voice_coach.rehearsal.dialogue import VOICES
from voice_coach.rehearsal.rehearsal_script import RehearsalTurn, TurnMoment
from voice_coach.routines import Phase

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping


LAST_STEP = 10
HOLD_STEP = 4
_IRRITATING_STEPS = frozenset({7, 8})
"""Toner and serum, which are left out after a mask that stung."""
PHRASES: Mapping[Intent, tuple[str, ...]] = {
    Intent.START: ("start the mask", "start the routine", "begin the routine", "start the session", "start my mask"),
    Intent.NEXT: ("next step", "done with that", "ready for the next step", "go to the next step", "that's done"),
    Intent.BACK: ("go back one step", "one step back", "take me back", "the previous step please"),
    Intent.REPEAT: ("say that again", "could you repeat that", "tell me again", "can you say that again"),
    Intent.PAUSE: ("pause the timer", "stop the timer", "give me a moment", "one moment please", "wait a moment"),
    Intent.RESUME: ("let's continue", "please go on", "start the timer again", "start the clock again"),
    Intent.TIME_LEFT: ("how much time is left", "how long is left", "check the timer", "how many minutes are left"),
    Intent.WHATS_NEXT: ("what comes after this", "what do i do next", "what happens next", "what comes next"),
    Intent.WHICH_STEP: ("which step are we on", "what step are we on", "which step is this"),
    Intent.WHY: ("why is that", "why do i do this", "tell me why", "what is it for"),
    Intent.HELP: ("tell me the commands", "what are my options", "what are the commands"),
    Intent.LOUDER: ("speak louder", "a bit louder", "turn up the volume"),
    Intent.QUIETER: ("speak more quietly", "a bit quieter", "turn down the volume"),
    Intent.SLOWER: ("speak slower", "a bit slower"),
    Intent.FASTER: ("speak faster", "a bit faster"),
    Intent.ADD_TIME: ("give me two more minutes",),
    Intent.CUT_TIME: ("take away two minutes", "two minutes less"),
    Intent.START_OVER: ("start over", "start from scratch", "start from the beginning"),
    Intent.STINGS: ("it stings", "my skin is burning", "my skin hurts", "my face is burning"),
    Intent.QUIT: ("close the coach", "exit the coach"),
    Intent.YES: ("please do", "go ahead", "do it"),
    Intent.NO: ("better not", "no thank you", "no thanks"),
    Intent.WHO_SAYS: ("who told you that", "where does that come from"),
    Intent.MORE: ("tell me more about it", "what else is there to know"),
    Intent.STEPS_LEFT: ("how many steps are left", "how many more steps"),
    Intent.LAST_MASK: ("when was my last mask", "when did i last use a mask"),
    Intent.HOW_OFTEN: ("how often do i mask", "how many masks this month"),
    Intent.FELT: ("it felt good", "that felt good"),
}
"""Wordings that the ears take at once from all three voices in a quiet room, so that what is missed says something."""
_FIVE_MORE_MINUTES = "give me five more minutes"
_ASIDES = (
    Intent.WHY, Intent.WHICH_STEP, Intent.REPEAT, Intent.WHATS_NEXT, Intent.HELP, Intent.TIME_LEFT,
    Intent.LOUDER, Intent.QUIETER, Intent.SLOWER, Intent.FASTER,
    Intent.WHO_SAYS, Intent.MORE, Intent.STEPS_LEFT, Intent.LAST_MASK, Intent.HOW_OFTEN,
)  # fmt: skip
_QUESTIONS_IN_A_PAUSE = (Intent.TIME_LEFT, Intent.WHATS_NEXT, Intent.WHICH_STEP, Intent.WHY)
_LONGEST_PAUSE_SECONDS = 2.5
_LONGEST_LISTENING_SECONDS = 0.8
"""Beyond the second that an impolite person listens anyway."""


@dataclass(frozen=True, slots=True)
class SpokenTurn:
    """A turn, and how long the person dawdles before looking for its moment."""

    turn: RehearsalTurn
    pause_seconds: float


class Walks:
    """Makes walks at random.

    Args:
        seed: the same one makes the same walks.
    """

    def __init__(self, seed: int) -> None:
        self._die = random.Random(seed)  # noqa: S311 - no secret
        self._has_stung = False
        """Whether it stung in this walk, so that the coach goes on gently and does not ask how the skin feels."""

    def walk(self, first_step: int, *, is_long: bool = False) -> Iterator[SpokenTurn]:
        """A whole routine, from "start the mask" on.

        Args:
            first_step: 0 before the first routine, the last step after another one.
            is_long: whether the mask stays on for five minutes more.
        """
        self._has_stung = False
        yield self._line(Intent.START, first_step, {Phase.IDLE, Phase.DONE})
        if first_step == LAST_STEP:
            yield self._answer(Intent.YES, first_step)  # another one on the same day
        yield from self._steps(1, HOLD_STEP)
        if self._falls(0.15):
            yield from self._starting_over()
            yield from self._steps(1, HOLD_STEP)
        yield from self._long_hold() if is_long else self._one_of(self._holds())
        yield from self._aftercare()

    def farewell(self, step: int, phase: Phase) -> Iterator[SpokenTurn]:
        """Quit; in a routine the coach asks first."""
        yield self._line(Intent.QUIT, step)
        if phase not in {Phase.IDLE, Phase.DONE}:
            yield self._answer(Intent.YES, step)

    def way_out(self, step: int, phase: Phase, *, is_asked: bool) -> Iterator[SpokenTurn]:
        """Come to the first step from wherever a walk went astray."""
        if is_asked:
            yield self._answer(Intent.NO, step)
        self._has_stung = False
        if phase is Phase.IDLE:
            yield self._line(Intent.START, step)
        elif phase is Phase.DONE:
            yield self._line(Intent.START, step)
            yield self._answer(Intent.YES, step)
        else:
            yield self._line(Intent.START_OVER, step)
            yield self._answer(Intent.YES, step)

    def rest(self) -> Iterator[SpokenTurn]:
        """A walk from the first step on, when one is there already."""
        yield from self._steps(1, HOLD_STEP)
        yield from self._patient()
        yield from self._aftercare()

    def _aftercare(self) -> Iterator[SpokenTurn]:
        """Go on from the end of the hold to that of the routine, and say how the skin feels if that is asked."""
        yield from self._steps(HOLD_STEP + 1 + self._has_stung, LAST_STEP + 1)
        if not self._has_stung:
            yield self._answer(Intent.FELT, LAST_STEP)

    def _steps(self, first: int, end: int) -> Iterator[SpokenTurn]:
        for step in range(first, end):
            if not (self._has_stung and step in _IRRITATING_STEPS):
                yield from self._step(step)

    def _step(self, step: int) -> Iterator[SpokenTurn]:
        """Ask some questions, perhaps go a step back and forth, and go on."""
        asides = self._die.choice((0, 0, 1, 1, 2))
        is_barging_in = self._falls(0.25)
        for number in range(asides):
            yield self._line(self._die.choice(_ASIDES), step, is_barging_in=is_barging_in and number == 0)
        if step not in {1, HOLD_STEP + 1} and not self._has_stung and self._falls(0.1):
            yield self._line(Intent.BACK, step)
            yield self._line(Intent.NEXT, step - 1)
        if step > HOLD_STEP and self._falls(0.06):
            yield from self._pain(step)
            return
        yield self._line(Intent.NEXT, step, is_barging_in=is_barging_in and not asides)

    def _holds(self) -> tuple[Callable[[], Iterator[SpokenTurn]], ...]:
        return self._patient, self._pausing, self._there_and_back, self._early, self._going_back, self._stinging

    def _one_of(self, ways: tuple[Callable[[], Iterator[SpokenTurn]], ...]) -> Iterator[SpokenTurn]:
        yield from self._die.choice(ways)()

    def _patient(self) -> Iterator[SpokenTurn]:
        """Wait until the time is up, without a word."""
        yield from ()

    def _pausing(self) -> Iterator[SpokenTurn]:
        """Pause, ask, go on, and wait."""
        yield self._line(Intent.PAUSE, HOLD_STEP, {Phase.HOLDING})
        for _ in range(self._die.choice((1, 2))):
            yield self._line(self._die.choice(_QUESTIONS_IN_A_PAUSE), HOLD_STEP, {Phase.PAUSED})
        yield self._line(Intent.RESUME, HOLD_STEP, {Phase.PAUSED})

    def _there_and_back(self) -> Iterator[SpokenTurn]:
        """Add time, take it away, and wait."""
        yield from self._with_more_time(resumes=False)
        yield self._line(Intent.CUT_TIME, HOLD_STEP, {Phase.PAUSED})
        yield self._line(Intent.RESUME, HOLD_STEP, {Phase.PAUSED})

    def _early(self) -> Iterator[SpokenTurn]:
        """Take the mask off before its time, perhaps after a change of mind."""
        yield from self._with_more_time()
        if self._falls(0.5):
            yield self._line(Intent.NEXT, HOLD_STEP, {Phase.HOLDING}, is_barging_in=True)
            yield self._answer(Intent.NO, HOLD_STEP)
        yield self._line(Intent.NEXT, HOLD_STEP, {Phase.HOLDING})
        yield self._answer(Intent.YES, HOLD_STEP)

    def _going_back(self) -> Iterator[SpokenTurn]:
        """Give the countdown up, and hold again."""
        yield from self._with_more_time()
        yield self._line(Intent.BACK, HOLD_STEP, {Phase.HOLDING})
        yield self._answer(Intent.YES, HOLD_STEP)
        yield from self._step(HOLD_STEP - 1)
        yield from self._pausing()

    def _stinging(self) -> Iterator[SpokenTurn]:
        yield self._line(Intent.STINGS, HOLD_STEP, {Phase.HOLDING})
        yield from self._relief(HOLD_STEP + 1)

    def _pain(self, step: int) -> Iterator[SpokenTurn]:
        yield self._line(Intent.STINGS, step)
        yield from self._relief(step)

    def _relief(self, step: int) -> Iterator[SpokenTurn]:
        """Want to go on, be asked whether it is better, and say yes, which goes on."""
        self._has_stung = True
        yield self._line(Intent.NEXT, step)
        yield self._answer(Intent.YES, step)

    def _long_hold(self) -> Iterator[SpokenTurn]:
        yield self._line(Intent.PAUSE, HOLD_STEP, {Phase.HOLDING})
        add = self._line(Intent.ADD_TIME, HOLD_STEP, {Phase.PAUSED})
        yield replace(add, turn=replace(add.turn, text=_FIVE_MORE_MINUTES))
        yield self._line(Intent.RESUME, HOLD_STEP, {Phase.PAUSED})

    def _with_more_time(self, *, resumes: bool = True) -> Iterator[SpokenTurn]:
        """Pause, add time and resume, so that the time is not up in the middle of what follows."""
        yield self._line(Intent.PAUSE, HOLD_STEP, {Phase.HOLDING})
        yield self._line(Intent.ADD_TIME, HOLD_STEP, {Phase.PAUSED})
        if resumes:
            yield self._line(Intent.RESUME, HOLD_STEP, {Phase.PAUSED})

    def _starting_over(self) -> Iterator[SpokenTurn]:
        yield self._line(Intent.START_OVER, HOLD_STEP, {Phase.HOLDING})
        yield self._answer(Intent.YES, HOLD_STEP)

    def _answer(self, intent: Intent, step: int) -> SpokenTurn:
        turn = self._turn(intent, step, frozenset(Phase), TurnMoment.POLITE)
        return SpokenTurn(replace(turn, answers_question=True), 0.0)

    def _line(
        self, intent: Intent, step: int, phases: set[Phase] | None = None, *, is_barging_in: bool = False
    ) -> SpokenTurn:
        moment = TurnMoment.BARGE_IN if is_barging_in else TurnMoment.POLITE
        if is_barging_in:
            longest = _LONGEST_LISTENING_SECONDS
        else:
            longest = 0.0 if phases == {Phase.HOLDING} else _LONGEST_PAUSE_SECONDS
        turn = self._turn(intent, step, frozenset(phases or Phase), moment)
        return SpokenTurn(turn, self._die.uniform(0.0, longest))

    def _turn(self, intent: Intent, step: int, phases: frozenset[Phase], moment: TurnMoment) -> RehearsalTurn:
        return RehearsalTurn(self._die.choice(VOICES), self._die.choice(PHRASES[intent]), intent, step, phases, moment)

    def _falls(self, probability: float) -> bool:
        return self._die.random() < probability


def everything_said() -> Iterator[tuple[str, str]]:
    """Each voice with each text, so that all can be rendered before time counts."""
    for voice in VOICES:
        yield from ((voice, text) for texts in PHRASES.values() for text in texts)
        yield voice, _FIVE_MORE_MINUTES
        yield from ((voice, text) for text in ("yes please", "no thank you"))
