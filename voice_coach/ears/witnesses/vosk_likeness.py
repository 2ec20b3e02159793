"""How like each phrase is to what two of Vosk's grammars wrote: the scores of a model without "[unk]"."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from voice_coach.ears.evidence import Candidate
from voice_coach.ears.witnesses.misheard import Channel, Misheard, letters

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    Scores = NDArray[np.float64]

GRAMMARS = ("words", "syllables")
"""The two, as tables of what is misheard name them."""
_MOST_CANDIDATES = 10
_FEW_LETTERS = 8
"""Added to the letters that a ratio is shared among: of a short text more must be right."""
_SLOPE, _WORKING_POINT = 10.0, 0.85
"""From nats a letter to the scale of the verdict's thresholds: a command of this many stands at _THRESHOLD."""
_THRESHOLD = 4.8
_UNSETTLED = 2.0
"""So much less is a text worth that may still change, at a pause within a sentence."""
_MOST_BEGUN = 3
_BEHIND = 0.6
"""So far behind the best, less than the margin of the verdict, a phrase stands that was perhaps begun."""

Reading = tuple[str, ...]
"""What the grammars wrote of one view of a sound, in the order of GRAMMARS; the last may be missing."""


class Likeness:
    """Scores all phrases.

    Args:
        phrases: the candidates.
        table: what the model mishears, as `scripts/bench korean --learn` wrote it; None when nothing was learned.
    """

    def __init__(self, phrases: Sequence[str], table: Path | None = None) -> None:
        self._phrases = phrases
        self._misheard = [
            Misheard(phrases, Channel.load(table, name) if table else Channel.unlearned(phrases)) for name in GRAMMARS
        ]

    def candidates(self, readings: Sequence[Reading], *, is_final: bool = True) -> tuple[Candidate, ...]:
        """The phrases most like what was written, best first; none when nothing was.

        Args:
            readings: of all views of a sound.
            is_final: whether the last words are settled.
        """
        if not any(text for reading in readings for text in reading):
            return ()
        scores = self._scores(readings, Misheard.scores)
        if not is_final:
            scores = self._unless_begun(scores - _UNSETTLED, self._scores(readings, Misheard.beginnings) - _UNSETTLED)
        best = np.argsort(-scores, kind="stable")[:_MOST_CANDIDATES]
        return tuple(Candidate(self._phrases[place], float(scores[place])) for place in best)

    def _unless_begun(self, scores: Scores, beginnings: Scores) -> Scores:
        """Let longer phrases whose beginning fits as well make the best one ambiguous, but none of them win."""
        begun = np.argsort(-beginnings, kind="stable")[:_MOST_BEGUN]
        raised = scores.copy()
        raised[begun] = np.maximum(scores[begun], np.minimum(beginnings[begun], scores.max() - _BEHIND))
        return raised

    def _scores(self, readings: Sequence[Reading], ratios_of: Callable[[Misheard, str], Scores]) -> Scores:
        """On the scale of the verdict, of all phrases."""
        letter_count = sum(_FEW_LETTERS + sum(len(letters(text)) for text in reading) for reading in readings)
        ratios = [
            ratios_of(misheard, text)
            for reading in readings
            for misheard, text in zip(self._misheard, reading, strict=False)
        ]
        return np.asarray(_SLOPE * (np.sum(ratios, axis=0) / letter_count - _WORKING_POINT) + _THRESHOLD)
