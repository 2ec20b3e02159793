"""A text means the same however keyboards, systems and programs write its letters."""

from __future__ import annotations

import unicodedata
from functools import cache
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voice_coach.language.intents import Intent
from voice_coach.language.normalization import plain_letters, plain_words
from voice_coach.language.understanding import understand
from voice_coach.library import load_language

if TYPE_CHECKING:
    from collections.abc import Callable

    from voice_coach.language.understanding import Understood

_APOSTROPHES = (
    "'`\u00b4\u2018\u2019\u201b\u02bc\u02b9\u2032\u2035\u02bb\u02c8\u055a\ua78c\uff07\uff40\u1fbd\u1fef\u1ffd"
)
_UNSEEN = "\u00ad\u200b\u200c\u200d\u2060\ufeff\u200e\u200f\u202a\u202c\u2066\u2069\u034f\ufe0f\u180e\u3164"
_SPACES = " \u00a0\u2002\u2009\u202f\u3000\u2028\t\u205f"
_DASHES = "-\u2010\u2011\u2012\u2013\u2014\u2212\ufe63\uff0d"
_LEADING = "ㄱㄲㄴㄷㄸㄹㅁㅂㅃㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎ"
_VOWELS = "ㅏㅐㅑㅒㅓㅔㅕㅖㅗㅘㅙㅚㅛㅜㅝㅞㅟㅠㅡㅢㅣ"
_FINAL = "ㄱㄲㄳㄴㄵㄶㄷㄹㄺㄻㄼㄽㄾㄿㅀㅁㅂㅄㅅㅆㅇㅈㅊㅋㅌㅍㅎ"
_HALF = {unicodedata.normalize("NFKC", chr(code)): chr(code) for code in range(0xFFA1, 0xFFDD) if chr(code).isalpha()}
LANGUAGES = ("en", "ko")


def _wide(text: str) -> str:
    return "".join(chr(ord(letter) + 0xFEE0) if "!" <= letter <= "~" else letter for letter in text)


def _half_wide(text: str) -> str:
    """Each syllable as its two or three letters of half the width."""
    return "".join(map(_in_halves, text))


def _in_halves(letter: str) -> str:
    place = ord(letter) - 0xAC00
    if not 0 <= place < 11172:
        return letter
    parts = _LEADING[place // 588] + _VOWELS[place % 588 // 28] + (_FINAL[place % 28 - 1] if place % 28 else "")
    return "".join(_HALF[unicodedata.normalize("NFKC", part)] for part in parts)


_SAME: dict[str, Callable[[str], str]] = {
    "decomposed": lambda text: unicodedata.normalize("NFD", text),
    "decomposed and compatible": lambda text: unicodedata.normalize("NFKD", text),
    "compatible": lambda text: unicodedata.normalize("NFKC", text),
    "of full width": _wide,
    "of full width in capitals": lambda text: _wide(text.upper()),
    "of half width": _half_wide,
    "with spaces that do not break": lambda text: text.replace(" ", "\u00a0"),
    "with wide spaces": lambda text: text.replace(" ", "\u3000"),
    "with dashes": lambda text: text.replace(" ", " \u2013 "),
    "with an ellipsis": lambda text: f"{text}\u2026",
    "with a mark at its beginning": lambda text: f"\ufeff{text}\u200e",
}


@cache
def _meanings(language: str) -> dict[str, Understood]:
    """What each phrase means as it is written."""
    understander = load_language(language).understander
    return {
        phrase.text: understand(phrase.text, understander) for phrase in load_language(language).phrase_book.phrases
    }


@pytest.mark.parametrize("kind", _SAME)
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_phrase_means_the_same_in_every_guise(language: str, kind: str) -> None:
    understander = load_language(language).understander
    for text, meaning in _meanings(language).items():
        guise = _SAME[kind](text)
        assert understand(guise, understander) == meaning, guise


@given(st.data())
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_phrase_means_the_same_whatever_is_mixed_into_it(language: str, data: st.DataObject) -> None:
    understander = load_language(language).understander
    text = data.draw(st.sampled_from(load_language(language).phrase_book.phrases)).text
    choices = {" ": _SPACES, "'": _APOSTROPHES, "-": _DASHES}
    typed = "".join(data.draw(st.sampled_from(choices.get(letter, letter + _wide(letter)))) for letter in text)
    for unseen in data.draw(st.lists(st.sampled_from(_UNSEEN), max_size=4)):
        place = data.draw(st.integers(0, len(typed)))
        typed = typed[:place] + unseen + typed[place:]
    if data.draw(st.booleans()):
        typed = unicodedata.normalize("NFD", typed)
    assert understand(typed, understander) == understand(text, understander)


@pytest.mark.parametrize("apostrophe", _APOSTROPHES)
def test_every_apostrophe_is_one(apostrophe: str) -> None:
    meaning = understand(f"I don{apostrophe}t like it, what{apostrophe}s next", load_language("en").understander)
    assert meaning == understand("I don't like it, what's next", load_language("en").understander)
    assert plain_words(f"what{apostrophe}s next") == "what's next"
    assert plain_words(f"{apostrophe}next step{apostrophe}") == "next step"


@pytest.mark.parametrize("five", ["5", "\uff15", "\u0665", "\U0001d7dd", "\u096b"])
def test_every_script_s_digits_are_numbers(five: str) -> None:
    for language, text in (("en", f"add {five} minutes"), ("ko", f"{five}\ubd84 \ucd94\uac00")):
        meaning = understand(text, load_language(language).understander)
        assert (meaning.intent, meaning.minutes) == (Intent.ADD_TIME, 5)


@pytest.mark.parametrize("number", ["\u00bd", "5\u00bd", "5\u00b2", "\u2461", "\u2163"])
def test_what_would_become_another_number_is_not_understood(number: str) -> None:
    assert understand(f"add {number} minutes", load_language("en").understander).intent is None
    assert understand(f"{number}\ubd84 \ucd94\uac00", load_language("ko").understander).intent is None


def test_a_sign_is_no_word() -> None:
    assert plain_words("\u2116 5") == plain_words("5")  # the sign for "number" would become "No"


@pytest.mark.parametrize("letter", ["\u1112\u1161\u11ab", "\uffbe\uffc2\uffa4", "\ud55c"])
def test_hangul_is_put_together(letter: str) -> None:
    assert plain_letters(letter) == "\ud55c"


@given(st.text())
def test_plain_letters_of_plain_letters_are_the_same(text: str) -> None:
    assert plain_letters(plain_letters(text)) == plain_letters(text)
    assert plain_words(plain_words(text)) == plain_words(text)
