"""Masks, skin, time of day and how much is said: what the person chooses, and what follows from it."""

from __future__ import annotations

import pytest

from tests.session.conversation import Conversation
from tests.session.walks import greeted
from voice_coach.language.intents import Intent
from voice_coach.library import load_language, load_routine, load_routines
from voice_coach.routines import MASKS, Phase, Skin
from voice_coach.session import new_session
from voice_coach.session.commands import SavePreferences


def saved(conversation: Conversation) -> list[SavePreferences]:
    return [command for command in conversation.last if isinstance(command, SavePreferences)]


@pytest.mark.parametrize("mask", MASKS)
def test_a_mask_chosen_by_voice_is_the_routine_that_begins(mask: str) -> None:
    conversation = greeted("en", "facial_mask")
    answer = conversation.hear(Intent.MASK, slot_value=mask)
    routine = conversation.session.routine
    assert routine.mask == mask
    assert routine.title in answer
    assert routine.warning is not None
    assert routine.warning.say in answer
    assert routine.warning.source.name.casefold() in conversation.hear(Intent.WHO_SAYS).casefold()
    assert routine.steps[0].text in conversation.hear(Intent.START)


def test_a_mask_is_not_changed_under_way() -> None:
    conversation = Conversation.at(Phase.APPLYING)
    assert "We've already started" in conversation.hear(Intent.MASK, slot_value="clay")
    assert conversation.session.routine.id == "facial_mask"


def test_after_one_mask_another_can_be_chosen() -> None:
    conversation = greeted("en", "facial_mask")
    conversation.session = new_session(
        load_routine("facial_mask", "en"), load_language("en").wording, routines=load_routines("en"), hold_seconds=20
    )
    conversation.hear(Intent.START)
    while conversation.session.current_step is not None:
        conversation.wait(60)
        conversation.hear(Intent.NEXT)
    conversation.hear(Intent.MASK, slot_value="clay")
    assert conversation.phase is Phase.IDLE
    assert conversation.session.routine.id == "clay_mask"


def test_skin_told_by_voice_shortens_the_hold_and_is_kept() -> None:
    conversation = greeted("en", "clay_mask")
    usual = conversation.session.hold_seconds
    advice = conversation.session.routine.skin[Skin.SENSITIVE].advice
    assert advice is not None
    assert advice.say in conversation.hear(Intent.SKIN, slot_value="sensitive")
    assert conversation.session.hold_seconds < usual
    assert [save.skin for save in saved(conversation)] == [Skin.SENSITIVE]


def test_skin_told_during_the_hold_leaves_the_countdown_alone() -> None:
    conversation = Conversation.at(Phase.HOLDING)
    left = conversation.remaining
    conversation.hear(Intent.SKIN, slot_value="sensitive")
    assert conversation.remaining == left


def test_a_wish_for_minutes_counts_up_to_what_the_mask_allows() -> None:
    routines = load_routines("en")
    for routine in routines.values():
        session = new_session(routine, load_language("en").wording, hold_seconds=20 * 60.0, routines=routines)
        assert routine.hold is not None
        usual = routine.hold_seconds(None)
        if not usual:
            assert session.hold_seconds == 0
        elif usual < 600:
            assert session.hold_seconds == usual
        else:
            assert session.hold_seconds == min(20 * 60.0, routine.hold.longest_seconds)


def test_the_first_greeting_asks_about_the_skin_and_no_later_one() -> None:
    assert "Tell me about your skin" in greeted("en", "facial_mask").texts[0]
    assert "Tell me about your skin" not in greeted("en", "facial_mask", Skin.DRY).texts[0]


def test_a_skin_that_was_not_understood_is_asked_for() -> None:
    conversation = greeted("en", "facial_mask")
    assert "dry, oily, combination, sensitive and normal" in conversation.hear(Intent.SKIN)
    assert conversation.session.skin is None


def test_the_person_knows_the_time_of_day_better_than_the_clock() -> None:
    conversation = Conversation.at(Phase.APPLYING, is_daytime=True)
    conversation.hear(Intent.DAYPART, slot_value="evening")
    conversation.hear(Intent.GO_TO, slot_value="moisturizer")
    assert "waits for the morning" in conversation.hear(Intent.NEXT)
    assert conversation.phase is Phase.DONE


def test_brief_says_what_to_do_and_full_says_how_too() -> None:
    conversation = Conversation.begun()
    steps = conversation.session.routine.steps
    conversation.hear(Intent.BRIEF)
    assert [save.is_brief for save in saved(conversation)] == [True]
    assert steps[0].say in conversation.hear(Intent.START)
    assert steps[0].how not in conversation.answer
    conversation.hear(Intent.FULL)
    assert conversation.hear(Intent.REPEAT) == steps[0].text
    assert conversation.hear(Intent.NEXT).endswith(steps[1].text)


def test_an_overnight_mask_has_no_countdown_and_goes_on_in_the_morning() -> None:
    conversation = greeted("en", "sleeping_mask", is_daytime=False)
    assert "overnight" in conversation.hear(Intent.MASK, slot_value="sleeping")
    conversation.hear(Intent.START)
    answer = ""
    while conversation.session.position != conversation.session.routine.hold_position:
        answer = conversation.hear(Intent.NEXT)
    assert 'In the morning, say "next step".' in answer
    assert conversation.view.countdown is None
    assert conversation.cues == []
    assert "stays on overnight" in conversation.hear(Intent.TIME_LEFT)
    assert "stays on overnight" in conversation.hear(Intent.ADD_TIME, minutes=2)
    conversation.wait(8 * 3600)
    conversation.hear(Intent.NEXT)
    assert conversation.phase is Phase.REMOVING
