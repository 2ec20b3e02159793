"""The coach asks before anything is lost."""

from __future__ import annotations

import pytest

from tests.session.conversation import Conversation
from voice_coach.language.intents import ANSWERS, Intent
from voice_coach.routines import Phase
from voice_coach.routines.past_masks import Feeling, HistorySummary, LastMask
from voice_coach.session.commands import Hush
from voice_coach.session.events import HistoryLoaded
from voice_coach.session.turn import HOW_LONG_SECONDS


def test_leaving_the_hold_early_is_asked_once() -> None:
    conversation = Conversation.at(Phase.HOLDING)
    conversation.wait(conversation.remaining - 297)
    question = conversation.hear(Intent.NEXT)
    assert question == "Five minutes are left. Take it off now?"
    assert conversation.hear(Intent.YES) == conversation.session.routine.steps[4].text
    assert conversation.phase is Phase.REMOVING


def test_no_keeps_the_mask_on() -> None:
    conversation = Conversation.at(Phase.HOLDING)
    conversation.hear(Intent.NEXT)
    assert conversation.hear(Intent.NO).startswith("All right.")
    assert conversation.phase is Phase.HOLDING
    assert conversation.question == ""


def test_going_back_out_of_the_hold_is_asked() -> None:
    conversation = Conversation.at(Phase.HOLDING)
    assert "end the countdown" in conversation.hear(Intent.BACK)
    assert conversation.hear(Intent.YES) == conversation.session.routine.steps[2].text
    assert conversation.view.countdown is None


@pytest.mark.parametrize("phase", [phase for phase in Phase if phase is not Phase.IDLE])
def test_starting_over_is_asked_in_every_phase(phase: Phase) -> None:
    conversation = Conversation.at(phase)
    assert conversation.hear(Intent.START_OVER) == "Start again from the first step?"
    assert conversation.phase is phase
    conversation.hear(Intent.YES)
    assert conversation.view.step_number == 1


@pytest.mark.parametrize("phase", [Phase.IDLE, Phase.DONE])
def test_where_nothing_runs_quitting_needs_no_question(phase: Phase) -> None:
    conversation = Conversation.at(phase)
    assert conversation.hear(Intent.QUIT, "quit the coach").startswith("Goodbye")


@pytest.mark.parametrize("phase", [phase for phase in Phase if phase not in {Phase.IDLE, Phase.DONE}])
def test_quitting_is_asked_in_every_phase_of_a_routine(phase: Phase) -> None:
    conversation = Conversation.at(phase)
    conversation.hear(Intent.QUIT)
    assert conversation.question
    assert conversation.hear(Intent.NO)
    assert conversation.phase is phase


def test_yes_and_no_mean_nothing_without_a_question() -> None:
    for phase in Phase:
        conversation = Conversation.at(phase)
        conversation.wait(HOW_LONG_SECONDS)
        for answer in ANSWERS:
            assert conversation.hear(answer, "as if by key") == ""
        assert conversation.phase is phase
        assert not ANSWERS & conversation.listen.intents


def test_a_question_lapses_in_silence() -> None:
    conversation = Conversation.at(Phase.AFTERCARE)
    conversation.hear(Intent.START_OVER)
    count = len(conversation.said)
    conversation.wait(25)
    assert conversation.question == ""
    assert len(conversation.said) == count
    assert conversation.hear(Intent.YES) == ""


def test_another_command_takes_the_place_of_the_question() -> None:
    conversation = Conversation.at(Phase.AFTERCARE)
    conversation.hear(Intent.QUIT)
    conversation.hear(Intent.NEXT)
    assert conversation.question == ""
    assert conversation.view.step_number == 7


def test_the_question_can_be_heard_again() -> None:
    conversation = Conversation.at(Phase.AFTERCARE)
    question = conversation.hear(Intent.QUIT)
    assert conversation.hear(Intent.REPEAT) == question == conversation.question


def test_who_asks_for_help_at_a_question_may_answer_it_then() -> None:
    conversation = Conversation.at(Phase.AFTERCARE)
    question = conversation.hear(Intent.QUIT)
    assert conversation.hear(Intent.HELP) == 'You can say "yes", "no", "say that again".'
    assert conversation.question == question
    assert conversation.hear(Intent.YES).startswith("Goodbye")


def test_what_is_met_with_silence_leaves_the_question_open() -> None:
    conversation = Conversation.at(Phase.AFTERCARE)
    conversation.hear(Intent.QUIT)
    conversation.hear(Intent.RESUME, is_confident=False)
    assert conversation.question


def test_the_end_of_the_hold_takes_the_place_of_the_question() -> None:
    conversation = Conversation.at(Phase.HOLDING, hold_seconds=30)
    conversation.wait(conversation.remaining - 2)
    conversation.hear(Intent.NEXT)
    conversation.wait(4)
    assert conversation.phase is Phase.REMOVING
    assert conversation.question == ""


@pytest.mark.parametrize("phase", list(Phase))
def test_when_it_stings_everything_falls_silent_and_water_comes_first(phase: Phase) -> None:
    conversation = Conversation.at(phase)
    conversation.hear(Intent.QUIT)
    answer = conversation.hear(Intent.STINGS)
    assert isinstance(conversation.last[0], Hush)
    assert "Cool water, no rubbing." in answer
    assert conversation.view.is_in_pain
    assert conversation.question == ""
    assert conversation.view.countdown is None


@pytest.mark.parametrize("phase", [Phase.APPLYING, Phase.HOLDING, Phase.PAUSED])
def test_a_mask_that_stings_comes_off_and_the_person_may_go_on(phase: Phase) -> None:
    conversation = Conversation.at(phase)
    conversation.hear(Intent.STINGS)
    assert conversation.phase is Phase.REMOVING
    assert "Cool water" in conversation.hear(Intent.REPEAT)
    conversation.wait(2000)
    assert conversation.hear(Intent.NEXT) == conversation.question == "Is it better now?"
    conversation.hear(Intent.YES)
    assert conversation.view.step_number == 6


def test_it_stings_is_heard_even_during_the_goodbye() -> None:
    conversation = Conversation.at(Phase.APPLYING)
    conversation.hear(Intent.QUIT)
    conversation.hear(Intent.YES)
    assert "Cool water" in conversation.hear(Intent.STINGS)
    conversation.wait(10)
    conversation.hear(Intent.NEXT)
    conversation.hear(Intent.YES)
    assert conversation.phase is Phase.AFTERCARE


def test_who_starts_over_after_a_mask_that_stung_is_not_asked_for_a_shorter_time_again() -> None:
    conversation = Conversation.at(Phase.BRIEFING)
    conversation.hear(Intent.START_OVER)
    stung = LastMask(days_ago=2, weekday=1, routine="facial_mask", feeling=Feeling.STUNG)
    conversation.send(HistoryLoaded(past=HistorySummary(last=stung, in_week=1, in_month=3, total=9)))
    conversation.hear(Intent.YES)
    assert conversation.session.phase is Phase.BRIEFING
    assert conversation.session.question is None
