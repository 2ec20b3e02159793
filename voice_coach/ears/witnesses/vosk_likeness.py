"""How like each phrase is to what two of Vosk's grammars wrote: the scores of a model without "[unk]"."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from voice_coach.ears.evidence import Candidate
from voice_coach.ears.witnesses.misheard import Channel, Misheard

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

GRAMMARS = ("words", "syllables")
"""The two, as tables of what is misheard name them."""
_MOST_CANDIDATES = 10
_SLOPE, _OFFSET = 0.25, 0.0
"""Brings the scores onto the scale of the verdict's thresholds."""


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

    def candidates(self, texts: Sequence[str]) -> tuple[Candidate, ...]:
        """The phrases most like what was written, best first; none when nothing was.

        Args:
            texts: of each grammar, in the order of GRAMMARS; the last may be missing.
        """
        if not any(texts):
            return ()
        ratios = [misheard.scores(text) for misheard, text in zip(self._misheard, texts, strict=False)]
        scores = np.sum(ratios, axis=0) * _SLOPE + _OFFSET
        best = np.argsort(-scores, kind="stable")[:_MOST_CANDIDATES]
        return tuple(Candidate(self._phrases[place], float(scores[place])) for place in best)
