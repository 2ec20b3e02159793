"""The witness `moonshine`: how much more probable is each of our phrases than silence, given this sound."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from voice_coach.ears.evidence import Candidate, Testimony

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from voice_coach.ears.closed_grammar import Decoder


class MoonshineWitness:
    """Remembers the utterance and scores it when asked.

    Args:
        decoder: of the phrases listened for.
    """

    name = "moonshine"

    def __init__(self, decoder: Decoder) -> None:
        self._decoder = decoder
        self._pieces: list[NDArray[np.float32]] = []

    def begin(self) -> None:
        """See Witness."""
        self._pieces = []

    def feed(self, sound: NDArray[np.float32]) -> None:
        """See Witness."""
        self._pieces.append(sound)

    def testify(self, *, is_final: bool) -> Testimony:  # noqa: ARG002 - an utterance is scored alike, ended or not
        """See Witness. The scores are log-likelihood ratios in nats."""
        found = self._decoder.decode(np.concatenate(self._pieces))
        return Testimony(self.name, tuple(Candidate(one.rule, one.score) for one in found))

    def close(self) -> None:
        """See Witness."""
        self._pieces = []
