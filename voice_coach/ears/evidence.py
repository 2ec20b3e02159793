"""What witnesses say about a sound. Evidence only: `verdict.py` decides."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

SAMPLE_RATE = 16_000
"""Hz: the rate of every sound behind the microphone."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """One phrase that a witness holds possible."""

    text: str
    """A phrase of the phrase book, or free text of a witness that has any."""
    score: float
    """How much more probable the phrase is than silence, in nats; 0.0 from a witness without a scale."""


@dataclass(frozen=True, slots=True)
class Testimony:
    """All that one witness says about one utterance."""

    witness: str
    candidates: tuple[Candidate, ...]
    """Best first; empty when nothing was understood."""
    has_scale: bool = True
    """Whether the scores can be held against a threshold; a witness without a scale names a phrase or does not."""


class Witness(Protocol):
    """A recogniser. Used by one thread only; sound is mono float32 in -1...1 at SAMPLE_RATE."""

    @property
    def name(self) -> str:
        """Its name on the command line and in Testimony."""

    def begin(self) -> None:
        """Forget everything: a new utterance follows."""

    def feed(self, sound: NDArray[np.float32]) -> None:
        """Take the next piece of the utterance, shape (samples,), any length; the pre-roll comes first."""

    def testify(self, *, is_final: bool) -> Testimony:
        """Say what the utterance so far may be. May be called several times; with is_final nothing is fed after."""

    def close(self) -> None:
        """Free the model."""
