"""What a text is about, whatever the order of its words.

A pattern knows the sentences somebody thought of; a gist takes the others, as long as every word is explained.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection


@dataclass(frozen=True, slots=True)
class Gist:
    """The words that make one meaning."""

    keys: tuple[tuple[frozenset[str], ...], ...]
    """Any one of these makes the meaning: at least one word out of each of its sets must be there."""
    beside: frozenset[str]
    """Words that may stand beside the words of a key."""

    def unexplained(self, words: Collection[str]) -> tuple[str, ...] | None:
        """The words of a text that this meaning leaves unexplained, fewest possible; None if no key is there."""
        leftovers = [
            tuple(word for word in words if word not in self.beside and not any(word in part for part in key))
            for key in self.keys
            if all(not part.isdisjoint(words) for part in key)
        ]
        return min(leftovers, key=len, default=None)
