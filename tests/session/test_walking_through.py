"""A person walks through the routine."""

from __future__ import annotations

import pytest

from tests.session.conversation import Conversation
from voice_coach.language.intents import Intent
from voice_coach.language.wording import Message
from voice_coach.routines import Phase
from voice_coach.session.commands import (
    Cue,
    Hush,
    Listen,
    Prepare,
    Quit,
    Show,
    Sound,
    Speak,
)
from voice_coach.session.events import (
    CommandHeard,
    CommandRejected,
    EarsReady,
    RejectionReason,
    SpeechEnded,
    Started,
    Via,
)


@pytest.mark.parametrize("phase", Phase)
def test_stop_always_stops_the_speech(phase: Phase) -> None:
    conversation = Conversation.at(phase)
    conversation.hear(Intent.HELP, "what can I say")
    assert conversation.session.saying
    commands = conversation.send(CommandHeard(intent=Intent.PAUSE, text="stop", is_confident=False))
    assert isinstance(commands[0], Hush)
    saying = conversation.session.saying
    assert saying is None or saying.text == conversation.session.wording.say(Message.PAUSED)


def test_stop_says_why_it_changes_nothing_when_the_coach_is_silent() -> None:
    conversation = Conversation.at(Phase.PAUSED)
    assert conversation.hear(Intent.PAUSE) == conversation.session.wording.say(Message.ALREADY_PAUSED)


def test_the_greeting_begins_at_once_while_the_ears_still_load() -> None:
    conversation = Conversation()
    commands = conversation.send(Started(is_daytime=True))
    assert isinstance(commands[0], Speak)
    assert conversation.answer.endswith('say "start the mask".')
    assert not conversation.listens()
    assert {type(command) for command in conversation.send(EarsReady(engine="any"))} == {Show}
    assert conversation.listens()


def test_all_ten_steps_are_spoken_by_day() -> None:
    conversation = Conversation.at(Phase.DONE)
    for step in conversation.session.routine.steps:
        assert any(step.text in text for text in conversation.texts), step.id
    assert conversation.texts[-1].startswith("All done.")
    assert conversation.view.step_number == conversation.view.step_count == 10


def test_in_the_evening_the_sunscreen_waits_for_the_morning() -> None:
    conversation = Conversation.at(Phase.DONE, is_daytime=False)
    sunscreen = conversation.session.routine.steps[-1]
    assert not any(sunscreen.text in text for text in conversation.texts)
    assert "waits for the morning" in conversation.texts[-1]
    assert conversation.hear(Intent.BACK) == conversation.session.routine.steps[-2].text


def test_going_back_says_the_step_before() -> None:
    conversation = Conversation.at(Phase.APPLYING)
    assert conversation.hear(Intent.BACK) == conversation.session.routine.steps[1].text
    assert conversation.phase is Phase.BRIEFING


def test_there_is_no_way_back_from_the_first_step_nor_into_the_hold() -> None:
    assert Conversation.at(Phase.BRIEFING).hear(Intent.BACK).startswith("This is the first step. Wash your face")
    removing = Conversation.at(Phase.REMOVING)
    assert "had its time" in removing.hear(Intent.BACK)
    assert removing.phase is Phase.REMOVING


def test_repeat_says_the_last_instruction_again_and_not_the_last_answer() -> None:
    conversation = Conversation.at(Phase.APPLYING)
    conversation.hear(Intent.WHY)
    assert conversation.hear(Intent.REPEAT) == conversation.session.routine.steps[2].text
    assert Conversation.begun().hear(Intent.REPEAT).startswith("Hi")


def test_why_names_the_source() -> None:
    conversation = Conversation.at(Phase.AFTERCARE)
    assert "Clinical and Aesthetic Dermatology Journal" in conversation.hear(Intent.WHY)


def test_the_person_may_ask_where_they_are_and_what_comes() -> None:
    conversation = Conversation.at(Phase.APPLYING)
    assert conversation.hear(Intent.WHICH_STEP) == "Step three of ten: Apply the mask."
    assert conversation.hear(Intent.WHATS_NEXT) == "After this: Relax."
    assert Conversation.begun().hear(Intent.WHATS_NEXT) == 'First: Cleanse your face. Say "start the mask".'


def test_time_left_is_answered_outside_the_hold_too() -> None:
    assert "will stay on for fifteen minutes" in Conversation.at(Phase.BRIEFING).hear(Intent.TIME_LEFT)
    assert Conversation.at(Phase.AFTERCARE).hear(Intent.TIME_LEFT) == "The countdown is over."


def test_what_makes_no_sense_now_is_answered_with_what_does() -> None:
    conversation = Conversation.begun()
    assert conversation.hear(Intent.NEXT, "next step") == 'We haven\'t started yet. Say "start the mask".'
    assert conversation.view.heard == "next step"
    assert conversation.view.heard_note == 'works once we\'ve started: say "start the mask"'
    assert "go on" in Conversation.at(Phase.PAUSED).hear(Intent.BACK)


def test_what_makes_no_sense_now_and_was_hardly_a_command_is_met_with_silence() -> None:
    conversation = Conversation.begun()
    assert conversation.hear(Intent.NEXT, "next step", is_confident=False) == ""
    assert conversation.phase is Phase.IDLE


def test_a_single_word_does_not_wake_the_coach_but_moves_it_once_awake() -> None:
    conversation = Conversation.begun()
    assert conversation.hear(Intent.PAUSE, "pause") == ""
    assert conversation.view.heard_note == 'one word doesn\'t wake me: say "start the mask"'
    conversation = Conversation.at(Phase.BRIEFING)
    conversation.hear(Intent.NEXT, "next")
    assert conversation.view.step_number == 2


def test_what_was_not_taken_is_shown_and_not_spoken_to() -> None:
    conversation = Conversation.begun()
    for reason, heard, note in [
        (RejectionReason.AMBIGUOUS, "next step", "that could mean two things"),
        (RejectionReason.UNCLEAR, "", "sorry, I didn't catch that"),
        (RejectionReason.TOO_LONG, "next step", "that was too long for me"),
    ]:
        conversation.send(CommandRejected(text="next step", reason=reason))
        assert (conversation.view.heard, conversation.view.heard_note) == (heard, note)
        assert conversation.answer == ""


def test_a_pause_at_a_step_hushes_and_resuming_names_the_step() -> None:
    conversation = Conversation.at(Phase.AFTERCARE)
    assert conversation.hear(Intent.PAUSE).startswith("Paused.")
    assert conversation.phase is Phase.PAUSED
    assert "Wash away what is left" in conversation.hear(Intent.RESUME)
    assert conversation.hear(Intent.REPEAT) == conversation.session.routine.steps[5].text


def test_who_is_ready_again_goes_on_however_they_say_it() -> None:
    for intent in (Intent.RESUME, Intent.NEXT, Intent.START):
        conversation = Conversation.at(Phase.PAUSED)
        assert conversation.hear(intent).startswith("On we go.")
        assert conversation.phase is Phase.HOLDING


def test_help_names_a_few_phrases_that_matter_now() -> None:
    assert (
        Conversation.at(Phase.PAUSED)
        .hear(Intent.HELP)
        .startswith('You can say "let\'s continue", "how much time is left"')
    )


def test_the_voice_changes_by_voice_speaks_in_the_new_way_and_is_saved() -> None:
    conversation = Conversation.at(Phase.BRIEFING)
    before = conversation.session.voice
    conversation.hear(Intent.LOUDER)
    speak = next(command for command in conversation.last if isinstance(command, Speak))
    assert speak.voice.volume > before.volume
    assert any(getattr(command, "voice", None) == speak.voice for command in conversation.last)
    conversation.hear(Intent.SLOWER)
    assert conversation.session.voice.words_per_minute < before.words_per_minute


def test_the_voice_has_limits_and_says_so() -> None:
    conversation = Conversation.at(Phase.BRIEFING)
    for intent, last_words in {
        Intent.LOUDER: "can't speak any louder",
        Intent.QUIETER: "can't speak more quietly",
        Intent.FASTER: "can't speak any faster",
        Intent.SLOWER: "can't speak any slower",
    }.items():
        answers = [conversation.hear(intent) for _ in range(15)]
        assert last_words in answers[-1]
    assert conversation.session.voice.volume > 0


def test_an_old_end_of_speech_is_ignored() -> None:
    conversation = Conversation.at(Phase.BRIEFING)
    conversation.hear(Intent.WHY)
    first = conversation.session.last_utterance_id
    conversation.hear(Intent.REPEAT)
    conversation.send(SpeechEnded(utterance_id=first))
    assert conversation.view.saying == conversation.texts[-1]
    conversation.send(SpeechEnded(utterance_id=first + 1))
    assert conversation.view.saying == ""


def test_a_mouth_that_never_ends_does_not_silence_the_coach_for_good() -> None:
    conversation = Conversation.at(Phase.HOLDING)
    conversation.hear(Intent.WHY)
    conversation._speech = None  # noqa: SLF001 - the mouth of this world breaks
    conversation.wait(31)
    assert conversation.view.saying == ""


def test_likely_answers_are_prepared_before_they_are_wanted() -> None:
    for phase in Phase:
        for intent in (Intent.NEXT, Intent.WHY, Intent.REPEAT, Intent.TIME_LEFT, Intent.BACK, Intent.STINGS):
            conversation = Conversation.at(phase)
            prepared = conversation.prepared
            assert conversation.hear(intent, "as if by key") in prepared


def test_what_time_will_bring_is_prepared_too() -> None:
    conversation = Conversation.at(Phase.HOLDING)
    count = len(conversation.said)
    prepared: list[str] = []
    while conversation.phase is Phase.HOLDING:
        prepared.extend(conversation.prepared)
        conversation.wait(1)
    assert set(conversation.texts[count:]) <= set(prepared)


def test_the_ears_know_what_the_coach_is_saying() -> None:
    conversation = Conversation.at(Phase.BRIEFING)
    answer = conversation.hear(Intent.WHY)
    assert conversation.listen.speaking == answer
    conversation.wait(5)
    assert conversation.listen.speaking == ""


def test_the_first_event_tells_every_edge() -> None:
    commands = Conversation().send(Started(is_daytime=True))
    assert [type(command) for command in commands] == [Speak, Listen, Show, Prepare]


def test_after_the_goodbye_the_session_is_over() -> None:
    conversation = Conversation.at(Phase.DONE)
    assert conversation.hear(Intent.QUIT, "quit the coach").startswith("Goodbye")
    assert Quit() not in conversation.all
    assert conversation.hear(Intent.START) == ""
    conversation.wait(5)
    assert conversation.all.count(Quit()) == 1


def test_the_routine_can_be_begun_again_when_it_is_done() -> None:
    conversation = Conversation.at(Phase.DONE)
    conversation.wait(70)
    assert "had a mask today" in conversation.hear(Intent.START)
    assert conversation.hear(Intent.YES).startswith("Let's begin.")
    assert conversation.phase is Phase.BRIEFING


def test_no_sound_is_ordered_outside_the_hold() -> None:
    conversation = Conversation.at(Phase.APPLYING)
    conversation.wait(3600)
    assert not any(isinstance(command, Cue) for command in conversation.all)
    conversation.hear(Intent.NEXT)
    assert [command.sound for command in conversation.last if isinstance(command, Cue)] == [Sound.BELL]


def test_a_coach_that_comes_back_by_itself_says_no_hello_but_knows_what_to_repeat() -> None:
    conversation = Conversation()
    conversation.send(Started(is_daytime=True, is_greeting=False))
    assert conversation.texts == []
    assert conversation.hear(Intent.REPEAT, "say that again").startswith("Hi")


@pytest.mark.parametrize("via", Via)
def test_a_single_word_wakes_nobody_and_a_press_needs_no_words(via: Via) -> None:
    conversation = Conversation.begun()
    conversation.send(CommandHeard(intent=Intent.START, text="start" if via is Via.VOICE else "", via=via))
    assert conversation.phase is (Phase.IDLE if via is Via.VOICE else Phase.BRIEFING)


def test_what_was_pressed_was_not_heard_and_its_note_is_shown_all_the_same() -> None:
    conversation = Conversation.at(Phase.APPLYING)
    conversation.send(CommandHeard(intent=Intent.RESUME, via=Via.KEY, is_confident=False))
    assert conversation.view.heard == ""
    assert conversation.view.heard_note == "works only while we're paused"
