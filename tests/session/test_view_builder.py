"""What a face is given to show: the steps and how far they are, and who is speaking."""

from __future__ import annotations

from tests.session.conversation import Conversation
from voice_coach.language.intents import Intent
from voice_coach.routines import Phase
from voice_coach.session.commands import Show
from voice_coach.session.events import VoiceActivity
from voice_coach.session.view import Progress


def progress(conversation: Conversation) -> list[Progress]:
    return [step.progress for step in conversation.view.steps]


def test_before_the_routine_all_its_steps_are_to_come() -> None:
    conversation = Conversation.begun()
    assert progress(conversation) == [Progress.TO_COME] * 10


def test_steps_are_done_one_after_the_other() -> None:
    conversation = Conversation.at(Phase.APPLYING)
    number = conversation.view.step_number
    assert progress(conversation) == (
        [Progress.DONE] * (number - 1) + [Progress.NOW] + [Progress.TO_COME] * (10 - number)
    )
    assert conversation.view.steps[number - 1].title == conversation.view.title


def test_after_the_routine_all_its_steps_are_done() -> None:
    assert set(progress(Conversation.at(Phase.DONE))) == {Progress.DONE}


def test_sunscreen_is_left_out_in_the_evening() -> None:
    conversation = Conversation.begun(is_daytime=False)
    assert Progress.LEFT_OUT in progress(conversation)
    assert Progress.LEFT_OUT not in progress(Conversation.begun(is_daytime=True))


def test_a_step_that_is_skipped_is_shown_as_left_out() -> None:
    conversation = Conversation.at(Phase.AFTERCARE)
    conversation.hear(Intent.SKIP, slot_value="toner")
    assert progress(conversation).count(Progress.LEFT_OUT) == 1


def test_that_somebody_speaks_is_shown_and_changes_nothing_else() -> None:
    conversation = Conversation.at(Phase.HOLDING)
    before = conversation.view
    assert {type(command) for command in conversation.send(VoiceActivity(is_active=True))} == {Show}
    assert conversation.view.is_hearing
    conversation.send(VoiceActivity(is_active=False))
    after = conversation.view
    assert (after.phase, after.title, after.saying, after.is_hearing) == (
        before.phase,
        before.title,
        before.saying,
        False,
    )


def test_the_instruction_of_the_step_stays_while_other_things_are_said() -> None:
    conversation = Conversation.at(Phase.APPLYING)
    step = conversation.session.current_step
    assert step is not None
    for intent in (Intent.WHY, Intent.TIME_LEFT, Intent.PAUSE, Intent.RESUME):
        conversation.hear(intent)
        assert conversation.view.instruction == step.text
    conversation.wait(60)
    assert (conversation.view.instruction, conversation.view.saying) == (step.text, "")


def test_the_instruction_is_the_one_for_the_persons_skin_and_there_is_none_outside_a_step() -> None:
    conversation = Conversation.begun()
    assert conversation.view.instruction == ""
    conversation.hear(Intent.BRIEF)
    conversation.hear(Intent.START)
    step = conversation.session.current_step
    assert step is not None
    assert conversation.view.instruction == step.text_for(None, is_brief=True) != step.text
    assert Conversation.at(Phase.DONE).view.instruction == ""
