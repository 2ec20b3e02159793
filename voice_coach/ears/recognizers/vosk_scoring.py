"""Scores of phrases against what Vosk wrote: a noisy-channel model of its confusions between letters.

A recogniser that has never heard a phrase's words in this order writes others that sound alike. So its text is not
compared word by word: asked is how probable that text is when a phrase was said, against how probable it is anyway.
Letters are those of Unicode's decomposition, in Korean the single sounds of a syllable. The probabilities of right,
wrong, missing and added letters are learned from speech whose text is known (Brill and Moore, 2000, with single
letters); for a language without a table every mistake is as likely as another.
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
"""Shares of letters, where nothing was learned."""


def letters(text: str) -> str:
    """The letters of a text without its spaces, decomposed."""
    return unicodedata.normalize("NFD", text.replace(" ", ""))


@dataclass(frozen=True)
class NoisyChannel:
    """What a recogniser makes of letters. All costs are in nats, negative logarithms of probabilities."""

    alphabet: str
    """The letters that have costs of their own; one more place, the last, stands for all others."""
    taken_for: Costs
    """Shape (letter heard, letter said)."""
    added: Costs
    """Of a letter heard that was not said."""
    missing: Costs
    """Of a letter said that was not heard."""
    anyway: Costs
    """Of a letter heard in any speech."""

    @classmethod
    def unlearned(cls, texts: Sequence[str]) -> NoisyChannel:
        """A channel in which every mistake is as likely as another.

        Args:
            texts: whose letters it knows.
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
            path: of the table.
            name: of the recogniser in it.

        Raises:
            OSError: the file can't be read.
            KeyError, ValueError: it is none of these tables.
        """
        with np.load(path, allow_pickle=False) as table:
            costs = [table[f"{name}_{kind}"].astype(np.float64) for kind in ("taken_for", "added", "missing", "anyway")]
            return cls(str(table[f"{name}_alphabet"]), *costs)

    def indices(self, text: str) -> NDArray[np.intp]:
        """The places of a text's letters in the tables."""
        return np.array([self._place(letter) for letter in letters(text)], np.intp)

    def _place(self, letter: str) -> int:
        place = self.alphabet.find(letter)
        return place if place >= 0 else len(self.alphabet)


class ConfusionScorer:
    """Scores phrases against what a recogniser wrote.

    Args:
        phrases: the candidates.
        channel: of the recogniser.
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
        """The log-likelihood ratio of each phrase, in nats: this text given the phrase, against this text anyway.

        Args:
            heard: what the recogniser wrote.
        """
        costs, anyway = self._costs(heard)
        return np.asarray(anyway - costs[np.arange(len(costs)), self._lengths])

    def beginnings(self, heard: str) -> Costs:
        """The same, of the likeliest beginning of each phrase that is not yet the whole.

        Args:
            heard: what the recogniser has written so far.
        """
        costs, anyway = self._costs(heard)
        is_beginning = np.arange(costs.shape[1]) < self._lengths[:, None]
        return np.asarray(anyway - np.where(is_beginning, costs, np.inf).min(axis=1))

    def _costs(self, heard: str) -> tuple[Costs, float]:
        """The cost of the text for each beginning of each phrase (its letters along the second axis), and anyway.

        Letter by letter of what was heard: the least cost to have got so far into each phrase (Levenshtein). A run of
        missing letters is a running minimum once the costs of missing everything so far are taken off.
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
"""The two, as tables of what is misheard name them."""
_MOST_CANDIDATES = 10
_FEW_LETTERS = 8
"""Added to the letters that a ratio is shared among: of a short text more must be right."""
_SLOPE, _WORKING_POINT = 10.0, 0.85
"""From nats a letter to the scale of the decision's thresholds: a command of this many stands at _THRESHOLD."""
_THRESHOLD = 4.8
_UNSETTLED = 2.0
"""So much less is a text worth that may still change, at a pause within a sentence."""
_MOST_BEGUN = 3
_BEHIND = 0.6
"""So far behind the best, less than the margin of the decision, a phrase stands that was perhaps begun."""

VoskReading = tuple[str, ...]
"""What the grammars wrote of one view of a sound, in the order of GRAMMARS; the last may be missing."""


class VoskScorer:
    """Scores all phrases.

    Args:
        phrases: the candidates.
        table: what the model mishears, as `scripts/bench korean --learn` wrote it; None when nothing was learned.
    """

    def __init__(self, phrases: Sequence[str], table: Path | None = None) -> None:
        self._phrases = phrases
        self._misheard = [
            ConfusionScorer(phrases, NoisyChannel.load(table, name) if table else NoisyChannel.unlearned(phrases))
            for name in GRAMMARS
        ]

    def candidates(self, readings: Sequence[VoskReading], *, is_final: bool = True) -> tuple[Hypothesis, ...]:
        """The phrases most like what was written, best first; none when nothing was.

        Args:
            readings: of all views of a sound.
            is_final: whether the last words are settled.
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
        """Let longer phrases whose beginning fits as well make the best one ambiguous, but none of them win."""
        begun = np.argsort(-beginnings, kind="stable")[:_MOST_BEGUN]
        raised = scores.copy()
        raised[begun] = np.maximum(scores[begun], np.minimum(beginnings[begun], scores.max() - _BEHIND))
        return raised

    def _scores(self, readings: Sequence[VoskReading], ratios_of: Callable[[ConfusionScorer, str], Scores]) -> Scores:
        """On the scale of the decision, of all phrases."""
        letter_count = sum(_FEW_LETTERS + sum(len(letters(text)) for text in reading) for reading in readings)
        ratios = [
            ratios_of(misheard, text)
            for reading in readings
            for misheard, text in zip(self._misheard, reading, strict=False)
        ]
        return np.asarray(_SLOPE * (np.sum(ratios, axis=0) / letter_count - _WORKING_POINT) + _THRESHOLD)
