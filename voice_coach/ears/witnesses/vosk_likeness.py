"""How like each phrase is to what two of Vosk's grammars wrote: the scores of a model without "[unk]"."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from voice_coach.ears.evidence import Candidate
from voice_coach.ears.witnesses.misheard import Channel, Misheard, letters

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

GRAMMARS = ("words", "syllables")
"""The two, as tables of what is misheard name them."""
_MOST_CANDIDATES = 10
_FEW_LETTERS = 8
"""Added to the letters that a ratio is shared among: of a short text more must be right."""
_SLOPE, _WORKING_POINT = 10.0, 0.70
"""From nats a letter to the scale of the verdict's thresholds: a command of this many stands at _THRESHOLD."""
_THRESHOLD = 4.8
_UNSETTLED = 2.0
"""So much less is a text worth that may still change, at a pause within a sentence."""

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
        letter_count = sum(_FEW_LETTERS + sum(len(letters(text)) for text in reading) for reading in readings)
        ratios = np.sum([self._ratios(reading) for reading in readings], axis=0) / letter_count
        scores = _SLOPE * (ratios - _WORKING_POINT) + _THRESHOLD - (0.0 if is_final else _UNSETTLED)
        best = np.argsort(-scores, kind="stable")[:_MOST_CANDIDATES]
        return tuple(Candidate(self._phrases[place], float(scores[place])) for place in best)

    def _ratios(self, reading: Reading) -> NDArray[np.float64]:
        """Log-likelihood ratios of all phrases, in nats."""
        both = [misheard.scores(text) for misheard, text in zip(self._misheard, reading, strict=False)]
        return np.asarray(np.sum(both, axis=0))
