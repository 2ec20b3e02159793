"""Text as people write it to plain words."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING

from voice_coach.errors import ContentError

if TYPE_CHECKING:
    from collections.abc import Mapping

_APOSTROPHES = str.maketrans({"\u2019": "'", "\u2018": "'", "\u02bc": "'", "\u0060": "'"})
_NUMBER_OR_LETTER = re.compile(r"\d+|[^\W\d_]")
_NOT_A_WORD = re.compile(r"[^\w']+|_+|(?<!\w)'+|'+(?!\w)")


def plain_words(text: str) -> str:
    """Lower case words and digits with single spaces; of all punctuation only apostrophes inside words stay."""
    text = unicodedata.normalize("NFC", text.lower()).translate(_APOSTROPHES)
    return " ".join(_NOT_A_WORD.sub(" ", text).split())


@dataclass(frozen=True, slots=True)
class Normaliser:
    """Brings a text to its normal form. Normalising twice changes nothing more."""

    spellings: Mapping[str, str]
    """What is replaced (a word, contraction or number in digits) by what, which may be empty."""
    by_letter: bool = False
    """For a language that is written together or apart at will, such as Korean: each letter counts as a word."""

    def __post_init__(self) -> None:
        """Check that replacing comes to an end.

        Raises:
            ContentError: something that is to be replaced stands in a normal form.
        """
        for wrong, right in self.spellings.items():
            circular = sorted(set(right.split()) & self.spellings.keys())
            if circular or not wrong or wrong != plain_words(wrong) or " " in wrong or right != plain_words(right):
                msg = (
                    f"The spelling {wrong!r} = {right!r} is malformed or goes in circles; "
                    "replace one lower case word by words that are not replaced themselves."
                )
                raise ContentError(msg)

    def normalise(self, text: str) -> str:
        """Plain words, each replaced by its normal form."""
        replaced = (self.spellings.get(word, word) for word in self._words(text))
        return " ".join(word for words in replaced for word in self._words(words))

    def _words(self, text: str) -> list[str]:
        words = plain_words(text)
        return _NUMBER_OR_LETTER.findall(words) if self.by_letter else words.split()
