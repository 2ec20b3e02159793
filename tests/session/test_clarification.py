"""What was said and not taken: shown, asked about rarely, and helped with."""

from __future__ import annotations

import math
from dataclasses import replace
from itertools import pairwise

import pytest

from tests.session.conversation import Conversation
from voice_coach.language.intents import ANSWERS, Intent
from voice_coach.routines import Phase
from voice_coach.session.commands import Hush, Sound
from voice_coach.session.events import CommandRejected, RejectionReason
from voice_coach.session.state import QUIET_SECONDS
from voice_coach.session.timer import CUE_LEAD_SECONDS
from voice_coach.session.turn import CLARIFICATION_SECONDS, NOTE_SECONDS

ABOUT_THE_QUESTION = {Intent.REPEAT, Intent.HELP}
KEYS = {Intent.NEXT: "N", Intent.TIME_LEFT: "T"}


@pytest.mark.parametrize("reason", [RejectionReason.UNCLEAR, RejectionReason.AMBIGUOUS])
@pytest.mark.parametrize("phase", [Phase.BRIEFING, Phase.APPLYING, Phase.HOLDING, Phase.REMOVING, Phase.AFTERCARE])
def test_what_was_hardly_heard_is_asked_about_and_yes_obeys_it(phase: Phase, reason: RejectionReason) -> None:
    conversation = Conversation.at(phase)
    assert conversation.nearly_hear(Intent.PAUSE, "pause", reason=reason) == 'I heard "pause". Was that for me?'
    assert conversation.phase is phase
    assert conversation.hear(Intent.YES).startswith("Paused.")
    assert conversation.phase is Phase.PAUSED


def test_yes_keeps_the_minutes_that_were_heard() -> None:
    conversation = Conversation.at(Phase.HOLDING)
    nearest = CommandRejected(
        text="add two minutes", reason=RejectionReason.UNCLEAR, intent=Intent.ADD_TIME, minutes=2, is_borderline=True
    )
    conversation.send(nearest)
    assert conversation.hear(Intent.YES).startswith("Two minutes more.")


def test_yes_to_what_loses_something_asks_once_more() -> None:
    conversation = Conversation.at(Phase.HOLDING)
    conversation.nearly_hear(Intent.BACK)
    assert "end the countdown" in conversation.hear(Intent.YES)
    assert conversation.phase is Phase.HOLDING


def test_no_drops_it_and_the_coach_keeps_out_of_the_talk_for_two_minutes() -> None:
    conversation = Conversation.at(Phase.APPLYING)
    conversation.nearly_hear(Intent.PAUSE)
    assert conversation.hear(Intent.NO) == "All right."
    assert conversation.question == ""
    for _ in range(int(QUIET_SECONDS / 10) - 1):
        conversation.wait(10)
        assert conversation.nearly_hear(Intent.NEXT) == ""
    conversation.wait(10)
    assert conversation.nearly_hear(Intent.NEXT)


def test_silence_drops_it_without_a_word() -> None:
    conversation = Conversation.at(Phase.APPLYING)
    conversation.nearly_hear(Intent.PAUSE)
    count = len(conversation.said)
    conversation.wait(CLARIFICATION_SECONDS)
    assert conversation.question == ""
    assert len(conversation.said) == count
    assert conversation.hear(Intent.YES) == ""
    assert conversation.phase is Phase.APPLYING


def test_after_an_unanswered_question_it_does_not_ask_again_for_two_minutes() -> None:
    conversation = Conversation.at(Phase.APPLYING)
    conversation.nearly_hear(Intent.PAUSE)
    conversation.wait(QUIET_SECONDS - 5)
    assert conversation.nearly_hear(Intent.NEXT) == ""
    conversation.wait(30)
    assert conversation.nearly_hear(Intent.NEXT)


def test_the_same_words_are_not_asked_about_twice_in_a_row() -> None:
    conversation = Conversation.at(Phase.APPLYING)
    conversation.nearly_hear(Intent.PAUSE)
    conversation.wait(1000)
    assert conversation.nearly_hear(Intent.PAUSE) == ""
    conversation.wait(1000)
    conversation.hear(Intent.WHY)
    conversation.wait(1000)
    assert conversation.nearly_hear(Intent.PAUSE), "something was understood between"


def test_who_said_yes_may_be_asked_again_soon() -> None:
    conversation = Conversation.at(Phase.BRIEFING)
    for _ in range(2):
        assert conversation.nearly_hear(Intent.NEXT)
        conversation.wait(4)
        conversation.hear(Intent.YES)
        conversation.wait(4)
    assert conversation.phase is Phase.APPLYING


def test_in_a_hold_it_is_asked_only_once_however_long_it_lasts() -> None:
    conversation = Conversation.at(Phase.HOLDING)
    assert conversation.nearly_hear(Intent.PAUSE)
    conversation.hear(Intent.YES)
    conversation.wait(5)
    conversation.hear(Intent.RESUME)
    conversation.wait(200)
    assert conversation.nearly_hear(Intent.TIME_LEFT) == ""


@pytest.mark.parametrize("intent", sorted(set(Intent) - ANSWERS - ABOUT_THE_QUESTION, key=str))
def test_any_command_wins_over_the_question(intent: Intent) -> None:
    asked, plain = Conversation.at(Phase.AFTERCARE), Conversation.at(Phase.AFTERCARE)
    asked.nearly_hear(Intent.PAUSE)
    answer = asked.hear(intent)
    assert answer == plain.hear(intent)
    assert (asked.phase, asked.question) == (plain.phase, plain.question)


def test_the_words_themselves_may_be_repeated_instead_of_yes() -> None:
    conversation = Conversation.at(Phase.APPLYING)
    conversation.nearly_hear(Intent.PAUSE, "pause")
    conversation.wait(4)
    conversation.hear(Intent.PAUSE, "pause")
    assert conversation.phase is Phase.PAUSED
    assert conversation.question == ""


def test_the_question_can_be_heard_again_and_still_means_the_same() -> None:
    conversation = Conversation.at(Phase.APPLYING)
    question = conversation.nearly_hear(Intent.PAUSE)
    assert conversation.hear(Intent.REPEAT) == question
    conversation.hear(Intent.YES)
    assert conversation.phase is Phase.PAUSED


def test_it_does_not_ask_while_it_speaks_nor_while_another_question_is_open() -> None:
    conversation = Conversation.at(Phase.APPLYING)
    conversation.hear(Intent.WHY)
    assert conversation.nearly_hear(Intent.BACK) == ""
    conversation.hear(Intent.QUIT)
    conversation.wait(5)
    for intent in (Intent.PAUSE, Intent.YES, Intent.NO):
        assert conversation.nearly_hear(intent) == ""
    assert conversation.question == "Shall we end here?"


@pytest.mark.parametrize("intent", [Intent.PAUSE, Intent.QUIETER, Intent.QUIT])
@pytest.mark.parametrize("phase", [Phase.IDLE, Phase.APPLYING, Phase.HOLDING, Phase.PAUSED])
def test_what_may_have_been_stop_breaks_off_its_speech_and_changes_nothing_else(phase: Phase, intent: Intent) -> None:
    conversation = Conversation.at(phase)
    conversation.hear(Intent.HELP)
    before = conversation.session
    assert before.saying
    assert conversation.nearly_hear(intent) == ""
    assert Hush() in conversation.last
    assert conversation.session.saying is None
    assert (conversation.phase, conversation.session.voice) == (phase, before.voice)
    conversation.hear(Intent.HELP)
    conversation.nearly_hear(Intent.NEXT)
    assert conversation.session.saying


@pytest.mark.parametrize(("delay", "bells"), [(0.0, 1), (0.2, 1), (0.4, 0)])
def test_a_speech_that_is_broken_off_as_the_hold_begins_takes_no_bell_with_it(delay: float, bells: int) -> None:
    conversation = Conversation.at(Phase.APPLYING)
    while conversation.phase is not Phase.HOLDING:
        conversation.hear(Intent.NEXT)
    begun_at, bell = conversation.now, conversation.cues[-1]
    assert bell.sound is Sound.BELL
    assert bell.due == pytest.approx(begun_at + CUE_LEAD_SECONDS)
    conversation.wait(delay)
    conversation.nearly_hear(Intent.PAUSE)
    assert Hush() in conversation.last
    assert conversation.last.count(bell) == bells
    assert conversation.cues.count(bell) == 1


@pytest.mark.parametrize("left", [2.9, 1.2, 0.2, 0.05, -0.3])
def test_a_speech_that_is_broken_off_just_before_the_end_of_the_hold_takes_no_sound_with_it(left: float) -> None:
    conversation = Conversation.at(Phase.HOLDING, hold_seconds=60)
    conversation.wait(conversation.remaining - left)
    conversation.hear(Intent.WHY)
    sounded = sum(cue.due <= conversation.now for cue in conversation.cues)
    conversation.nearly_hear(Intent.PAUSE)
    assert Hush() in conversation.last
    conversation.wait(5)
    assert conversation.phase is Phase.REMOVING
    after = [cue.sound for cue in conversation.cues[sounded:]]
    assert after.count(Sound.CHIME) == 1
    assert after.count(Sound.TICK) == max(0, math.ceil(left) - 1)


@pytest.mark.parametrize(
    "reason",
    [
        RejectionReason.NOT_NOW,
        RejectionReason.TOO_SHORT,
        RejectionReason.TOO_LONG,
        RejectionReason.OWN_WORDS,
        RejectionReason.NOTHING_HEARD,
    ],
)
def test_other_peoples_talk_is_not_answered(reason: RejectionReason) -> None:
    conversation = Conversation.at(Phase.APPLYING)
    for _ in range(5):
        conversation.send(CommandRejected(text="next step", reason=reason, intent=Intent.NEXT))
        assert conversation.answer == ""
        conversation.wait(5)


def test_what_is_far_from_a_command_is_not_answered() -> None:
    conversation = Conversation.at(Phase.APPLYING)
    for _ in range(5):
        conversation.send(CommandRejected(text="next step", reason=RejectionReason.UNCLEAR, intent=Intent.NEXT))
        assert conversation.answer == ""
        conversation.wait(5)


def test_a_single_word_does_not_make_the_sleeping_coach_ask() -> None:
    conversation = Conversation.begun()
    assert conversation.nearly_hear(Intent.HELP, "help") == ""
    conversation.wait(30)
    assert conversation.nearly_hear(Intent.START, "start the mask")


def test_nothing_is_asked_in_the_last_seconds_of_the_hold() -> None:
    conversation = Conversation.at(Phase.HOLDING, hold_seconds=60)
    conversation.wait(conversation.remaining - 15)
    assert conversation.nearly_hear(Intent.PAUSE) == ""


def test_the_second_unclear_attempt_is_offered_an_easier_way() -> None:
    conversation = Conversation.at(Phase.APPLYING)
    conversation.nearly_hear(Intent.NEXT, "move on")
    conversation.wait(15)
    assert conversation.nearly_hear(Intent.NEXT, "i'm done") == 'Sorry, I didn\'t catch that. Try "next step".'


def test_the_key_is_offered_where_there_are_keys() -> None:
    conversation = Conversation.at(Phase.HOLDING)
    conversation.session = replace(conversation.session, keys=KEYS)
    conversation.nearly_hear(Intent.TIME_LEFT)
    conversation.wait(15)
    offer = conversation.nearly_hear(Intent.TIME_LEFT)
    assert offer == 'Sorry, I didn\'t catch that. Try "how much time is left", or press the T key.'
    assert conversation.view.heard_note.endswith('try "how much time is left", or press the T key')


def test_what_makes_sense_now_is_offered_even_if_something_else_was_nearly_heard() -> None:
    conversation = Conversation.at(Phase.APPLYING)
    assert conversation.nearly_hear(Intent.RESUME) == ""
    assert conversation.view.heard_note == "works only while we're paused"
    conversation.wait(5)
    assert conversation.nearly_hear(Intent.RESUME) == 'Sorry, I didn\'t catch that. Try "next step".'


def test_an_easier_way_is_offered_once_a_minute_at_most() -> None:
    conversation = Conversation.at(Phase.APPLYING)
    offered_at = []
    for _ in range(40):
        if conversation.nearly_hear(Intent.RESUME):
            offered_at.append(conversation.now)
        conversation.wait(5)
    assert [later - earlier for earlier, later in pairwise(offered_at)] == [60.0] * 3


def test_attempts_are_not_in_a_row_when_something_was_understood_or_long_ago() -> None:
    conversation = Conversation.at(Phase.APPLYING)
    conversation.nearly_hear(Intent.RESUME)
    conversation.hear(Intent.WHY)
    conversation.wait(5)
    assert conversation.nearly_hear(Intent.RESUME) == ""
    conversation.wait(25)
    assert conversation.nearly_hear(Intent.RESUME) == ""


def test_what_was_not_obeyed_is_shown_with_what_to_say_instead_and_fades() -> None:
    conversation = Conversation.at(Phase.APPLYING)
    conversation.hear(Intent.RESUME, "resume")
    assert (conversation.view.heard, conversation.view.heard_note) == ("resume", "works only while we're paused")
    conversation.wait(NOTE_SECONDS)
    assert (conversation.view.heard, conversation.view.heard_note) == ("", "")


def test_what_was_obeyed_stays_on_the_page() -> None:
    conversation = Conversation.at(Phase.APPLYING)
    conversation.hear(Intent.WHY)
    conversation.wait(10 * NOTE_SECONDS)
    assert conversation.view.heard == "why is that"


def test_an_answer_without_a_question_is_shown_as_such() -> None:
    conversation = Conversation.at(Phase.APPLYING)
    conversation.send(CommandRejected(text="yes", reason=RejectionReason.NOT_NOW, intent=Intent.YES))
    assert conversation.view.heard_note == "I hadn't asked anything"
