"""What the session is told of a decision."""

from __future__ import annotations

import pytest

from voice_coach.ears.live import event_of
from voice_coach.ears.pipeline import Recognition
from voice_coach.ears.rejection import Accepted, Decision, Incomplete, Rejected
from voice_coach.language.intents import Intent
from voice_coach.language.phrases import Phrase
from voice_coach.session.events import CommandHeard, CommandRejected, RejectionReason

PHRASE = Phrase("add two minutes", Intent.ADD_TIME, 2)


def told(decision: Decision) -> CommandHeard | CommandRejected | None:
    return event_of(Recognition(decision, 0.0, 1.0))


def test_a_command_is_told_with_its_minutes_though_the_person_may_go_on() -> None:
    accepted = Accepted(PHRASE, 9.0, "any", is_confident=False)
    expected = CommandHeard(intent=Intent.ADD_TIME, text="add two minutes", minutes=2, is_confident=False)
    assert told(accepted) == told(Incomplete(accepted)) == expected


def test_a_refusal_is_told_with_all_that_is_needed_to_ask_about_it() -> None:
    assert told(Rejected(RejectionReason.UNCLEAR, PHRASE, 4.0, is_borderline=True)) == CommandRejected(
        text="add two minutes", reason=RejectionReason.UNCLEAR, intent=Intent.ADD_TIME, minutes=2, is_borderline=True
    )


def test_a_refusal_without_words_is_told_as_such() -> None:
    assert told(Rejected(RejectionReason.TOO_LONG)) == CommandRejected(text="", reason=RejectionReason.TOO_LONG)


@pytest.mark.parametrize("reason", [RejectionReason.NOTHING_HEARD, RejectionReason.OWN_WORDS])
def test_noise_and_the_coach_itself_are_nothing_to_tell(reason: RejectionReason) -> None:
    assert told(Rejected(reason, PHRASE)) is None


def test_what_was_asked_for_in_the_same_breath_is_told_with_it() -> None:
    phrase = Phrase("be louder and repeat that", Intent.LOUDER, next_command=Intent.REPEAT)
    told_of = told(Accepted(phrase, 9.0, "any", is_confident=True))
    assert isinstance(told_of, CommandHeard)
    assert told_of.next_command == CommandHeard(intent=Intent.REPEAT, text="be louder and repeat that")
