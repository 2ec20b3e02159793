"""What the coach says and hears fits together."""

from __future__ import annotations

import pytest
from states import states_in_dot

from tests.session.conversation import fresh_session
from voice_coach.content_index import languages
from voice_coach.errors import ContentError
from voice_coach.language.wording import sayable
from voice_coach.library import load_language, load_routine, routine_names
from voice_coach.routines import Daypart, Phase, Skin
from voice_coach.session.listening import SITUATIONS, SUGGESTED_COMMANDS, listening_in

LANGUAGES = languages()


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_suggested_phrase_is_one_that_is_heard(language: str) -> None:
    book = load_language(language).phrase_book
    for intent, phrase in load_language(language).wording.phrases.items():
        assert book.by_text[phrase].intent is intent


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_suggested_to_the_sleeping_coach_wakes_it(language: str) -> None:
    wording = load_language(language).wording
    for phase in (Phase.IDLE, Phase.DONE):
        assert all(len(wording.phrases[intent].split()) >= 2 for intent in SUGGESTED_COMMANDS[phase])


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_step_can_be_interrupted_with_any_phrase(language: str) -> None:
    for name in routine_names(language):
        for step in load_routine(name, language).steps:
            for skin in (None, *Skin):
                own = {word.strip(".,;:!?").lower() for word in step.text_for(skin).split()}
                phrases = load_language(language).phrase_book.phrases
                assert [phrase.text for phrase in phrases if set(phrase.text.split()) <= own] == [], (step.id, skin)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_wording_is_complete(language: str) -> None:
    assert set(load_language(language).wording.sentences) == set(sayable())


def test_the_facial_mask_has_its_ten_steps_and_sources() -> None:
    steps = load_routine("facial_mask", "en").steps
    assert [step.phase for step in steps] == (
        [Phase.BRIEFING] * 2 + [Phase.APPLYING, Phase.HOLDING, Phase.REMOVING] + [Phase.AFTERCARE] * 5
    )
    assert [step.only for step in steps] == [None] * 9 + [Daypart.DAY]
    assert all(step.why and step.why.source.link for step in steps[5:])
    assert fresh_session().hold_seconds == 15 * 60


def test_an_unknown_name_is_answered_with_the_nearest() -> None:
    with pytest.raises(ContentError, match='did you mean "facial_mask"'):
        load_routine("facemask", "en")
    with pytest.raises(ContentError, match="choose one of"):
        load_language("tlh")


def test_there_is_something_to_listen_for_in_every_situation() -> None:
    assert {situation: listening_in(situation).question_is_open for situation in SITUATIONS} == {
        **{phase.value: False for phase in Phase},
        "question": True,
        "heard_right": True,
        "how_long": True,
    }
    with pytest.raises(ContentError, match='did you mean "holding"'):
        listening_in("holdin")


def test_the_committed_diagram_is_the_one_of_the_table(pytestconfig: pytest.Config) -> None:
    committed = pytestconfig.rootpath / "docs" / "states.dot"
    assert committed.read_text(encoding="utf-8") == states_in_dot(), "run scripts/draw-states"
