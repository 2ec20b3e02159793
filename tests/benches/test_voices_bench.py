"""The arithmetic of the bench of the voices."""

from __future__ import annotations

import pytest

from benches.voices.run import compared_words, said_in, sentences, words_wrong
from voice_coach.library import load_language


@pytest.mark.parametrize(
    ("said", "heard", "wrong"),
    [
        ("rinse it off", "rinse it off", 0),
        ("rinse it off", "brings it off", 1),
        ("rinse it off", "rinse off", 1),
        ("rinse it off", "rinse it all off", 1),
        ("serum or skin", "serenity or skin to", 2),
        ("", "hello", 1),
        ("rinse it off", "", 3),
    ],
)
def test_each_word_that_is_another_one_or_missing_or_added_is_wrong(said: str, heard: str, wrong: int) -> None:
    assert words_wrong(said.split(), heard.split()) == wrong


def test_another_spelling_is_no_wrong_word() -> None:
    number = load_language("en").wording.time.number
    said = compared_words("Don't wait: 15 minutes, 50 % of your make-up.", number)
    assert said == compared_words("dont wait fifteen minutes, fifty percent of your makeup", number)


def test_of_a_routine_counts_what_is_said_and_not_what_is_understood() -> None:
    step = {
        "title": "Cleanse",
        "words": ["wash"],
        "source": {"name": "A", "link": "https://b"},
        "skin": {"dry": {"how": "Softly."}},
    }
    assert list(said_in({"steps": [step], "name": "Clay mask"})) == ["Cleanse", "Softly."]


def test_the_sentences_have_no_gaps_and_are_many() -> None:
    texts = sentences()
    assert len(texts) == len(set(texts)) > 100
    assert not [text for text in texts if "{" in text or "://" in text]
