"""Words of phrases, put together of those that a Vosk model knows.

The vocabulary of an agglutinating language is one of pieces (Korean 남, 았어요): hardly a word with its ending is in
it, yet nearly each can be put together.
"""

from __future__ import annotations

import heapq
import unicodedata
from itertools import product
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

_MOST_PIECES = 4
"""Of one word."""
_WAYS_OF_WORD = 3
_WAYS_OF_PHRASE = 6


def spelled(phrase: str, is_known: Callable[[str], bool]) -> tuple[str, ...]:
    """Ways to spell a phrase in the words that a model knows, the one of the fewest and longest words first.

    Args:
        phrase: words with single spaces.
        is_known: whether the model has a word.

    Returns:
        The phrase itself when all its words are known; otherwise a few ways, none when there is no way.
    """
    ways = [_ways(word, is_known) for word in phrase.split()]
    if not all(ways):
        return ()
    found = sorted(product(*ways), key=lambda words: sum(map(len, words)))[:_WAYS_OF_PHRASE]
    return tuple(" ".join(piece for pieces in words for piece in pieces) for words in found)


def syllables(phrases: Iterable[str], is_known: Callable[[str], bool]) -> frozenset[str]:
    """The syllables of phrases that are words of the model by themselves; none for a script that has no syllables.

    Args:
        phrases: of one language.
        is_known: whether the model has a word.
    """
    signs = {sign for phrase in phrases for sign in phrase if len(unicodedata.normalize("NFD", sign)) > 1}
    return frozenset(sign for sign in signs if is_known(sign))


def _ways(word: str, is_known: Callable[[str], bool]) -> list[tuple[str, ...]]:
    """Ways to cut a word, best first: few pieces, one long piece rather than two halves, the stem before the ending."""
    if is_known(word):
        return [(word,)]
    return heapq.nsmallest(_WAYS_OF_WORD, _cuts(word, is_known, _MOST_PIECES), key=_cost)


def _cuts(word: str, is_known: Callable[[str], bool], most: int) -> list[tuple[str, ...]]:
    if not word:
        return [()]
    if not most:
        return []
    heads = (word[:length] for length in range(len(word), 0, -1))
    return [(head, *rest) for head in heads if is_known(head) for rest in _cuts(word[len(head) :], is_known, most - 1)]


def _cost(pieces: tuple[str, ...]) -> tuple[int, int, list[int]]:
    lengths = [len(piece) for piece in pieces]
    return len(pieces), -sum(length * length for length in lengths), [-length for length in lengths]
