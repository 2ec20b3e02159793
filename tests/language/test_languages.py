"""Every language has all that the coach says and reads; nothing is left in English."""

from __future__ import annotations

import tomllib
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import pytest

from voice_coach.cli.options import load_texts as load_command_line_texts
from voice_coach.content_index import languages
from voice_coach.doctor.finding import load_texts
from voice_coach.errors import ContentError
from voice_coach.face.base import load_texts as load_terminal_texts
from voice_coach.integrations.mqtt_messages import load_texts as load_smart_home_texts
from voice_coach.language.intents import MINUTE_INTENTS, SLOTS, Intent
from voice_coach.language.understanding import understand
from voice_coach.language.wording import sentences_schema
from voice_coach.library import load_language, load_routines, routine_names
from voice_coach.mirror.static_files import load_texts as load_mirror_texts
from voice_coach.routines import MASKS, Daypart, Skin
from voice_coach.routines.past_masks import Feeling
from voice_coach.schema import read_document
from voice_coach.tuning.interview import load_script

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from importlib.resources.abc import Traversable

    from voice_coach.language.pack import LanguagePack
    from voice_coach.language.wording import Sentences

CONTENT = files("voice_coach") / "content"
LANGUAGES = languages()
OTHERS = [language for language in LANGUAGES if language != "en"]
TEXTS: Mapping[str, Callable[[LanguagePack], Sentences]] = {
    "command_line": load_command_line_texts,
    "doctor": load_texts,
    "mirror": load_mirror_texts,
    "smart_home": load_smart_home_texts,
    "terminal": load_terminal_texts,
    "tuning": lambda pack: load_script(pack).texts,
}
THE_SAME = frozenset[str]()
"""Sentences that may read like the English ones, such as names."""
SHARED = frozenset({"source", "link", "mask", "only", "id", "language"})
"""Keys of content whose values are no words of the language."""


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", TEXTS)
def test_every_sentence_is_there_with_its_placeholders(name: str, language: str) -> None:
    texts = TEXTS[name](load_language(language))
    assert all(text.strip() for text in texts.texts.values())


@pytest.mark.parametrize("language", OTHERS)
@pytest.mark.parametrize("name", TEXTS)
def test_no_sentence_was_left_in_english(name: str, language: str) -> None:
    here, english = (TEXTS[name](load_language(one)).texts for one in (language, "en"))
    assert {key for key, text in here.items() if text == english[key]} <= THE_SAME


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_a_tuning_and_the_doctor_say_are_phrases_that_are_heard(language: str) -> None:
    book = load_language(language).phrase_book
    commands = load_script(load_language(language)).commands
    assert all(book.by_text[command].minutes is None for command in commands)
    assert len(set(commands)) == len(commands) >= 10
    assert load_texts(load_language(language)).say("recogniser.sample") in book.by_text


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_language_has_every_file_and_says_so_in_it(language: str) -> None:
    here = dict(_toml_files(CONTENT / language))
    assert set(here) >= {name for name, _ in _toml_files(CONTENT / "en")}
    for name, file in here.items():
        content = tomllib.loads(file.read_text(encoding="utf-8"))
        assert content.get("language", language) == language, name


@pytest.mark.parametrize("language", OTHERS)
def test_no_line_of_any_file_was_left_in_english(language: str) -> None:
    english = {text for _, file in _toml_files(CONTENT / "en") for text in _words_in(_parsed(file))}
    left = {text for _, file in _toml_files(CONTENT / language) for text in _words_in(_parsed(file))} & english
    assert left <= THE_SAME


@pytest.mark.parametrize("language", LANGUAGES)
def test_everything_that_can_be_named_has_words(language: str) -> None:
    steps = {step.id for routine in load_routines(language).values() for step in routine.steps}
    named = {slot: _named(language, slot) for slot in SLOTS.values()}
    assert named["mask"] == set(MASKS)
    assert named["skin"] == {skin.value for skin in Skin}
    assert named["feeling"] == {feeling.value for feeling in Feeling}
    assert named["daypart"] == {daypart.value for daypart in Daypart}
    assert _named("en", "step") <= named["step"] <= steps


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_intent_has_wordings_and_the_minutes_have_their_numbers(language: str) -> None:
    phrases = load_language(language).phrase_book.phrases
    assert {phrase.intent for phrase in phrases} == set(Intent)
    for intent in MINUTE_INTENTS:
        assert {phrase.minutes for phrase in phrases if phrase.intent is intent} >= {*range(2, 11), 15, 20}


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_two_intents_collide(language: str) -> None:
    understander = load_language(language).understander
    taken_otherwise = {}
    for phrase in load_language(language).phrase_book.phrases:
        meaning = understand(phrase.text, understander)
        if (meaning.intent, meaning.minutes, meaning.slot_value) != (phrase.intent, phrase.minutes, phrase.slot_value):
            taken_otherwise[phrase.text] = phrase.intent, meaning
    assert taken_otherwise == {}


@pytest.mark.parametrize("language", OTHERS)
def test_every_routine_that_ships_is_there(language: str) -> None:
    assert routine_names(language) == routine_names("en")


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_number_is_said_in_words_of_its_own(language: str) -> None:
    time, days = load_language(language).wording.time, load_language(language).wording.days
    for said in (time.number, time.count, days.times, days.times_a_week):
        assert len({said(number) for number in range(1, 61)}) == 60
    assert not any(character.isdigit() for number in range(61) for character in time.number(number))
    assert len({days.ago(ago, ago % 7) for ago in range(14)}) == 14


def test_a_language_names_its_voices() -> None:
    assert load_language("en").espeak_voices[0] == "en-us"
    assert all(load_language(language).espeak_voices for language in LANGUAGES)


@pytest.mark.parametrize(
    ("table", "complaint"),
    [
        ({}, "left is missing; add a line such as left ="),
        ({"left": 3}, "left must be a text, not 3"),
        ({"left": " "}, "left is blank"),
        ({"left": "{time} left.", "lift": "!"}, '"lift" is unknown here; did you mean "left"'),
        ({"left": "Much is left."}, "left leaves {time} out; put it in"),
        ({"left": "{time}, {title}."}, "left uses {title}, which nothing fills; remove it"),
        ({"left": "{time"}, "left has a brace too many or too few"),
        ({"left": "{time:>5}"}, "left has a brace too many or too few, or more than a name in one"),
    ],
)
def test_a_mistake_in_a_sentence_is_named(table: Mapping[str, Any], complaint: str) -> None:
    schema = sentences_schema({"clock": {"left": "time"}})
    with pytest.raises(ContentError) as raised:
        read_document({"language": "en", "clock": table}, schema, "the tests")
    assert str(raised.value).startswith("In the tests, clock: ")
    assert complaint in str(raised.value)


def _named(language: str, slot: str) -> set[str]:
    phrases = load_language(language).phrase_book.phrases
    return {phrase.slot_value for phrase in phrases if SLOTS.get(phrase.intent) == slot} - {""}


def _toml_files(folder: Traversable, before: str = "") -> Iterator[tuple[str, Traversable]]:
    for entry in folder.iterdir():
        if entry.is_dir():
            yield from _toml_files(entry, f"{before}{entry.name}/")
        elif entry.name.endswith(".toml"):
            yield before + entry.name, entry


def _parsed(file: Traversable) -> dict[str, Any]:
    return tomllib.loads(file.read_text(encoding="utf-8"))


def _words_in(content: object) -> Iterator[str]:
    """All texts with two words or more: a single one may be a name."""
    if isinstance(content, dict):
        for key, value in content.items():
            if key not in SHARED:
                yield from _words_in(value)
    elif isinstance(content, list):
        for value in content:
            yield from _words_in(value)
    elif isinstance(content, str) and len(content.split()) > 1:
        yield content
