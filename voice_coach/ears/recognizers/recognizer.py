"""The protocol of recognisers, and the scores that they give. The decision is made in `ears/rejection.py`."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from voice_coach.language.phrases import Phrase
    from voice_coach.session.commands import Listen

SAMPLE_RATE = 16_000
"""Hz: the rate of all sound that the recognisers are given."""


@dataclass(frozen=True, slots=True)
class Hypothesis:
    """One phrase that an utterance may be, with its score."""

    text: str
    """A phrase of the phrase book, or the free text of a recogniser that transcribes."""
    score: float
    """How much more probable the phrase is than silence, in nats; 0.0 from a recogniser without a scale."""
    phrase: Phrase | None = None
    """The meaning of a text that no phrase book lists; None for a listed one, whose meaning the book knows."""
    certainty: float = 1.0
    """The probability that the text has that meaning, 0 to 1; 1.0 for one that is written down somewhere."""
    is_hint: bool = False
    """Whether the text only hints at that meaning: too little to act on, enough to ask."""


@dataclass(frozen=True, slots=True)
class NBest:
    """The n-best list of one recogniser for one utterance."""

    __test__ = False  # pytest takes each class named Test... for a test

    recognizer: str
    hypotheses: tuple[Hypothesis, ...]
    """The hypotheses, best first; empty when the recogniser found none."""
    has_scale: bool = True
    """Whether the scores can be compared with a threshold; a recogniser without a scale only names a phrase or none."""


@dataclass(frozen=True, slots=True)
class UtteranceScores:
    """Everything that is known of an utterance when it is judged."""

    n_bests: tuple[NBest, ...]
    """The n-best list of each recogniser. The first one names the phrase; the others can only raise its score."""
    listen: Listen
    """The commands that may be taken; its `speaking` is the sentence that the coach said during the utterance."""
    is_final: bool
    """Whether the utterance has certainly ended."""
    is_window: bool = False
    """Whether it is the newest part of a sound that goes on without a pause."""
    follows_speech: bool = False
    """Whether it began so soon after speech that was no command that it may be the rest of a sentence."""
    seconds: float = math.inf
    """Seconds from its onset to its last frame of speech; infinite when the length is not known."""
    level: float = 0.0
    """Level of its loudest frame in the band of the voice, dBFS."""
    usual_level: float | None = None
    """The level of the person's voice by the same measure, from the commands before; None while it is unknown."""
    noise: float = -70.0
    """Level of the noise floor in that band, dBFS."""
    echo: float | None = None
    """The probability, 0 to 1, that it was the coach's own voice; None when that is not known."""
    silencer: Hypothesis | None = None
    """The word for silence that it most resembles (see `Recognizer.spot_silencer`); None when nobody has looked."""

    @property
    def is_at_pause(self) -> bool:
        """Whether it is judged at a pause, after which the person may go on."""
        return not self.is_final and not self.is_window


class Recognizer(Protocol):
    """A recogniser, used by one thread only. Its sound is mono float32 in -1...1 at SAMPLE_RATE."""

    @property
    def name(self) -> str:
        """The recogniser's name on the command line and in NBest."""

    def begin(self, before: NDArray[np.float32]) -> None:
        """Begin a new utterance. `before`, shape (samples,), is the sound up to the utterance's pre-roll."""

    def feed(self, sound: NDArray[np.float32]) -> None:
        """Take the next piece of the utterance, shape (samples,), of any length; the pre-roll comes first."""

    def hypotheses(self, *, is_final: bool) -> NBest:
        """Return the n-best list of the utterance so far; after a call with `is_final` no more of it is fed."""

    def foresee(self) -> None:
        """Compute in advance what `hypotheses` returns at the end, if nothing but silence follows; more may be fed."""

    def spot_silencer(self) -> Hypothesis | None:
        """Return the word for silence, such as "stop", that the utterance so far most resembles.

        Its score is by how many nats it is more probable than anything else that may have been said, so mostly below 0.
        The result is None where the recogniser cannot tell.
        """

    def close(self) -> None:
        """Free the model."""
