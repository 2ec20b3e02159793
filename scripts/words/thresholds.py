"""Chooses the thresholds of commands from what they cost on the tuning half; see scripts/choose-thresholds.

Each threshold is moved by itself, the others kept, until none can be moved without costing more. The decisions are made
anew from the scores that were heard once.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

from benches.common.outcomes import Outcomes
from benches.common.speakers import TUNE
from benches.hearing.judge import outcome, taken_by
from benches.hearing.listening import OURS, Commands
from benches.hearing.places import STATED
from benches.hearing.plan import NOISE, OWN_WORDS, TALK, WORDS, Amount, full_plan, results_of
from voice_coach.ears.rejection import THRESHOLDS, Thresholds

if TYPE_CHECKING:
    from collections.abc import Callable

    from benches.hearing.plan import Results

CHOSEN = ("command", "single_word", "unlisted")
"""The names of the thresholds that are chosen."""
_STEPS = tuple(step / 5 for step in range(-15, 16) if step)
"""Nats by which a threshold may be moved at once."""
_AMOUNT = Amount(listed=40, unlisted=40, to_others=0, wider=0)
_WRONG = 3.0
"""Missed commands that one which is taken for another one is worth."""
_FALSE_AN_HOUR = 1.0
"""Percent of missed commands that a false command in an hour of sounds without commands is worth: a person gives about
ninety commands an hour, others talk in a third of it, and a false command is as bad as a wrong one."""


@dataclass(frozen=True, slots=True)
class Costs:
    """What thresholds cost."""

    said: Outcomes
    false_commands: int
    hours: float
    """Hours of talk, single words, noise and the coach's own sentences."""

    @property
    def total(self) -> float:
        """The costs in percent of missed commands."""
        percent = 100 * (self.said.missed + _WRONG * self.said.wrong) / max(1, self.said.total)
        return percent + _FALSE_AN_HOUR * self.false_commands / self.hours

    def __str__(self) -> str:
        right, wrong = (100 * count / max(1, self.said.total) for count in (self.said.right, self.said.wrong))
        false = f"{self.false_commands} false commands in {60 * self.hours:.0f} minutes"
        return f"{right:.1f} % right, {wrong:.1f} % another command, {false}"


def costs(results: Results, thresholds: Thresholds) -> Costs:
    """Return what thresholds cost in all that was heard."""
    take = taken_by(thresholds, OURS)
    said, false, seconds = Outcomes(), 0, 0.0
    for task, clips in results:
        for clip in clips:
            if isinstance(task, Commands) and clip.said:
                said += outcome(clip.said, take(clip))
            else:
                false += len(take(clip))
                seconds += clip.seconds
    return Costs(said, false, max(seconds, 1.0) / 3600)


def choose(
    cost_of: Callable[[Thresholds], float], start: Thresholds = THRESHOLDS, tell: Callable[[str], None] = lambda _: None
) -> Thresholds:
    """Return thresholds of which none can be moved by itself without costing more.

    Args:
        cost_of: what thresholds cost.
        start: the thresholds to start from.
        tell: is told each round.
    """
    best, lowest = start, cost_of(start)
    for number in count(1):
        before = lowest
        for name in CHOSEN:
            moved = [replace(best, **{name: round(getattr(best, name) + step, 1)}) for step in _STEPS]
            cost, found = min(((cost_of(one), one) for one in moved), key=lambda pair: pair[0])
            if cost < lowest:
                best, lowest = found, cost
        tell(f"Round {number}: cost {lowest:.2f}, " + ", ".join(f"{name} {getattr(best, name)}" for name in CHOSEN))
        if lowest == before:
            break
    return best


def main(data: Path) -> None:
    """Hear the tuning half, and tell the thresholds that cost least."""
    kinds = {TALK, WORDS, NOISE, OWN_WORDS}
    results = [
        (task, clips)
        for task, clips in results_of(full_plan(TUNE, data, [OURS], _AMOUNT))
        if (task.place.name in STATED if isinstance(task, Commands) else task.kind in kinds)
    ]
    print(f"Now:  {costs(results, THRESHOLDS)}")
    chosen = choose(lambda thresholds: costs(results, thresholds).total, tell=lambda line: print(line, flush=True))
    print(f"Then: {costs(results, chosen)}")
    print("In voice_coach/ears/rejection.py: " + ", ".join(f"{name} {getattr(chosen, name)}" for name in CHOSEN))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
