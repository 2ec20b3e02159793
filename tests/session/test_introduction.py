"""The first start in a home: the coach introduces itself, and only once; and its language is changed by voice."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from tests.session.conversation import SPEECH_SECONDS, Conversation, fresh_session
from voice_coach.language.intents import Intent
from voice_coach.language.understanding import understand
from voice_coach.library import load_language, load_routine
from voice_coach.routines import Phase, Skin
from voice_coach.session import new_session
from voice_coach.session.commands import Quit, SaveSnapshot
from voice_coach.session.events import EarsReady, Fault, FaultCleared, FaultRaised, SpeechEnded, Started

LANGUAGES = {"en": "English", "ko": "한국어"}
FIRST = Started(is_daytime=True, is_first=True)
AT_REST = (Phase.IDLE, Phase.DONE)


def first_start(
    language: str = "en", *, heard: tuple[str, ...] = tuple(LANGUAGES), skin: Skin | None = None
) -> Conversation:
    session = new_session(
        load_routine("facial_mask", language),
        load_language(language).wording,
        skin=skin,
        languages={code: LANGUAGES[code] for code in heard},
    )
    conversation = Conversation(session)
    conversation.send(FIRST)
    return conversation


def at(phase: Phase) -> Conversation:
    conversation = Conversation.at(phase)
    conversation.session = replace(conversation.session, languages=LANGUAGES)
    return conversation


def ends_with(conversation: Conversation) -> set[Quit]:
    conversation.wait(10)
    return {command for command in conversation.all if isinstance(command, Quit)}


def notes_kept(conversation: Conversation) -> int:
    return conversation.all.count(SaveSnapshot(None))


def test_a_new_coach_says_that_it_is_there_what_it_hears_and_how_to_change_that() -> None:
    (text,) = first_start().texts
    assert text.startswith('Hello, your mask coach is here. I listen in English. For Korean, say "speak Korean".')
    assert text.endswith('Tell me about your skin, like "I have dry skin". Then say "start the mask".')


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("skin", [None, Skin.DRY])
def test_whatever_it_tells_a_newcomer_to_say_is_understood(language: str, skin: Skin | None) -> None:
    (text,) = first_start(language, skin=skin).texts
    understander = load_language(language).understander
    understood = [understand(one, understander) for one in re.findall(r'"([^"]+)"', text)]
    meant = [(one.intent, one.slot_value) for one in understood]
    other = next(code for code in LANGUAGES if code != language)
    expected = [(Intent.LANGUAGE, other), *([] if skin else [(Intent.SKIN, "dry")]), (Intent.START, "")]
    assert meant == expected


def test_it_offers_no_language_that_it_cannot_hear_here() -> None:
    (text,) = first_start(heard=("en",)).texts
    assert "I listen in English." in text
    assert "Korean" not in text


def test_whoever_was_not_told_of_it_is_greeted_as_always() -> None:
    conversation = Conversation(fresh_session())
    conversation.send(Started(is_daytime=True))
    assert conversation.texts[0].startswith("Hi, I'm your mask coach.")
    conversation.wait(30)
    assert notes_kept(conversation) == 0


def test_that_it_was_heard_is_noted_when_it_was_said_to_its_end() -> None:
    conversation = first_start()
    conversation.wait(SPEECH_SECONDS / 2)
    assert notes_kept(conversation) == 0
    conversation.wait(SPEECH_SECONDS)
    assert notes_kept(conversation) == 1


def test_where_there_is_no_speaker_it_introduces_itself_as_soon_as_there_is_one() -> None:
    conversation = Conversation(first_start().session)
    conversation.send(FaultRaised(fault=Fault.NO_SPEAKER))
    conversation.wait(3600)
    assert notes_kept(conversation) == 0
    conversation.send(FaultCleared(fault=Fault.NO_SPEAKER))
    assert conversation.answer.startswith("Hello, your mask coach is here.")
    conversation.wait(SPEECH_SECONDS)
    assert notes_kept(conversation) == 1


def test_who_breaks_in_with_a_command_knows_it_already() -> None:
    conversation = first_start()
    conversation.send(EarsReady(engine="test"))
    assert conversation.view.is_unknown
    conversation.hear(Intent.START)
    assert notes_kept(conversation) == 1
    assert not conversation.view.is_unknown
    kept = [command.snapshot for command in conversation.all if isinstance(command, SaveSnapshot)]
    assert kept[-1] is not None, "the routine goes on after a power cut"


@pytest.mark.parametrize("phase", AT_REST)
def test_it_begins_anew_in_the_language_that_is_asked_for(phase: Phase) -> None:
    conversation = at(phase)
    assert conversation.hear(Intent.LANGUAGE, slot_value="ko") == "Korean, then. One moment."
    assert SaveSnapshot(None) in conversation.all
    assert ends_with(conversation) == {Quit("one", "ko")}


@pytest.mark.parametrize("phase", [phase for phase in Phase if phase not in AT_REST])
def test_in_a_routine_the_language_stays(phase: Phase) -> None:
    conversation = at(phase)
    assert conversation.hear(Intent.LANGUAGE, slot_value="ko") == "Let's finish this first."
    assert ends_with(conversation) == set()


def test_it_stays_while_a_timer_runs_which_would_be_lost() -> None:
    conversation = at(Phase.IDLE)
    conversation.hear(Intent.TIMER, slot_value="tea", minutes=5)
    assert conversation.hear(Intent.LANGUAGE, slot_value="ko") == "Let's finish this first."


def test_the_language_that_is_spoken_and_one_that_is_not_there_change_nothing() -> None:
    conversation = at(Phase.IDLE)
    assert conversation.hear(Intent.LANGUAGE, slot_value="en") == "I'm listening in English."
    assert conversation.hear(Intent.LANGUAGE, slot_value="tlh") == "I can't listen in that language here."
    conversation.session = replace(conversation.session, languages={"en": "English"})
    assert conversation.hear(Intent.LANGUAGE, slot_value="ko") == "I can't listen in that language here."
    assert ends_with(conversation) == set()


def test_a_goodbye_after_that_keeps_the_language() -> None:
    conversation = at(Phase.IDLE)
    conversation.hear(Intent.QUIT)
    conversation.send(SpeechEnded(utterance_id=conversation.session.last_utterance_id))
    assert ends_with(conversation) == {Quit()}


def test_the_view_shows_the_languages_as_their_speakers_call_them_where_there_is_a_choice() -> None:
    def shown(*heard: str) -> list[tuple[str, str, bool]]:
        view = first_start(heard=heard).view
        return [(one.value, one.title, one.is_chosen) for one in view.languages]

    assert shown("en", "ko") == [("en", "English", True), ("ko", "한국어", False)]
    assert shown("en") == shown() == []
