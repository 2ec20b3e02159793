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
    from voice_coach.ears.recognizers.second_ear import SecondEar


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
_SILENT_SAMPLES = round(0.15 * SAMPLE_RATE)
"""Samples that follow on what was decoded in advance if nobody went on to speak: the end comes so soon only then."""
_CLEAR = 9.0
"""Nats: the score from which a phrase is clear without further views, which can take off the logarithm of 4 at most."""
_CERTAIN = 8.0
"""Nats: the score from which no transcript has ever made a listed phrase another command, unless it names a number."""
_CLEAR_UNLISTED = 14.0
"""The same for a command that no phrase book lists, which needs more."""
_TOO_LITTLE = 2.0
"""Nats: the score below which the second ear can make no command of anything."""
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
        second_ear: is asked about what is unclear in the end; None leaves it out.
    """

    name = "moonshine"

    def __init__(
        self,
        decoder: Decoder,
        views: Sequence[View] = (),
        open_path: OpenPath | None = None,
        second_ear: SecondEar | None = None,
    ) -> None:
        self._decoder = decoder
        self._views = views
        self._open_path = open_path
        self._second_ear = second_ear
        self._pieces: deque[NDArray[np.float32]] = deque(maxlen=_PIECES)
        self._length = 0
        self._foreseen: tuple[int, NBest] | None = None
        """The n-best list of the whole utterance, computed in advance, and the samples that it had then."""
        self._joined: tuple[Sound, Sound] | None = None
        """All sound that is kept, and the whole utterance in it, until more comes: what was decoded is known by it."""

    def begin(self, before: NDArray[np.float32]) -> None:
        """See Recognizer."""
        self._pieces.clear()
        self._pieces.append(before)
        self._length = 0
        self._joined = self._foreseen = None

    def feed(self, sound: NDArray[np.float32]) -> None:
        """See Recognizer."""
        self._pieces.append(sound)
        self._length += len(sound)
        self._joined = None

    def hypotheses(self, *, is_final: bool) -> NBest:
        """See Recognizer. The scores are log-likelihood ratios in nats."""
        if is_final and self._foreseen is not None:
            length, foreseen = self._foreseen
            if self._length - length <= _SILENT_SAMPLES:
                return foreseen
        return self._decoded(is_final=is_final)

    def foresee(self) -> None:
        """See Recognizer."""
        self._foreseen = self._length, self._decoded(is_final=True)

    def _decoded(self, *, is_final: bool) -> NBest:
        heard, utterance = self._join()
        before = heard[: max(0, len(heard) - min(self._length, _LONGEST_SAMPLES))]
        sound = utterance if len(utterance) <= _LONGEST_SAMPLES else utterance[-_LONGEST_SAMPLES:]
        scores = self._scores(sound)
        unlisted = self._unlisted(utterance, scores) if is_final else []
        best_listed = max(scores.values(), default=-np.inf)
        best = max([best_listed, *(one.score for one in unlisted)])
        if is_final and best_listed > _NOTHING and best < _CLEAR:
            scores = combine([scores, *(self._scores(view(sound, before)) for view in self._views)])
        found = sorted([*_listed(scores), *unlisted], key=lambda one: -one.score)
        if is_final and found and self._is_transcribable(utterance):
            found = self._with_rivals(utterance, found)
            if self._second_ear is not None and _is_unclear(found[0]):
                found = self._second_ear.rescored(utterance, found)
        return NBest(self.name, tuple(found))

    def spot_silencer(self) -> Hypothesis | None:
        """See Recognizer."""
        _heard, utterance = self._join()
        if self._open_path is None or not self._is_transcribable(utterance):
            return None
        return self._open_path.spot_silencer(utterance)

    def close(self) -> None:
        """See Recognizer."""
        self._pieces.clear()
        self._joined = self._foreseen = None

    def _join(self) -> tuple[Sound, Sound]:
        """Return all sound that is kept, and the end of it that is the utterance; the same arrays until more comes."""
        if self._joined is None:
            heard = np.concatenate(self._pieces)
            self._joined = heard, heard[max(0, len(heard) - self._length) :]
        return self._joined

    def _unlisted(self, utterance: Sound, scores: Mapping[str, float]) -> list[Hypothesis]:
        """Return the commands of the open path, if the listed phrases need it and the utterance is whole.

        Args:
            utterance: the utterance, or what is kept of it.
            scores: the scores of the listed phrases.
        """
        if self._open_path is None or not self._is_transcribable(utterance):
            return []
        best = max(scores, key=lambda phrase: scores[phrase], default="")
        if best and scores[best] >= _CERTAIN and not self._open_path.names_number(best):
            return []
        return self._open_path.hypotheses(utterance)

    def _is_transcribable(self, utterance: Sound) -> bool:
        """Return whether the utterance is kept whole, and is not too long."""
        return self._length == len(utterance) <= _LONGEST_TRANSCRIBED_SAMPLES

    def _with_rivals(self, sound: NDArray[np.float32], found: list[Hypothesis]) -> list[Hypothesis]:
        """Return hypotheses, best first, in which numbers that sound like the best one's are compared with it."""
        rivals = self._open_path.number_rivals(sound, found[0]) if self._open_path else []
        replaced = {one.text for one in rivals}
        others = [one for one in found if one.text not in replaced]
        return sorted([*others, *rivals], key=lambda one: -one.score)

    def _scores(self, sound: NDArray[np.float32]) -> dict[str, float]:
        return {one.rule: one.score for one in self._decoder.decode(sound)}


def _listed(scores: Mapping[str, float]) -> list[Hypothesis]:
    return [Hypothesis(phrase, score) for phrase, score in scores.items()]


def _is_unclear(best: Hypothesis) -> bool:
    """Return whether the second ear may change what becomes of a hypothesis."""
    return _TOO_LITTLE <= best.score < (_CLEAR if best.phrase is None else _CLEAR_UNLISTED)
