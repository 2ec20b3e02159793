"""What the session is told of a verdict."""

from __future__ import annotations

import pytest

from voice_coach.core.events import Heard, Refusal, Unheard
from voice_coach.core.intents import Intent
from voice_coach.core.phrases import Phrase
from voice_coach.ears.ears import event_of
from voice_coach.ears.hearing import Judged
from voice_coach.ears.verdict import Accepted, Refused, Unfinished, Verdict

PHRASE = Phrase("add two minutes", Intent.ADD_TIME, 2)


def told(verdict: Verdict) -> Heard | Unheard | None:
    return event_of(Judged(verdict, 0.0, 1.0))


def test_a_command_is_told_with_its_minutes_though_the_person_may_go_on() -> None:
    accepted = Accepted(PHRASE, 9.0, "any", is_certain=False)
    expected = Heard(intent=Intent.ADD_TIME, text="add two minutes", minutes=2, is_certain=False)
    assert told(accepted) == told(Unfinished(accepted)) == expected


def test_a_refusal_is_told_with_all_that_is_needed_to_ask_about_it() -> None:
    assert told(Refused(Refusal.UNCLEAR, PHRASE, 4.0, is_near=True)) == Unheard(
        text="add two minutes", reason=Refusal.UNCLEAR, intent=Intent.ADD_TIME, minutes=2, is_near=True
    )


def test_a_refusal_without_words_is_told_as_such() -> None:
    assert told(Refused(Refusal.TOO_LONG)) == Unheard(text="", reason=Refusal.TOO_LONG)


@pytest.mark.parametrize("reason", [Refusal.NOTHING_HEARD, Refusal.OWN_WORDS])
def test_noise_and_the_coach_itself_are_nothing_to_tell(reason: Refusal) -> None:
    assert told(Refused(reason, PHRASE)) is None


def test_what_was_asked_for_in_the_same_breath_is_told_with_it() -> None:
    phrase = Phrase("be louder and repeat that", Intent.LOUDER, then=Intent.REPEAT)
    told_of = told(Accepted(phrase, 9.0, "any", is_certain=True))
    assert isinstance(told_of, Heard)
    assert told_of.then == Heard(intent=Intent.REPEAT, text="be louder and repeat that")
