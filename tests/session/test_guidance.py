"""The person knows at every moment how to go on: what is taught, asked and shown besides the steps."""

from __future__ import annotations

import pytest

from tests.session.conversation import Conversation, fresh_session
from tests.session.walks import greeted
from voice_coach.language.intents import Intent
from voice_coach.language.wording import Message
from voice_coach.library import load_language, load_routine, load_routines
from voice_coach.routines import Phase
from voice_coach.routines.past_masks import Ending, Feeling, FeelingReported, HistorySummary, LastMask, SessionEnded
from voice_coach.session import new_session
from voice_coach.session.commands import SaveSnapshot
from voice_coach.session.events import EarsReady, Fault, FaultRaised, Restored, Started, VoiceActivity
from voice_coach.session.faults import TOLD_AFTER_SECONDS
from voice_coach.session.state import DOZE_SECONDS, FIRST_CHECK_SECONDS, NUDGE_SECONDS

NUDGE = 'No hurry. Say "next step" when you\'re ready.'
PRACTISED = HistorySummary(LastMask(8, 3, "clay_mask", Feeling.GOOD), in_week=0, in_month=2, total=9)


def back_again(past: HistorySummary = PRACTISED) -> Conversation:
    """Somebody with earlier masks, greeted."""
    session = new_session(load_routine("facial_mask", "en"), load_language("en").wording, routines=load_routines("en"))
    conversation = Conversation(session)
    conversation.send(Started(is_daytime=True, past=past))
    conversation.send(EarsReady(engine="test"))
    conversation.wait(5)
    return conversation


# How to go on.


def test_a_newcomer_is_told_with_the_first_step_how_to_go_on() -> None:
    assert Conversation.begun().hear(Intent.START).endswith('Say "next step" when you\'re done.')


def test_whoever_has_had_masks_is_not_taught() -> None:
    assert "next step" not in back_again().hear(Intent.START)


def test_a_step_that_is_done_gets_a_word_before_the_next() -> None:
    conversation = Conversation.at(Phase.BRIEFING)
    praises = conversation.session.wording.praises
    answer = conversation.hear(Intent.NEXT)
    assert answer.startswith(praises)
    assert not conversation.hear(Intent.NEXT).startswith(answer.split(" ", maxsplit=1)[0]), "another one each time"


@pytest.mark.parametrize("phase", [Phase.BRIEFING, Phase.APPLYING, Phase.REMOVING, Phase.AFTERCARE])
def test_after_long_silence_in_a_step_the_coach_says_once_how_to_go_on(phase: Phase) -> None:
    conversation = Conversation.at(phase)
    conversation.wait(NUDGE_SECONDS - 10)
    assert NUDGE not in conversation.texts
    conversation.wait(15)
    assert conversation.texts[-1] == NUDGE
    conversation.wait(3000)
    assert conversation.texts.count(NUDGE) == 1


@pytest.mark.parametrize("phase", [Phase.IDLE, Phase.HOLDING, Phase.PAUSED, Phase.DONE])
def test_elsewhere_nobody_is_nudged(phase: Phase) -> None:
    conversation = Conversation.at(phase)
    conversation.wait(800)
    assert NUDGE not in conversation.texts


def test_whoever_speaks_is_not_nudged() -> None:
    conversation = Conversation.at(Phase.APPLYING)
    for _ in range(10):
        conversation.wait(NUDGE_SECONDS / 2)
        conversation.send(VoiceActivity(is_active=True))
        conversation.send(VoiceActivity(is_active=False))
    assert NUDGE not in conversation.texts


def test_a_nudge_waits_until_a_trouble_has_been_told() -> None:
    conversation = Conversation.at(Phase.BRIEFING)
    conversation.wait(conversation.session.attended_at + NUDGE_SECONDS - TOLD_AFTER_SECONDS - conversation.now)
    conversation.send(FaultRaised(fault=Fault.UNKEPT_NOTES))
    conversation.wait(90)
    assert [text[:20] for text in conversation.texts[-2:]] == ["I can't keep notes, ", NUDGE[:20]]
    assert conversation.said[-2][0] + NUDGE_SECONDS <= conversation.said[-1][0] + 1


def test_whoever_knows_the_coach_is_nudged_once_a_routine() -> None:
    conversation = back_again()
    conversation.hear(Intent.START)
    conversation.wait(200)
    conversation.hear(Intent.NEXT)
    conversation.wait(200)
    assert conversation.texts.count(NUDGE) == 1


# What stays on the screen.


def test_the_words_of_the_step_stay_through_everything_else() -> None:
    conversation = Conversation.at(Phase.APPLYING)
    words = conversation.session.routine.steps[2].text
    for intent in (Intent.WHY, Intent.TIME_LEFT, Intent.HELP, Intent.PAUSE, Intent.QUIT):
        conversation.hear(intent)
        assert conversation.view.instruction == words
    assert conversation.view.picture == "spread"


def test_without_a_speaker_what_would_be_said_is_shown() -> None:
    conversation = Conversation.at(Phase.APPLYING)
    conversation.send(FaultRaised(fault=Fault.NO_SPEAKER))
    assert conversation.hear(Intent.WHY) == ""
    assert "every part of your skin" in conversation.view.unspoken
    assert conversation.view.saying == ""


def test_phrases_are_shown_as_people_write_them() -> None:
    conversation = Conversation.at(Phase.PAUSED)
    assert "what can I say" in conversation.view.may_say
    assert conversation.view.suggestions[0].intent is Intent.RESUME
    conversation.hear(Intent.HELP, "what can i say")
    assert conversation.view.heard == "what can I say"


# Pain.


@pytest.mark.parametrize("phase", list(Phase))
def test_pain_stays_until_it_is_better(phase: Phase) -> None:
    conversation = Conversation.at(phase)
    conversation.hear(Intent.STINGS)
    assert conversation.view.is_in_pain
    assert conversation.view.instruction == conversation.answer
    conversation.wait(FIRST_CHECK_SECONDS + 5)
    assert conversation.question == "Is it better now?"
    conversation.wait(3000)
    assert conversation.question == "Is it better now?", "it stays open"
    assert "see a doctor" in conversation.hear(Intent.NO)
    assert conversation.view.is_in_pain
    conversation.wait(2 * FIRST_CHECK_SECONDS + 5)
    conversation.hear(Intent.YES)
    assert not conversation.view.is_in_pain


def test_after_another_answer_the_question_about_the_pain_comes_back() -> None:
    conversation = Conversation.at(Phase.HOLDING)
    conversation.hear(Intent.STINGS)
    conversation.wait(FIRST_CHECK_SECONDS + 5)
    conversation.hear(Intent.WHY)
    assert conversation.view.question == ""
    conversation.wait(4 * FIRST_CHECK_SECONDS)
    assert conversation.question == "Is it better now?"


def test_what_follows_pain_is_gentle_and_without_cheer() -> None:
    conversation = Conversation.at(Phase.HOLDING)
    conversation.hear(Intent.STINGS)
    conversation.hear(Intent.NEXT)
    walked = [conversation.hear(Intent.YES)]
    while conversation.session.current_step:
        walked.append(conversation.hear(Intent.NEXT))
    assert not any(word in " ".join(walked) for word in ("Toner", "toner on", "serum", "lovely"))
    assert any("moisturizer" in answer for answer in walked)
    assert walked[-1] == conversation.session.wording.say(Message.DONE_GENTLY)
    assert not conversation.question
    assert conversation.view.choices == ()
    assert FeelingReported(Feeling.STUNG) in conversation.facts


def test_before_the_mask_pain_ends_the_routine() -> None:
    conversation = Conversation.at(Phase.BRIEFING)
    conversation.hear(Intent.STINGS)
    conversation.hear(Intent.NEXT)
    conversation.hear(Intent.YES)
    assert conversation.phase is Phase.IDLE
    assert conversation.facts[-1] == SessionEnded(Ending.STUNG)


def test_a_good_feeling_tells_that_it_is_better_and_a_bad_one_that_it_is_not() -> None:
    conversation = Conversation.at(Phase.HOLDING)
    conversation.hear(Intent.STINGS)
    conversation.hear(Intent.FELT, slot_value="tight")
    assert conversation.view.is_in_pain
    conversation.hear(Intent.FELT, slot_value="good")
    assert not conversation.view.is_in_pain


def test_pain_outlives_a_power_cut() -> None:
    before = Conversation.at(Phase.HOLDING)
    before.hear(Intent.STINGS)
    snapshot = next(command.snapshot for command in reversed(before.all) if isinstance(command, SaveSnapshot))
    assert snapshot is not None
    after = Conversation(fresh_session(), now=2000.0)
    after.send(Restored(is_daytime=True, snapshot=snapshot, taken_at=1990.0, away_seconds=5.0, read_at=2000.0))
    assert after.question == "Is it better now?"
    assert after.view.is_in_pain
    after.hear(Intent.YES)
    assert "Toner" not in after.answer
    assert after.session.has_stung


# Before and after.


def test_masks_can_be_chosen_with_their_times_the_last_kind_first() -> None:
    masks = [one for one in back_again().view.choices if one.intent is Intent.MASK]
    assert len(masks) == 7
    assert (masks[0].value, masks[0].title, masks[0].detail) == ("clay_mask", "Clay mask", "ten minutes on")
    assert [one.value for one in masks if one.is_chosen] == ["facial_mask"]
    assert [one.detail for one in masks if one.value == "sleeping_mask"] == ["overnight"]


def test_a_mask_or_a_skin_that_is_chosen_by_its_value_is_said_back() -> None:
    conversation = back_again()
    assert conversation.hear(Intent.MASK, slot_value="clay_mask").startswith("Clay mask, ten minutes.")
    assert conversation.hear(Intent.SKIN, slot_value="dry").startswith("Dry skin. I'll remember that.")
    chosen = [one.value for one in conversation.view.choices if one.is_chosen]
    assert chosen == ["clay_mask", "dry"]
    assert next(one.detail for one in conversation.view.choices if one.value == "clay_mask") == "five minutes on"


def test_the_idle_page_tells_of_the_last_mask() -> None:
    assert back_again().view.notes == ("Last time: Clay mask, eight days ago. It felt good.",)


def test_a_wish_for_longer_than_the_mask_may_stay_on_is_told() -> None:
    session = new_session(load_routine("clay_mask", "en"), load_language("en").wording, hold_seconds=1200)
    conversation = Conversation(session)
    conversation.send(Started(is_daytime=True))
    assert conversation.view.notes == ("Clay mask: fifteen minutes, which is as long as it may stay on for you.",)


def test_at_the_end_the_coach_asks_how_the_skin_feels_and_says_what_was_done() -> None:
    conversation = Conversation.at(Phase.DONE)
    assert conversation.question.endswith("How does your skin feel?")
    assert [one.value for one in conversation.view.choices] == ["good", "tight", "dry", "stung"]
    assert conversation.view.notes[1:] == ("Masks in the last thirty days: one.", "The next one: in four days.")
    assert conversation.view.notes[0].startswith("Facial mask, ")
    assert "glad it feels good" in conversation.hear(Intent.YES, "fine")
    assert conversation.facts[-1] == FeelingReported(Feeling.GOOD)
    assert conversation.view.choices == ()


def test_another_mask_on_the_same_day_is_asked_about_first() -> None:
    conversation = Conversation.at(Phase.DONE)
    conversation.hear(Intent.FELT, slot_value="good")
    assert conversation.hear(Intent.START) == "You've had a mask today. Shall we really do another?"
    conversation.hear(Intent.NO)
    assert conversation.phase is Phase.DONE


def test_after_the_end_the_screen_goes_to_sleep_and_the_next_person_starts_anew() -> None:
    conversation = Conversation.at(Phase.DONE)
    conversation.wait(DOZE_SECONDS + 70)
    assert conversation.phase is Phase.IDLE
    assert conversation.view.is_asleep
    conversation.hear(Intent.HELP, "what can i say")
    assert not conversation.view.is_asleep


def test_nothing_sleeps_while_a_routine_runs() -> None:
    for phase in (Phase.BRIEFING, Phase.HOLDING, Phase.PAUSED, Phase.AFTERCARE):
        conversation = Conversation.at(phase, hold_seconds=1800)
        conversation.wait(1000)
        assert not conversation.view.is_asleep, phase


@pytest.mark.parametrize("language", ["en", "ko"])
def test_a_listener_who_knows_nothing_is_told_how_to_go_on_in_each_routine(language: str) -> None:
    for name in load_routines(language):
        conversation = greeted(language, name)
        phrases = conversation.session.wording.phrases
        assert phrases[Intent.START] in conversation.texts[0]
        conversation.hear(Intent.START)
        assert phrases[Intent.NEXT] in conversation.answer, name
        while step := conversation.session.current_step:
            told = len(conversation.texts)
            conversation.wait(1000 if conversation.session.holding else 100)
            if conversation.session.current_step is step:
                said = " ".join(conversation.texts[told - 1 :])
                assert phrases[Intent.NEXT] in said, (name, step.id)
                conversation.hear(Intent.NEXT)
        assert conversation.phase is Phase.DONE
