"""The person's side of a soak: one walk through the routine after the other, and the outcome of each command."""

from __future__ import annotations

import sys
import time
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING

from benches.soak.walks import HOLD_STEP, Walks
from voice_coach.language.intents import Intent
from voice_coach.rehearsal.dialogue import hold_dialogue
from voice_coach.rehearsal.measure import judge
from voice_coach.rehearsal.rehearsal_script import TurnMoment
from voice_coach.rehearsal.rehearse import Reporter
from voice_coach.routines import Phase

if TYPE_CHECKING:
    from collections.abc import Iterable

    from benches.soak.walks import SpokenTurn
    from voice_coach.rehearsal.coach_process import CoachProcess
    from voice_coach.rehearsal.dialogue import Person
    from voice_coach.rehearsal.measure import Attempt, AttemptOutcome
    from voice_coach.rehearsal.rehearsal_script import RehearsalTurn


_LONG_HOLD_SECONDS = 300.0
_QUIET_SECONDS = 60.0
_LONG_WALK = 1
"""The number of the walk that has the long hold, counted from zero."""
_MOST_KEPT = 50


@dataclass
class Tally:
    """The outcomes of the commands; a command counts once, however often it was repeated."""

    walks: int = 0
    """The walks that were begun."""
    walks_finished: int = 0
    walks_astray: int = 0
    """Broken off because the coach was not where it should have been, or did not obey."""
    given: int = 0
    interruptions: int = 0
    """The given commands that were said while the coach was speaking."""
    understood_at_once: int = 0
    understood_repeated: int = 0
    in_vain: int = 0
    """The given commands that were not understood in three tries."""
    wrong: int = 0
    """Commands that the coach took and that nobody had given."""
    moments_missed: int = 0
    """Commands that could not be given, because their moment did not come."""
    notes: list[str] = field(default_factory=list)
    """The first fifty things that went wrong, in words."""

    @property
    def missed_first(self) -> int:
        """The commands that were given and not understood at once: misses of the ears."""
        return self.given - self.understood_at_once

    def note(self, text: str) -> None:
        """Keep what went wrong."""
        if len(self.notes) < _MOST_KEPT:
            self.notes.append(text)

    def summary(self) -> dict[str, object]:
        """All counts."""
        return asdict(self) | {"missed_first": self.missed_first}


class Resident:
    """A person who lives with the coach.

    Args:
        coach: started and listening.
        person: who speaks.
        walks: what to say.
        hold_seconds: how long the coach's countdown is.
    """

    def __init__(self, coach: CoachProcess, person: Person, walks: Walks, hold_seconds: float) -> None:
        self.tally = Tally()
        self._coach = coach
        self._person = person
        self._walks = walks
        self._hold_seconds = hold_seconds
        self._is_long_walk = False
        self._reporter = _Misunderstandings(as_json=False)

    def walk(self, until: float, *, has_long_hold: bool) -> None:
        """Walk through the routine once; leave off at `until`, monotonic seconds.

        Args:
            until: when the person has had enough.
            has_long_hold: whether one of the walks shall have a long hold.
        """
        state = self._coach.state
        is_long = self._is_long_walk = has_long_hold and self.tally.walks == _LONG_WALK
        self.tally.walks += 1
        if state.phase in {Phase.IDLE, Phase.DONE} and not state.question:
            lines = self._walks.walk(state.step_number, is_long=is_long)
        else:
            way_out = list(self._walks.way_out(state.step_number, state.phase, is_asked=bool(state.question)))
            if not self._say_all(way_out, until):
                return
            lines = self._walks.rest()
        if self._say_all(lines, until) and self._coach.wait_until(lambda s: s.phase is Phase.DONE, _QUIET_SECONDS):
            self.tally.walks_finished += 1

    def leave(self) -> None:
        """Ask the coach to end, when it has said what it has to say; not in a countdown, which may end meanwhile."""
        patience = self._hold_seconds + _LONG_HOLD_SECONDS
        self._coach.wait_until(lambda state: state.phase is not Phase.HOLDING, patience)
        self.wait_for_quiet()
        self._say_all(self._walks.farewell(self._coach.state.step_number, self._coach.state.phase), float("inf"))

    def wait_for_quiet(self) -> bool:
        """Wait until the coach has nothing to say; False if it goes on."""
        return self._coach.wait_until(lambda state: state.is_silent, _QUIET_SECONDS)

    def _say_all(self, lines: Iterable[SpokenTurn], until: float) -> bool:
        """Say lines one after the other; False when one was in vain, or the time is over."""
        for line in lines:
            if time.monotonic() > until and not line.turn.answers_question:
                return False
            if not self._say(line):
                self.tally.walks_astray += 1
                return False
        return True

    def _say(self, line: SpokenTurn) -> bool:
        turn = line.turn
        time.sleep(line.pause_seconds)
        dialogue = hold_dialogue([turn], self._coach, self._person, self._reporter, self._patience(turn))
        outcomes = self._judge(turn, dialogue.attempts)
        if dialogue.trouble:
            self.tally.moments_missed += 1
            self.tally.note(dialogue.trouble)
            return False
        self.tally.given += 1
        self.tally.interruptions += turn.moment is TurnMoment.BARGE_IN
        if outcomes[0].heard:
            self.tally.understood_at_once += 1
        elif any(_is_understood(outcome, turn) for outcome in outcomes):
            self.tally.understood_repeated += 1
            self.tally.note(f"{turn.voice} said {turn.text!r} more than once (step {turn.step}, {turn.moment.name})")
        else:
            self.tally.in_vain += 1
            self.tally.note(f"{turn.voice} said {turn.text!r} in vain (step {turn.step}, {turn.moment.name})")
            return False
        return True

    def _patience(self, turn: RehearsalTurn) -> float:
        """Seconds for which the countdown may keep the person waiting."""
        return self._hold_seconds + (_LONG_HOLD_SECONDS if self._is_long_walk and turn.step > HOLD_STEP else 0.0)

    def _judge(self, turn: RehearsalTurn, attempts: list[Attempt]) -> tuple[AttemptOutcome, ...]:
        """Judge what was heard since the turn before; then forget the lines, for a soak is long."""
        lines = self._coach.state.lines
        count = len(lines)
        outcomes, wrong = judge(attempts, lines[:count])
        del lines[:count]
        if wrong:
            self.tally.wrong += wrong
            self.tally.note(f"a wrong command was taken while {turn.voice} said {turn.text!r} (step {turn.step})")
        return outcomes


def _is_understood(outcome: AttemptOutcome, turn: RehearsalTurn) -> bool:
    """Whether this try was understood: the command itself, or a yes to the question whether it was meant."""
    attempted = outcome.attempt.turn
    return outcome.heard is not None and (attempted is turn or attempted.intent is Intent.YES)


class _Misunderstandings(Reporter):
    """Tells only what was not understood."""

    def tell(self, who: str, text: str, **details: object) -> None:  # noqa: ARG002 - the shape of a Reporter
        if text.startswith("("):
            print(f"{time.strftime('%H:%M:%S')} {who} {text}", file=sys.stderr)
