"""Where a sentence can be taken apart: between two wishes, and where somebody takes back what they said."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import re
    from collections.abc import Iterator, Sequence

    Halves = tuple[Sequence[str], Sequence[str]]
    Thirds = tuple[Sequence[str], Sequence[str], Sequence[str]]


@dataclass(frozen=True, slots=True)
class Seams:
    """The words of one language at which a sentence falls in two. Patterns match words with a space after each."""

    joints: re.Pattern[str]
    """Between two wishes of one breath: "and", "then"."""
    corrections: re.Pattern[str]
    """After them comes what was meant: "no wait", "I meant"."""
    afterthoughts: re.Pattern[str]
    """They end a sentence, and confirm what stands before: "I mean"."""
    denied: frozenset[str]
    """With these a single word of correction makes a denial: "no more" corrects nothing."""

    def joined(self, words: Sequence[str]) -> Iterator[Halves]:
        """Both halves around each joint."""
        return ((before, after) for before, _, after in _around(self.joints, words) if before and after)

    def corrected(self, words: Sequence[str]) -> Iterator[Halves]:
        """What was said first, which may be nothing, and what was meant instead."""
        for before, correction, after in _around(self.corrections, words):
            if after and not (len(correction) == 1 and after[0] in self.denied):
                yield before, after
        for before, _, after in _around(self.afterthoughts, words):
            if before and not after:
                yield after, before


def spaced(words: Sequence[str]) -> str:
    """The words as patterns want them: a space after each, after the last one too."""
    return "".join(f"{word} " for word in words)


def _around(pattern: re.Pattern[str], words: Sequence[str]) -> Iterator[Thirds]:
    for start in range(len(words)):
        for end in range(start + 1, len(words) + 1):
            if pattern.fullmatch(spaced(words[start:end])):
                yield words[:start], words[start:end], words[end:]
