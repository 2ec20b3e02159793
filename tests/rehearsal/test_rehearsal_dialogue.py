"""What the person of a rehearsal does when the coach is not sure."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, cast

import pytest

from voice_coach.language.intents import Intent
from voice_coach.rehearsal.coach_process import CoachProcess, CoachState
from voice_coach.rehearsal.dialogue import Person, Said, hold_dialogue
from voice_coach.rehearsal.rehearsal_script import RehearsalTurn

if TYPE_CHECKING:
    from collections.abc import Callable

    from voice_coach.rehearsal.rehearse import Reporter

NEXT = RehearsalTurn("awb", "next step", Intent.NEXT, 0)


@dataclass
class UnsureCoach:
    """Hardly hears all but answers, and asks each time whether it was `nearest`."""

    nearest: str
    state: CoachState = field(default_factory=lambda: CoachState(is_listening=True))
    said: list[str] = field(default_factory=list)

    def wait_until(self, condition: Callable[[CoachState], bool], _seconds: float) -> bool:
        """Wait for nothing: what can happen has happened."""
        return condition(self.state)

    def say(self, _voice: str, text: str) -> Said:
        """Hear the person, instantly."""
        self.said.append(text)
        answer = {"yes please": Intent.YES, "no thank you": Intent.NO}.get(text)
        if answer:
            self.state.take({"name": "CommandHeard", "intent": answer.value, "at": len(self.said)})
        else:
            self.state.take({"name": "CommandRejected", "intent": self.nearest, "at": len(self.said)})
        self.state.question = "" if answer else "was that for me?"
        return Said(len(self.said), len(self.said))


class Silent:
    """A reporter without an audience."""

    def tell(self, *_told: str, **_more: str) -> None:
        """Tell nobody."""


@pytest.mark.parametrize(
    ("nearest", "said"),
    [
        ("next", ["next step", "yes please"]),
        ("quit", ["next step", "no thank you", "next step", "no thank you", "next step", "no thank you"]),
    ],
)
def test_a_person_confirms_what_they_meant_and_denies_what_they_did_not(nearest: str, said: list[str]) -> None:
    coach = UnsureCoach(nearest)
    dialogue = hold_dialogue([NEXT], cast("CoachProcess", coach), cast("Person", coach), cast("Reporter", Silent()), 0)
    assert coach.said == said
    assert [attempt.turn.text for attempt in dialogue.attempts] == said
