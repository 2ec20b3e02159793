"""How a transcript may spell words of our phrases otherwise: the phrases are lower case, with numbers as words."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_DIGITS = {
    "one": "1", "two": "2", "three": "3", "four": "4", "five": "5", "six": "6", "seven": "7", "eight": "8",
    "nine": "9", "ten": "10", "fifteen": "15", "twenty": "20",
}  # fmt: skip


def spellings(phrases: Iterable[str], language: str) -> Mapping[str, tuple[str, ...]]:
    """Other spellings of the words of phrases, by the word: "I'm" for "i'm", "5" for "five"; English only."""
    if language != "en":
        return {}
    words = {word for phrase in phrases for word in phrase.split()}
    return {word: found for word in sorted(words) if (found := _others(word))}


def _others(word: str) -> tuple[str, ...]:
    if word == "i" or word.startswith("i'"):
        return (word.capitalize(),)
    return (_DIGITS[word],) if word in _DIGITS else ()
