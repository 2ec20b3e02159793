from __future__ import annotations

import copy
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

from voice_coach.content_index import languages, shipped_names
from voice_coach.errors import ContentError
from voice_coach.language.intents import ANSWERS, MINUTE_INTENTS, SLOTS, Intent
from voice_coach.language.phrases import Phrase, parse_phrases
from voice_coach.language.understanding import understand
from voice_coach.library import load_language, load_shipped_routine

if TYPE_CHECKING:
    from collections.abc import Callable

CANONICAL = [
    "start the mask",
    "next step",
    "say that again",
    "pause",
    "resume",
    "how much time is left",
    "why",
    "yes",
    "no",
    "help",
    "it stings",
    "it burns",
    "it hurts",
    "start over",
    "quit",
]


def _document() -> dict[str, Any]:
    return {
        "language": "en",
        "numbers": {"one": 1, "two": 2},
        "slots": {name: {"thing": [name]} for name in SLOTS.values()},
        "intents": {intent.value: _said_of(intent) for intent in Intent},
    }


def _said_of(intent: Intent) -> dict[str, object]:
    wording = f"say {intent.value.replace('_', ' ')}"
    said: dict[str, object] = {"suggested": wording, "spoken": [wording]}
    if intent.spec.answer is not None:
        said["answer"] = f"Yes {' '.join(f'{{{name}}}' for name in intent.spec.answer)}"
    return said


def _pair(first: str, then: str, spoken: str = "louder again") -> dict[str, object]:
    return {"first": first, "then": then, "spoken": [spoken]}


def test_two_wishes_in_one_breath_are_a_phrase() -> None:
    document = _document() | {"together": [_pair("louder", "repeat")]}
    assert parse_phrases(document).by_text["louder again"] == Phrase(
        "louder again", Intent.LOUDER, next_command=Intent.REPEAT
    )


def test_thresholds_of_single_words_may_be_whole_or_not() -> None:
    document = _document() | {"word_thresholds": {"back": 6, "done": 6.5}}
    assert parse_phrases(document).word_thresholds == {"back": 6.0, "done": 6.5}
    assert parse_phrases(_document()).word_thresholds == {}


@pytest.mark.parametrize("language", languages())
def test_a_word_with_a_threshold_is_a_command_and_stays_one_beside_own_steps(language: str) -> None:
    pack = load_language(language)
    meanings = {word: understand(word, pack.understander).intent for word in pack.phrase_book.word_thresholds}
    assert not [word for word, intent in meanings.items() if intent is None or intent in ANSWERS]
    routine = load_shipped_routine(shipped_names(language)[0], language)
    assert pack.phrase_book_with(routine).word_thresholds == pack.phrase_book.word_thresholds


def test_a_slot_becomes_a_phrase_for_each_number_with_its_plural() -> None:
    document = _document()
    document["intents"]["add_time"]["spoken"] = ["add <minutes> {minute|minutes}"]
    phrases = [phrase for phrase in parse_phrases(document).phrases if phrase.intent is Intent.ADD_TIME]
    assert phrases == [
        Phrase("add one minute", Intent.ADD_TIME, 1),
        Phrase("add two minutes", Intent.ADD_TIME, 2),
    ]


@pytest.mark.parametrize(
    ("spoil", "complaint"),
    [
        (lambda document: document.pop("language"), "language"),
        (lambda document: document.pop("numbers"), "numbers"),
        (lambda document: document["numbers"].update(half=0.5), "whole number"),
        (lambda document: document.pop("intents"), "intents"),
        (lambda document: document["intents"].pop("quit"), "quit"),
        (lambda document: document.update(word_thresholds={"back": "high"}), "a number of nats"),
        (lambda document: document["intents"].update(dance={"spoken": ["let's dance"]}), "dance"),
        (lambda document: document["intents"]["quit"].update(spoken=[]), "spoken"),
        (lambda document: document["intents"]["quit"].update(spoken="quit"), "spoken"),
        (lambda document: document["intents"]["quit"].update(spoken=["Quit!"]), "Quit!"),
        (lambda document: document["intents"]["quit"].update(spoken=["quit  now"]), "quit  now"),
        (lambda document: document["intents"]["quit"].update(spoken=["quit in <minutes> minutes"]), "<minutes>"),
        (lambda document: document["intents"]["quit"].update(spoken=["say next"]), "say next"),
        (lambda document: document["slots"].update(mask={"clay": ["mud"], "gel": ["mud"]}), "two values"),
        (lambda document: document.update(together=[_pair("louder", "dance")]), "dance"),
        (lambda document: document.update(together=[_pair("louder", "quit")]), "not safe"),
        (lambda document: document.update(together=[_pair("louder", "repeat", "say next")]), "say next"),
    ],
)
def test_a_broken_document_is_refused_with_what_is_wrong(
    spoil: Callable[[dict[str, Any]], object], complaint: str
) -> None:
    document = copy.deepcopy(_document())
    spoil(document)
    with pytest.raises(ContentError, match=complaint):
        parse_phrases(document)


def test_every_intent_has_at_least_twenty_wordings() -> None:
    wordings = Counter(phrase.intent for phrase in load_language("en").phrase_book.phrases)
    assert {intent for intent in Intent if wordings[intent] < 20} == set()


def test_the_canonical_phrases_are_listed() -> None:
    assert set(CANONICAL) <= set(load_language("en").phrase_book.texts)


def test_minutes_belong_to_the_intents_that_carry_them() -> None:
    assert {phrase.intent for phrase in load_language("en").phrase_book.phrases if phrase.minutes} == MINUTE_INTENTS


def test_no_single_word_says_that_it_stings() -> None:
    assert all(
        phrase.word_count >= 2 for phrase in load_language("en").phrase_book.phrases if phrase.intent is Intent.STINGS
    )


def test_no_wording_is_the_beginning_of_a_wording_with_another_meaning() -> None:
    """Such a pair makes the ears wait for what follows. Only "ten minutes", rarely asked for, may be one."""
    phrases = load_language("en").phrase_book.phrases
    pairs = [
        (short.text, long.text)
        for short in phrases
        if short.intent is not Intent.ON_FOR
        for long in phrases
        if long.text.startswith(f"{short.text} ")
        and (long.intent, long.minutes, long.next_command) != (short.intent, short.minutes, short.next_command)
    ]
    assert pairs == []
