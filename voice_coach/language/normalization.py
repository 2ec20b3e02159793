"""Turns text as people write it into plain lower case words, so that texts can be compared."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field
from enum import Enum
from itertools import groupby
from typing import TYPE_CHECKING

from voice_coach.errors import ContentError

if TYPE_CHECKING:
    from collections.abc import Mapping

_APOSTROPHES = dict.fromkeys(
    map(ord, "`\u00b4\u02b9\u02bb\u02bc\u02bd\u02c8\u02ca\u02cb\u055a\u05f3\u1fbd\u1fef\u1ffd"
             "\u2018\u2019\u201b\u2032\u2035\ua78c\uff07\uff40"),
    "'",
)  # fmt: skip
"""The characters that are used as an apostrophe, each replaced by "'". This comes before Unicode's normalization, which
would make an acute accent a space with an accent."""
_NOT_SEEN = re.compile("[\u034f\u115f\u1160\u3164\ufe00-\ufe0f\uffa0]")
"""Invisible characters that are removed: joiners, fillers, variation selectors. Others, such as soft hyphens, are found
by their Unicode category."""
_HALF_WIDTH_HANGUL = re.compile("[\uffa1-\uffdc]+")
_OPEN_SYLLABLE_AND_LETTER = re.compile("([\uac00-\ud7a3])([\u1100-\u1121])")
_FINALS = {0x1100: 1, 0x1101: 2, 0x1102: 4, 0x1103: 7, 0x1105: 8, 0x1106: 16, 0x1107: 17, 0x1109: 19, 0x110A: 20,
           0x110B: 21, 0x110C: 22, 0x110E: 23, 0x110F: 24, 0x1110: 25, 0x1111: 26, 0x1112: 27,
           0x111A: 15, 0x1121: 18}  # fmt: skip
"""For each initial consonant of Hangul, the number that is added to the code of an open syllable to close it with that
consonant (Unicode Standard, section 3.12)."""
_FINALS_A_SYLLABLE = 28
_NUMBER_OR_LETTER = re.compile(r"\d+|[^\W\d_]")
_NOT_A_WORD = re.compile(r"[^\w']+|_+|(?<!\w)'+|'+(?!\w)")


def plain_words(text: str) -> str:
    """Return the text as lower case words and digits with single spaces, without punctuation but inner apostrophes."""
    return " ".join(_NOT_A_WORD.sub(" ", plain_letters(text)).split())


def with_capital_i(word: str) -> str:
    """Return a plain word as English writes it: "I" and "I'm" with a capital letter, every other one as it is."""
    return word.capitalize() if word == "i" or word.startswith("i'") else word


def plain_letters(text: str) -> str:
    """Return the text in lower case, each letter in its most usual Unicode form.

    Full-width letters and digits, decomposed Hangul (as macOS writes it), half-width Hangul and all apostrophes become
    the usual ones (NFKC), and invisible characters are removed. Signs such as fractions stay as they are: NFKC would
    make three characters of the sign for one half.
    """
    if text.isascii():
        return text.lower().translate(_APOSTROPHES)
    text = _HALF_WIDTH_HANGUL.sub(_composed, _NOT_SEEN.sub("", text.translate(_APOSTROPHES)))
    kinds = ((kind, "".join(letters)) for kind, letters in groupby(text, _kind_of))
    plain = "".join(letters if kind is _Kind.ITSELF else _compatible(letters, kind) for kind, letters in kinds)
    return unicodedata.normalize("NFC", plain.lower())


class WordGroups:
    """Groups of words that are replaced by others.

    Args:
        replacements: the groups, each with the words that replace it.
    """

    def __init__(self, replacements: Mapping[str, str]) -> None:
        self.replacements = replacements
        longest_first = sorted(replacements, key=len, reverse=True)
        self._pattern = re.compile(rf"(?<!\S)(?:{'|'.join(map(re.escape, longest_first))})(?!\S)")

    def replace(self, text: str) -> str:
        """Replace the groups in a text of words with single spaces, the longest one first."""
        return self._pattern.sub(lambda found: self.replacements[found[0]], text) if self.replacements else text


class _Kind(Enum):
    """The ways in which a character is brought to its usual form."""

    COMPATIBLE = "NFKC"
    DIGIT = "by its value"
    ITSELF = "not at all"
    UNSEEN = "by going"


def _kind_of(letter: str) -> _Kind:
    match unicodedata.category(letter):
        case "Nd":
            return _Kind.DIGIT
        case "No" | "Nl" | "So":  # fractions, powers, numbers in circles; signs such as that for "number"
            return _Kind.ITSELF
        case "Cf":  # soft hyphens, spaces without a width, directions
            return _Kind.UNSEEN
        case _:
            return _Kind.COMPATIBLE


def _compatible(letters: str, kind: _Kind) -> str:
    if kind is _Kind.DIGIT:
        return "".join(str(unicodedata.decimal(letter)) for letter in letters)
    return "" if kind is _Kind.UNSEEN else unicodedata.normalize("NFKC", letters)


def _composed(half_width: re.Match[str]) -> str:
    """Compose half-width Hangul to syllables. NFKC alone would let each consonant begin a syllable, never end one."""
    return _OPEN_SYLLABLE_AND_LETTER.sub(_closed, unicodedata.normalize("NFKC", half_width[0]))


def _closed(found: re.Match[str]) -> str:
    syllable, letter = found.groups()
    is_open = (ord(syllable) - 0xAC00) % _FINALS_A_SYLLABLE == 0
    final = _FINALS.get(ord(letter)) if is_open else None
    return chr(ord(syllable) + final) if final else found[0]


@dataclass(frozen=True, slots=True)
class Normaliser:
    """The rules that bring a text to its normal form. Normalizing a text twice gives the same as once."""

    spellings: Mapping[str, str]
    """The words, contractions and numbers in digits that are replaced, with their replacements, which may be empty."""
    groups: WordGroups = field(default_factory=lambda: WordGroups({}))
    """Groups of words in normal form with their replacements, such as "half an hour" with "thirty minutes"."""
    by_letter: bool = False
    """Whether each letter counts as a word, as for Korean, where people put spaces between words or leave them out."""

    def __post_init__(self) -> None:
        """Check that no replacement holds a word that is itself replaced.

        Raises:
            ContentError: one does, or a spelling is malformed.
        """
        for wrong, right in self.spellings.items():
            circular = sorted(set(right.split()) & self.spellings.keys())
            if circular or not wrong or wrong != plain_words(wrong) or " " in wrong or right != plain_words(right):
                msg = (
                    f"The spelling {wrong!r} = {right!r} is malformed or goes in circles; "
                    "replace one lower case word by words that are not replaced themselves."
                )
                raise ContentError(msg)
        for group, others in self.groups.replacements.items():
            if self._respelled(group) != group or self.normalise(others) != others:
                msg = (
                    f"The group {group!r} = {others!r} is malformed or goes in circles; "
                    "replace words in normal form by words that are not replaced themselves."
                )
                raise ContentError(msg)

    def normalise(self, text: str) -> str:
        """Return the words of a text, each replaced by its normal form."""
        return self.groups.replace(self._respelled(text))

    def _respelled(self, text: str) -> str:
        replaced = (self.spellings.get(word, word) for word in self._words(text))
        return " ".join(word for words in replaced for word in self._words(words))

    def _words(self, text: str) -> list[str]:
        words = plain_words(text)
        return _NUMBER_OR_LETTER.findall(words) if self.by_letter else words.split()
