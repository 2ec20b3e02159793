"""What the steps of a person's own routine are called, and what they cannot be called."""

from __future__ import annotations

from typing import TYPE_CHECKING

from voice_coach.language.phrases import PHRASES as PHRASES_SCHEMA
from voice_coach.language.phrases import parse_phrases
from voice_coach.language.step_names import StepNames, TitleWords, Unspeakable, names_of
from voice_coach.library import load_language
from voice_coach.routines import parse_routine

if TYPE_CHECKING:
    from voice_coach.routines import Routine

PHRASES = dict(load_language("en").document("phrases", PHRASES_SCHEMA).content)
BOOK = parse_phrases(PHRASES)
WORDS = TitleWords(frozenset({"apply", "put", "on", "the", "rinse", "your", "wash"}), frozenset({"off", "away"}))


def routine(*titles: str, words: tuple[str, ...] = ()) -> Routine:
    """Steps of these titles, the first one with further names."""
    steps = [
        {"title": title, "say": "Do it."} | ({} if at or not words else {"words": list(words)})
        for at, title in enumerate(titles)
    ]
    return parse_routine({"name": "Mine", "language": "en", "steps": steps}, "mine", own_source="me")


def found(*titles: str, words: tuple[str, ...] = ()) -> StepNames:
    return names_of(routine(*titles, words=words), WORDS, BOOK, PHRASES)


def test_a_title_without_its_verb_and_articles_is_a_name() -> None:
    names = found("Put on the rose water", "Serum", "Rinse your mask off").by_step
    assert names == {"put_on_the_rose_water": ("rose water",), "serum": ("serum",), "rinse_your_mask_off": ("mask",)}


def test_further_words_come_first_whatever_letters_they_are_in() -> None:
    assert found("Serum", words=("My  Drops", "Rosie\u2019s best")).by_step["serum"] == (
        "my drops",
        "rosie's best",
        "serum",
    )


def test_a_name_of_two_steps_is_left_to_the_one_that_says_so_itself() -> None:
    equally = found("Cream", "Apply the cream")
    assert equally.by_step == {"cream": ("cream",), "apply_the_cream": ("apply",)}
    names = found("Night oil", "Cream", words=("cream",))
    assert names.by_step["night_oil"] == ("cream", "night oil")
    assert Unspeakable("cream", "cream", "another step is called so, too") in names.left_out


def test_a_name_that_would_make_another_command_is_left_out() -> None:
    names = found("Serum", words=("next step", "step 2", "a b c d e"))
    assert names.by_step["serum"] == ("serum",)
    assert [(one.name, one.reason) for one in names.left_out] == [
        ("next step", '"go to the next step" means something else'),
        ("step 2", "only letters, apostrophes and single spaces can be spoken"),
        ("a b c d e", "a name has at most 4 words"),
    ]


def test_with_the_names_a_book_has_the_phrases_of_every_step() -> None:
    book = parse_phrases(PHRASES, {"step": found("Put on the rose water").by_step})
    phrase = book.by_text["go to the rose water"]
    assert (phrase.intent.value, phrase.slot_value) == ("go_to", "put_on_the_rose_water")
    assert book.by_text["skip the rose water"].slot_value == "put_on_the_rose_water"
    assert set(BOOK.texts) < set(book.texts)
