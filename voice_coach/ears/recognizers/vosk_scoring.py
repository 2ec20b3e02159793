"""Scores phrases by the text that Vosk recognised, with a noisy-channel model of the letters that Vosk confuses.

Vosk often writes words that merely sound like those of a phrase. So the text is not compared word by word: the score
is the probability of the text if the phrase was said, over its probability in any speech. Letters are those of
Unicode's decomposition, in Korean the single sounds of a syllable. The probabilities of right, wrong, missing and added
letters are learned from speech whose text is known (Brill and Moore, 2000, with single letters); for a language without
a table every mistake has the same probability.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from voice_coach.ears.recognizers.recognizer import Hypothesis

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    Costs = NDArray[np.float64]
    from collections.abc import Callable

    Scores = NDArray[np.float64]


_RIGHT, _MISSING, _ADDED = 0.7, 0.1, 0.03
"""Probabilities that a letter is heard right, is missed, or is added, for a model about which nothing was learned."""


def letters(text: str) -> str:
    """Return the letters of a text in Unicode's decomposition, without spaces."""
    return unicodedata.normalize("NFD", text.replace(" ", ""))


@dataclass(frozen=True)
class NoisyChannel:
    """The mistakes of a recogniser in single letters. Costs are negative logarithms of probabilities, in nats."""

    alphabet: str
    """The letters that have costs of their own; the last row or column of each table is for all other letters."""
    taken_for: Costs
    """The cost of hearing a letter when another or the same was said; shape (letter heard, letter said)."""
    added: Costs
    """The cost of hearing a letter that was not said; shape (letters,)."""
    missing: Costs
    """The cost of not hearing a letter that was said; shape (letters,)."""
    anyway: Costs
    """The cost of hearing a letter in any speech; shape (letters,)."""

    @classmethod
    def unlearned(cls, texts: Sequence[str]) -> NoisyChannel:
        """Make a channel in which every mistake has the same probability.

        Args:
            texts: the texts whose letters it knows.
        """
        alphabet = "".join(sorted(set(letters("".join(texts)))))
        size = len(alphabet) + 1
        taken_for = np.full((size, size), (1 - _RIGHT - _MISSING) / size)
        np.fill_diagonal(taken_for, _RIGHT)
        taken_for[-1, -1] = taken_for[0, -1]
        return cls(
            alphabet,
            -np.log(taken_for),
            np.full(size, -np.log(_ADDED / size)),
            np.full(size, -np.log(_MISSING)),
            np.full(size, np.log(size)),
        )

    @classmethod
    def load(cls, path: Path, name: str) -> NoisyChannel:
        """Read a learned channel.

        Args:
            path: the file of the table.
            name: the name of the recogniser in it.

        Raises:
            OSError: the file can't be read.
            KeyError, ValueError: the file holds something else.
        """
        with np.load(path, allow_pickle=False) as table:
            costs = [table[f"{name}_{kind}"].astype(np.float64) for kind in ("taken_for", "added", "missing", "anyway")]
            return cls(str(table[f"{name}_alphabet"]), *costs)

    def indices(self, text: str) -> NDArray[np.intp]:
        """Return the index of each letter of a text in the tables; shape (letters,)."""
        return np.array([self._place(letter) for letter in letters(text)], np.intp)

    def _place(self, letter: str) -> int:
        place = self.alphabet.find(letter)
        return place if place >= 0 else len(self.alphabet)


class ConfusionScorer:
    """Scores phrases by the text that a recogniser wrote.

    Args:
        phrases: the phrases to score.
        channel: the mistakes that the recogniser makes.
    """

    def __init__(self, phrases: Sequence[str], channel: NoisyChannel) -> None:
        self._channel = channel
        said = [channel.indices(phrase) for phrase in phrases]
        self._lengths = np.array([len(one) for one in said])
        self._said = np.zeros((len(said), max(self._lengths, default=0)), np.intp)
        for row, one in zip(self._said, said, strict=True):
            row[: len(one)] = one
        self._missing = channel.missing[self._said]

    def scores(self, heard: str) -> Costs:
        """Return for each phrase log P(text | phrase) - log P(text | any speech), in nats; shape (phrases,).

        Args:
            heard: the text that the recogniser wrote.
        """
        costs, anyway = self._costs(heard)
        return np.asarray(anyway - costs[np.arange(len(costs)), self._lengths])

    def beginnings(self, heard: str) -> Costs:
        """Return the same for the likeliest unfinished beginning of each phrase; shape (phrases,).

        Args:
            heard: the text that the recogniser has written so far.
        """
        costs, anyway = self._costs(heard)
        is_beginning = np.arange(costs.shape[1]) < self._lengths[:, None]
        return np.asarray(anyway - np.where(is_beginning, costs, np.inf).min(axis=1))

    def _costs(self, heard: str) -> tuple[Costs, float]:
        """Return a text's costs: given each beginning of each phrase, shape (phrases, letters + 1), and in any speech.

        The costs are those of Levenshtein's algorithm, letter by letter of the text. A run of missing letters is a
        running minimum once the cost of missing all letters so far is subtracted.
        """
        skipped = np.concatenate([np.zeros((len(self._said), 1)), np.cumsum(self._missing, axis=1)], axis=1)
        costs, anyway = skipped, 0.0
        for letter in self._channel.indices(heard):
            following = costs + self._channel.added[letter]
            following[:, 1:] = np.minimum(following[:, 1:], costs[:, :-1] + self._channel.taken_for[letter][self._said])
            costs = np.minimum.accumulate(following - skipped, axis=1) + skipped
            anyway += float(self._channel.anyway[letter])
        return costs, anyway


GRAMMARS = ("words", "syllables")
"""The names of the two grammars in the tables of NoisyChannel."""
_MOST_CANDIDATES = 10
_FEW_LETTERS = 8
"""Letters that are added to those of a text before a ratio is divided by them, so that a short text must fit better."""
_SLOPE, _WORKING_POINT = 10.0, 0.85
"""They convert nats a letter to the scale of the decision's thresholds: _WORKING_POINT becomes _THRESHOLD."""
_THRESHOLD = 4.8
_UNSETTLED = 2.0
"""Subtracted from scores at a pause, because the text may still change."""
_MOST_BEGUN = 3
"""The most unfinished phrases that count as rivals of the best phrase at a pause."""
_BEHIND = 0.6
"""How far behind the best phrase an unfinished one is placed at most; less than the margin that the decision asks."""

VoskReading = tuple[str, ...]
"""The texts that the grammars recognised in one view of a sound, in the order of GRAMMARS; the last may be missing."""


class VoskScorer:
    """Scores all phrases by the texts of both grammars.

    Args:
        phrases: the phrases to score.
        table: the mistakes of the model, as `scripts/bench korean --learn` wrote them; None if nothing was learned.
    """

    def __init__(self, phrases: Sequence[str], table: Path | None = None) -> None:
        self._phrases = phrases
        self._misheard = [
            ConfusionScorer(phrases, NoisyChannel.load(table, name) if table else NoisyChannel.unlearned(phrases))
            for name in GRAMMARS
        ]

    def candidates(self, readings: Sequence[VoskReading], *, is_final: bool = True) -> tuple[Hypothesis, ...]:
        """Return the phrases that fit the texts best, best first; none if all texts are empty.

        Args:
            readings: the texts of each view of a sound.
            is_final: whether the last words of the texts are settled.
        """
        if not any(text for reading in readings for text in reading):
            return ()
        scores = self._scores(readings, ConfusionScorer.scores)
        if not is_final:
            scores = self._unless_begun(
                scores - _UNSETTLED, self._scores(readings, ConfusionScorer.beginnings) - _UNSETTLED
            )
        best = np.argsort(-scores, kind="stable")[:_MOST_CANDIDATES]
        return tuple(Hypothesis(self._phrases[place], float(scores[place])) for place in best)

    def _unless_begun(self, scores: Scores, beginnings: Scores) -> Scores:
        """Raise unfinished phrases that fit as well, so that the best phrase is ambiguous but none of them wins."""
        begun = np.argsort(-beginnings, kind="stable")[:_MOST_BEGUN]
        raised = scores.copy()
        raised[begun] = np.maximum(scores[begun], np.minimum(beginnings[begun], scores.max() - _BEHIND))
        return raised

    def _scores(self, readings: Sequence[VoskReading], ratios_of: Callable[[ConfusionScorer, str], Scores]) -> Scores:
        """Return the score of each phrase on the scale of the decision's thresholds; shape (phrases,)."""
        letter_count = sum(_FEW_LETTERS + sum(len(letters(text)) for text in reading) for reading in readings)
        ratios = [
            ratios_of(misheard, text)
            for reading in readings
            for misheard, text in zip(self._misheard, reading, strict=False)
        ]
        return np.asarray(_SLOPE * (np.sum(ratios, axis=0) / letter_count - _WORKING_POINT) + _THRESHOLD)
