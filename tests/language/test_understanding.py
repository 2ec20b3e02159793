from __future__ import annotations

import csv
import tomllib
from collections import Counter
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benches.phrasings.judge import number_and_name
from voice_coach.language.intents import MINUTE_INTENTS, Intent
from voice_coach.language.understanding import (
    Understood,
    hinted_intent,
    parse_understander,
    readings,
    rival_texts,
    understand,
    understand_transcript,
)
from voice_coach.library import load_language

if TYPE_CHECKING:
    from voice_coach.language.phrases import Phrase

PHRASINGS = Path(__file__).parent / "phrasings" / "en.tsv"
UNDERSTANDER = load_language("en").understander
EVERYDAY_WORDS = [
    "train",
    "sister",
    "television",
    "film",
    "outside",
    "coffee",
    "milk",
    "towel",
    "shampoo",
    "weather",
    "river",
    "meeting",
    "music",
    "corner",
    "candle",
    "knee",
    "feelings",
    "job",
    "car",
    "dinner",
    "lunch",
    "keys",
    "soap",
    "onions",
    "bread",
    "skirt",
    "neighbour",
    "bakery",
    "harbour",
    "password",
    "letter",
    "phone",
    "she",
    "he",
    "they",
    "bridge",
    "saw",
    "bought",
    "yesterday",
    "tomorrow",
    "blue",
    "broken",
    "kitchen",
    "homework",
]


def _meaning(text: str) -> Understood:
    return understand(text, load_language("en").understander)


def _phrasings(half: str) -> list[tuple[str, Understood]]:
    with PHRASINGS.open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file, delimiter="\t") if row["half"] == half]
    return [(row["text"], _expected(row["intent"], row["slot"])) for row in rows]


def _expected(intents: str, slot: str) -> Understood:
    """Intents are joined with + where two are wished in one breath; the slot is a number, what is named, or both."""
    if intents == "none":
        return Understood(intent=None)
    first, _, second = intents.partition("+")
    number, name = number_and_name(slot)
    return Understood(
        Intent(first),
        minutes=number,
        slot_value=name,
        next_command=Understood(Intent(second)) if second else None,
    )


@pytest.mark.parametrize("phrase", load_language("en").phrase_book.phrases, ids=lambda phrase: phrase.text)
def test_every_listed_phrase_means_its_own_intent_and_minutes(phrase: Phrase) -> None:
    then = Understood(phrase.next_command) if phrase.next_command else None
    assert _meaning(phrase.text) == Understood(phrase.intent, phrase.minutes, phrase.slot_value, then)


@pytest.mark.parametrize(("half", "least_right"), [("tuned_on", 0.98), ("held_out", 0.90)])
def test_unlisted_phrasings_are_understood(half: str, least_right: float) -> None:
    commands = [(text, meaning) for text, meaning in _phrasings(half) if meaning.intent]
    missed = [text for text, meaning in commands if _meaning(text) != meaning]
    assert len(missed) <= (1 - least_right) * len(commands), missed


@pytest.mark.parametrize("half", ["tuned_on", "held_out"])
def test_what_is_no_command_is_not_taken(half: str) -> None:
    taken = {text: _meaning(text).intent for text, meaning in _phrasings(half) if not meaning.intent}
    assert {text: intent for text, intent in taken.items() if intent} == {}


def test_twenty_phrasings_of_every_intent_are_understood() -> None:
    phrasings = [*_phrasings("tuned_on"), *_phrasings("held_out")]
    texts = {text: meaning for text, meaning in phrasings if meaning.intent and not meaning.next_command}
    right = Counter(meaning.intent for text, meaning in texts.items() if _meaning(text) == meaning)
    assert {intent.value: right[intent] for intent in Intent if right[intent] < 20} == {}


def test_no_text_has_two_meanings() -> None:
    """But where it hurts: that is heard first, whatever else was said."""
    texts = {
        *load_language("en").phrase_book.texts,
        *(text for half in ("tuned_on", "held_out") for text, _ in _phrasings(half)),
    }
    read = {text: readings(text, load_language("en").understander) for text in texts}
    collisions = {text: meanings for text, meanings in read.items() if len(meanings) > 1}
    assert {text: meanings for text, meanings in collisions.items() if not _hurts(meanings)} == {}


def _hurts(meanings: set[Understood]) -> bool:
    return {meaning.intent for meaning in meanings} == {Intent.STINGS, Intent.FELT}


@pytest.mark.parametrize("half", ["tuned_on", "held_out"])
def test_no_unlisted_phrasing_stands_in_the_phrase_book(half: str) -> None:
    normaliser = load_language("en").understander.normaliser
    listed = {normaliser.normalise(text) for text in load_language("en").phrase_book.texts}
    assert [text for text, _ in _phrasings(half) if normaliser.normalise(text) in listed] == []


@pytest.mark.parametrize(
    "text",
    [
        "don't go to the next step",
        "please do not start over",
        "don't quit",
        "I don't want to quit",
        "it doesn't sting",
        "it does not hurt at all",
        "never repeat that",
    ],
)
def test_what_is_denied_is_not_taken(text: str) -> None:
    assert _meaning(text).intent is None


@pytest.mark.parametrize(
    ("text", "intent", "about"),
    [
        ("let's do clay today", Intent.MASK, "clay"),
        ("I'd like to use my sheet mask", Intent.MASK, "sheet"),
        ("my skin is pretty sensitive", Intent.SKIN, "sensitive"),
        ("go to the serum", Intent.GO_TO, "serum"),
        ("why toner", Intent.WHY, "toner"),
        ("no toner today", Intent.SKIP, "toner"),
        ("it stung a little", Intent.FELT, "stung"),
        ("it's evening", Intent.DAYPART, "evening"),
    ],
)
def test_what_is_named_is_told(text: str, intent: Intent, about: str) -> None:
    assert _meaning(text) == Understood(intent, slot_value=about)


def test_a_persons_own_steps_can_be_named() -> None:
    content = files("voice_coach") / "content" / "en"
    phrases, common = (
        tomllib.loads((content / f"{name}.toml").read_text("utf-8")) for name in ("phrases", "understanding")
    )
    understander = parse_understander(
        phrases, common, UNDERSTANDER.classifier, {"step": {"mist": ("rose water mist",)}}
    )
    for text in ("go to the rose water mist", "skip the rose water mist", "why the rose water mist"):
        assert understand(text, understander).slot_value == "mist"


@pytest.mark.parametrize("text", ["", "   ", "?!", "um", "please", "hey coach", "could you please", "🙂"])
def test_courtesies_alone_are_no_command(text: str) -> None:
    assert _meaning(text).intent is None


@pytest.mark.parametrize("text", ["stop", "Stop, coach!", "oh stop coach"])
def test_a_bare_stop_pauses(text: str) -> None:
    assert _meaning(text).intent is Intent.PAUSE


@pytest.mark.parametrize(
    ("text", "minutes"),
    [("Add 5 min, please!", 5), ("add twenty-five minutes", 25), ("could you make it a minute longer", 1)],
)
def test_minutes_may_be_written_in_any_way(text: str, minutes: int) -> None:
    assert _meaning(text) == Understood(Intent.ADD_TIME, minutes)


@pytest.mark.parametrize("text", ["another", "a", "one"])
def test_a_word_that_only_may_be_a_number_is_no_number_alone(text: str) -> None:
    assert _meaning(text).minutes is None


@pytest.mark.parametrize(
    ("text", "others"),
    [
        ("about forty minutes", ["about forty minutes", "about fourteen minutes"]),
        ("15 minutes", ["fifteen minutes", "fifty minutes", "fourteen minutes", "nineteen minutes"]),
        ("two minutes", []),
        ("next step", []),
    ],
)
def test_a_number_has_rivals_that_sound_like_it(text: str, others: list[str]) -> None:
    assert rival_texts(text, load_language("en").understander) == others


def test_time_without_a_number_leaves_the_minutes_open() -> None:
    assert _meaning("I need more time") == Understood(Intent.ADD_TIME, None)


def test_a_wish_may_be_said_twice() -> None:
    assert _meaning("wait, hold on").intent is Intent.PAUSE


@given(st.sampled_from(load_language("en").phrase_book.phrases))
def test_case_and_punctuation_change_nothing(phrase: Phrase) -> None:
    assert _meaning(f"  {phrase.text.upper()}... ") == _meaning(phrase.text)


@given(st.text())
def test_normalising_twice_changes_nothing(text: str) -> None:
    normalise = load_language("en").understander.normaliser.normalise
    assert normalise(normalise(text)) == normalise(text)


@given(
    st.lists(st.sampled_from(sorted(load_language("en").understander.normaliser.spellings)), max_size=8).map(" ".join)
)
def test_normalising_spellings_twice_changes_nothing(text: str) -> None:
    normalise = load_language("en").understander.normaliser.normalise
    assert normalise(normalise(text)) == normalise(text)


@given(st.lists(st.sampled_from(EVERYDAY_WORDS), min_size=1, max_size=12).map(" ".join))
def test_everyday_words_are_no_command(text: str) -> None:
    assert _meaning(text).intent is None


UNKNOWN_WORDS = [word for word in EVERYDAY_WORDS if word not in UNDERSTANDER.classifier.words]
"""The others have been learned, in phrasings such as "hang on, my sister is at the door"."""


def test_most_everyday_words_are_no_words_of_commands() -> None:
    assert len(UNKNOWN_WORDS) > 0.7 * len(EVERYDAY_WORDS)


@given(st.sampled_from(load_language("en").phrase_book.phrases), st.sampled_from(UNKNOWN_WORDS), st.integers(0, 9))
def test_one_word_that_nothing_explains_and_a_command_is_not_taken(phrase: Phrase, word: str, position: int) -> None:
    words = phrase.text.split()
    words.insert(position, word)
    assert _meaning(" ".join(words)).intent is None


@given(st.text())
def test_any_text_has_at_most_one_meaning_and_minutes_only_where_they_belong(text: str) -> None:
    meaning = _meaning(text)
    assert meaning.minutes is None or meaning.intent in MINUTE_INTENTS


def test_a_speech_is_no_command() -> None:
    assert _meaning("next step " * 20).intent is None


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("Ok, let's get this mess going.", Intent.START),
        ("And we go back one?", Intent.BACK),
        ("Skip the donor step.", Intent.SKIP),
        ("Go back.", Intent.BACK),
        ("The train leaves at seven.", None),
    ],
)
def test_a_transcript_is_understood_though_a_word_is_written_as_one_that_sounds_like_it(
    written: str, meant: Intent | None
) -> None:
    assert understand_transcript(written, UNDERSTANDER).intent is meant


@pytest.mark.parametrize(
    ("text", "hint"), [("that cream near my lip is hurting me somehow", Intent.STINGS), ("the cat is asleep", None)]
)
def test_words_of_pain_hint_at_a_sting_in_any_sentence(text: str, hint: Intent | None) -> None:
    assert understand(text, UNDERSTANDER).intent is None
    assert hinted_intent(text, UNDERSTANDER) is hint


@pytest.mark.parametrize(
    ("text", "minutes"),
    [("half an hour", 30), ("a quarter of an hour", 15), ("three quarters of an hour", 45), ("an hour", 60),
     ("fifty-seven minutes", 57), ("41 minutes", 41), ("about forty", 40)],
)  # fmt: skip
def test_durations_are_understood_as_minutes(text: str, minutes: int) -> None:
    assert understand(text, UNDERSTANDER) == Understood(Intent.ON_FOR, minutes)
