"""The witness `moonshine`: how much more probable is each of our phrases than silence, given this sound."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

import numpy as np

from voice_coach.ears.evidence import SAMPLE_RATE, Candidate, Testimony
from voice_coach.ears.witnesses.views import together

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from voice_coach.ears.closed_grammar import Decoder
    from voice_coach.ears.witnesses.views import View

_LONGEST_SAMPLES = 3 * SAMPLE_RATE
"""Of an utterance that goes on, the last so much is scored: no phrase is longer."""
_PIECES = 256
"""Kept: what is scored in pieces of a frame each, and what was heard before it."""
_CLEAR = 12.0
"""Nats: a score that no other view is needed for."""
_NOTHING = -8.0
"""Nats: a score that no other view has ever raised to a command."""


class MoonshineWitness:
    """Remembers the utterance and scores it when asked; in several views when it has ended and was not clear.

    Args:
        decoder: of the phrases listened for.
        views: the further views.
    """

    name = "moonshine"

    def __init__(self, decoder: Decoder, views: Sequence[View] = ()) -> None:
        self._decoder = decoder
        self._views = views
        self._pieces: deque[NDArray[np.float32]] = deque(maxlen=_PIECES)
        self._length = 0

    def begin(self, before: NDArray[np.float32]) -> None:
        """See Witness."""
        self._pieces.clear()
        self._pieces.append(before)
        self._length = 0

    def feed(self, sound: NDArray[np.float32]) -> None:
        """See Witness."""
        self._pieces.append(sound)
        self._length += len(sound)

    def testify(self, *, is_final: bool) -> Testimony:
        """See Witness. The scores are log-likelihood ratios in nats."""
        heard = np.concatenate(self._pieces)
        start = len(heard) - min(self._length, _LONGEST_SAMPLES, len(heard))
        before, sound = heard[:start], heard[start:]
        scores = self._scores(sound)
        if is_final and _NOTHING < max(scores.values(), default=-np.inf) < _CLEAR:
            scores = together([scores, *(self._scores(view(sound, before)) for view in self._views)])
        ranked = sorted(scores.items(), key=lambda pair: -pair[1])
        return Testimony(self.name, tuple(Candidate(phrase, score) for phrase, score in ranked))

    def close(self) -> None:
        """See Witness."""
        self._pieces.clear()

    def _scores(self, sound: NDArray[np.float32]) -> dict[str, float]:
        return {one.rule: one.score for one in self._decoder.decode(sound)}
