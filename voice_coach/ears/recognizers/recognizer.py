"""What is known about a sound. Evidence only: `verdict.py` decides."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from voice_coach.session.commands import Listen

SAMPLE_RATE = 16_000
"""Hz: the rate of every sound behind the microphone."""


@dataclass(frozen=True, slots=True)
class Hypothesis:
    """One phrase that a recogniser holds possible."""

    text: str
    """A phrase of the phrase book, or free text of a recogniser that has any."""
    score: float
    """How much more probable the phrase is than silence, in nats; 0.0 from a recogniser without a scale."""


@dataclass(frozen=True, slots=True)
class NBest:
    """All that one recogniser says about one utterance."""

    __test__ = False  # pytest takes each class named Test... for a test

    recognizer: str
    hypotheses: tuple[Hypothesis, ...]
    """Best first; empty when nothing was understood."""
    has_scale: bool = True
    """Whether the scores can be held against a threshold; a recogniser without a scale names a phrase or does not."""


@dataclass(frozen=True, slots=True)
class UtteranceScores:
    """All that is known about one utterance when a decision on it is due."""

    n_bests: tuple[NBest, ...]
    """Of all recognisers; the first is believed, others only add to what it says."""
    listen: Listen
    """What may be taken now; `speaking` is what the coach said during the utterance."""
    is_final: bool
    """Whether the utterance has certainly ended."""
    is_window: bool = False
    """Whether it is a piece of a sound that goes on without a pause."""
    seconds: float = math.inf
    """Length of the utterance, from its onset to its last frame of speech; infinite when it is not known."""
    level: float = 0.0
    """Of its loudest frame in the band of a voice, dBFS."""
    noise: float = -70.0
    """The floor in that band, dBFS."""
    echo: float | None = None
    """How far it may be the coach's own voice, 0 to 1; None when that is not known."""


class Recognizer(Protocol):
    """A recogniser. Used by one thread only; sound is mono float32 in -1...1 at SAMPLE_RATE."""

    @property
    def name(self) -> str:
        """Its name on the command line and in NBest."""

    def begin(self, before: NDArray[np.float32]) -> None:
        """Forget everything: a new utterance follows. `before`, shape (samples,), was heard until its pre-roll."""

    def feed(self, sound: NDArray[np.float32]) -> None:
        """Take the next piece of the utterance, shape (samples,), any length; the pre-roll comes first."""

    def hypotheses(self, *, is_final: bool) -> NBest:
        """Say what the utterance so far may be. May be called several times; with is_final nothing is fed after."""

    def close(self) -> None:
        """Free the model."""
