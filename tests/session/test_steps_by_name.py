"""Steps by their names: go there, leave them out, count them."""

from __future__ import annotations

import pytest

from tests.session.conversation import Conversation
from voice_coach.language.intents import Intent
from voice_coach.routines import Phase
from voice_coach.session.events import CommandHeard, CommandRejected, RejectionReason


def title(conversation: Conversation) -> str:
    step = conversation.session.current_step
    return step.id if step else ""


def test_a_step_can_be_gone_to_by_its_name() -> None:
    conversation = Conversation.at(Phase.REMOVING)
    answer = conversation.hear(Intent.GO_TO, slot_value="serum")
    assert title(conversation) == "serum"
    assert answer.startswith("All right.")


def test_who_is_there_already_is_told_so() -> None:
    conversation = Conversation.at(Phase.REMOVING)
    assert "We're there" in conversation.hear(Intent.GO_TO, slot_value="rinse")


def test_an_unknown_step_changes_nothing() -> None:
    conversation = Conversation.at(Phase.REMOVING)
    assert "I don't know that step" in conversation.hear(Intent.GO_TO, slot_value="dance")
    assert title(conversation) == "rinse"


def test_leaving_the_hold_for_another_step_is_asked_first() -> None:
    conversation = Conversation.at(Phase.HOLDING)
    assert "That would end the countdown" in conversation.hear(Intent.GO_TO, slot_value="serum")
    assert conversation.phase is Phase.HOLDING
    conversation.hear(Intent.YES)
    assert title(conversation) == "serum"
    assert conversation.session.holding is None


def test_no_keeps_the_hold_running() -> None:
    conversation = Conversation.at(Phase.HOLDING)
    conversation.hear(Intent.GO_TO, slot_value="serum")
    assert "left" in conversation.hear(Intent.NO)
    assert conversation.phase is Phase.HOLDING


def test_there_is_no_way_back_to_the_hold() -> None:
    conversation = Conversation.at(Phase.AFTERCARE)
    assert "has had its time" in conversation.hear(Intent.GO_TO, slot_value="relax")


def test_a_step_to_come_can_be_left_out() -> None:
    conversation = Conversation.at(Phase.AFTERCARE)
    assert "we'll leave it out: Toner" in conversation.hear(Intent.SKIP, slot_value="toner")
    conversation.hear(Intent.NEXT)
    assert title(conversation) == "serum"
    conversation.hear(Intent.GO_TO, slot_value="toner")
    assert title(conversation) == "toner"


def test_leaving_out_the_step_under_way_goes_on() -> None:
    conversation = Conversation.at(Phase.AFTERCARE)
    conversation.hear(Intent.SKIP, slot_value="cleanse_after")
    assert title(conversation) == "toner"


@pytest.mark.parametrize("step", ["apply", "relax", "rinse"])
def test_what_a_mask_cannot_do_without_is_not_left_out(step: str) -> None:
    conversation = Conversation.at(Phase.BRIEFING)
    assert "can't leave that out" in conversation.hear(Intent.SKIP, slot_value=step)


def test_what_was_left_out_belongs_to_the_next_mask_again() -> None:
    conversation = Conversation.at(Phase.BRIEFING)
    conversation.hear(Intent.SKIP, slot_value="toner")
    conversation.hear(Intent.START_OVER)
    conversation.hear(Intent.YES)
    assert conversation.session.skipped == frozenset()


def test_the_steps_left_are_those_of_this_time_of_day_that_are_wanted() -> None:
    conversation = Conversation.at(Phase.AFTERCARE, is_daytime=False)
    assert conversation.hear(Intent.STEPS_LEFT) == "After this one: three."
    conversation.hear(Intent.SKIP, slot_value="toner")
    assert conversation.hear(Intent.STEPS_LEFT) == "After this one: two."


def test_the_other_one_is_what_was_about_as_likely() -> None:
    conversation = Conversation.at(Phase.APPLYING)
    conversation.send(
        CommandRejected(
            text="pause",
            reason=RejectionReason.AMBIGUOUS,
            intent=Intent.PAUSE,
            is_borderline=True,
            other=CommandHeard(intent=Intent.WHICH_STEP, text="which step"),
        )
    )
    assert "pause" in conversation.answer
    assert "Apply the mask" in conversation.hear(Intent.OTHER_ONE)
    assert conversation.phase is Phase.APPLYING


def test_without_another_one_the_coach_asks_what_it_was() -> None:
    conversation = Conversation.at(Phase.APPLYING)
    conversation.nearly_hear(Intent.PAUSE, "pause the timer")
    assert "What would you like?" in conversation.hear(Intent.OTHER_ONE)


def test_two_wishes_in_one_breath_are_answered_together() -> None:
    conversation = Conversation.at(Phase.APPLYING)
    again = CommandHeard(intent=Intent.REPEAT, text="say that again")
    answer = conversation.hear(Intent.LOUDER, next_command=again)
    step = conversation.session.current_step
    assert step is not None
    assert answer.endswith(f"I'll speak louder. {step.text}")


def test_a_second_wish_waits_when_the_first_became_a_question() -> None:
    conversation = Conversation.at(Phase.HOLDING)
    conversation.hear(Intent.NEXT, next_command=CommandHeard(intent=Intent.LOUDER, text="louder"))
    assert "Take it off now?" in conversation.question
    assert conversation.session.voice.volume == 0.8
