"""The closed-grammar decoder and the open path as a recogniser, which looks closer at an unclear utterance.

A view is a function from the utterance and the sound before it to a sound, all of shape (samples,) at SAMPLE_RATE.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

import numpy as np
import soxr

from voice_coach.ears.recognizers.recognizer import SAMPLE_RATE, Hypothesis, NBest

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray

    Sound = NDArray[np.float32]
    View = Callable[[Sound, Sound], Sound]
    from voice_coach.ears.closed_grammar import Decoder
    from voice_coach.ears.recognizers.open_path import OpenPath


_SLOWER = 1.04
_EARLIER_SAMPLES = round(0.16 * SAMPLE_RATE)


def earlier(sound: Sound, before: Sound) -> Sound:
    """Put 160 ms of the sound before the utterance in front of it, which shifts the model's frames and its levels."""
    return np.concatenate([before[-_EARLIER_SAMPLES:], sound])


def slower(sound: Sound, before: Sound) -> Sound:  # noqa: ARG001 - views share one shape
    """Make the utterance 4 % slower and lower."""
    return np.asarray(soxr.resample(sound, SAMPLE_RATE, _SLOWER * SAMPLE_RATE), np.float32)


def slower_and_earlier(sound: Sound, before: Sound) -> Sound:
    """Put 160 ms in front of the utterance, and make it 4 % slower and lower."""
    return slower(earlier(sound, before), before)


AUGMENTATIONS = (earlier, slower, slower_and_earlier)


def combine(views: Sequence[Mapping[str, float]]) -> dict[str, float]:
    """Return the log of each phrase's mean likelihood ratio over views; a view without the phrase counts as 0."""
    phrases = {phrase for view in views for phrase in view}
    nowhere = -np.inf
    return {
        phrase: float(np.logaddexp.reduce([view.get(phrase, nowhere) for view in views]) - np.log(len(views)))
        for phrase in phrases
    }


_LONGEST_SAMPLES = 3 * SAMPLE_RATE
"""Samples at the end of a long utterance that are scored; no phrase is longer."""
_LONGEST_TRANSCRIBED_SAMPLES = 4 * SAMPLE_RATE
"""Samples of the longest utterance that is transcribed freely. Commands are shorter, and talk that goes on would cost
much time on a small machine."""
_PIECES = 256
"""Pieces of sound that are kept: those that are scored, of a frame each, and the sound before the utterance."""
_CLEAR = 12.0
"""Nats: the score from which a phrase is clear without further views."""
_CERTAIN = 8.0
"""Nats: the score from which no transcript has ever made a listed phrase another command, unless it names a number."""
_NOTHING = -8.0
"""Nats: the score below which further views have never made a phrase a command."""


class MoonshineRecognizer:
    """A recogniser that scores an utterance with the decoder.

    When the utterance has ended and no phrase is clear, it is also transcribed freely, and the phrases are scored in
    several views.

    Args:
        decoder: the decoder of the phrases to listen for.
        views: the further views.
        open_path: finds commands that are not listed; None leaves them out.
    """

    name = "moonshine"

    def __init__(self, decoder: Decoder, views: Sequence[View] = (), open_path: OpenPath | None = None) -> None:
        self._decoder = decoder
        self._views = views
        self._open_path = open_path
        self._pieces: deque[NDArray[np.float32]] = deque(maxlen=_PIECES)
        self._length = 0

    def begin(self, before: NDArray[np.float32]) -> None:
        """See Recognizer."""
        self._pieces.clear()
        self._pieces.append(before)
        self._length = 0

    def feed(self, sound: NDArray[np.float32]) -> None:
        """See Recognizer."""
        self._pieces.append(sound)
        self._length += len(sound)

    def hypotheses(self, *, is_final: bool) -> NBest:
        """See Recognizer. The scores are log-likelihood ratios in nats."""
        heard = np.concatenate(self._pieces)
        start = len(heard) - min(self._length, _LONGEST_SAMPLES, len(heard))
        before, sound = heard[:start], heard[start:]
        scores = self._scores(sound)
        unlisted = self._unlisted(heard, sound, scores) if is_final else []
        best_listed = max(scores.values(), default=-np.inf)
        best = max([best_listed, *(one.score for one in unlisted)])
        if is_final and best_listed > _NOTHING and best < _CLEAR:
            scores = combine([scores, *(self._scores(view(sound, before)) for view in self._views)])
        listed = [Hypothesis(phrase, score) for phrase, score in scores.items()]
        return NBest(self.name, tuple(sorted([*listed, *unlisted], key=lambda one: -one.score)))

    def close(self) -> None:
        """See Recognizer."""
        self._pieces.clear()

    def _unlisted(
        self, heard: NDArray[np.float32], sound: NDArray[np.float32], scores: Mapping[str, float]
    ) -> list[Hypothesis]:
        """Return the commands of the open path, if the listed phrases need it and the utterance is whole.

        Args:
            heard: all sound that is kept.
            sound: the end of it, with these scores.
            scores: the scores of the listed phrases.
        """
        if self._open_path is None or self._length > min(len(heard), _LONGEST_TRANSCRIBED_SAMPLES):
            return []
        best = max(scores, key=lambda phrase: scores[phrase], default="")
        if best and scores[best] >= _CERTAIN and not self._open_path.names_number(best):
            return []
        is_whole = self._length == len(sound)  # then it has just been encoded
        return self._open_path.hypotheses(sound if is_whole else heard[len(heard) - self._length :])

    def _scores(self, sound: NDArray[np.float32]) -> dict[str, float]:
        return {one.rule: one.score for one in self._decoder.decode(sound)}
