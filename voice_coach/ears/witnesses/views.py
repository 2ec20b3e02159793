"""Other views of a sound, for when it was not clear: what is scored in several of them together is heard better.

A view takes the utterance and what was heard before it, both of shape (samples,) at SAMPLE_RATE.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import soxr

from voice_coach.ears.evidence import SAMPLE_RATE

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray

    Sound = NDArray[np.float32]
    View = Callable[[Sound, Sound], Sound]

_SLOWER = 1.04
_EARLIER_SAMPLES = round(0.16 * SAMPLE_RATE)


def earlier(sound: Sound, before: Sound) -> Sound:
    """With 160 ms more before it: the model's frames and its levels fall otherwise."""
    return np.concatenate([before[-_EARLIER_SAMPLES:], sound])


def slower(sound: Sound, before: Sound) -> Sound:  # noqa: ARG001 - views share one shape
    """Spoken 4 % slower and lower."""
    return np.asarray(soxr.resample(sound, SAMPLE_RATE, _SLOWER * SAMPLE_RATE), np.float32)


def slower_and_earlier(sound: Sound, before: Sound) -> Sound:
    """Both."""
    return slower(earlier(sound, before), before)


VIEWS = (earlier, slower, slower_and_earlier)


def together(views: Sequence[Mapping[str, float]]) -> dict[str, float]:
    """Log of the mean likelihood ratio of each phrase over some views; it counts for nothing where it was not found."""
    phrases = {phrase for view in views for phrase in view}
    nowhere = -np.inf
    return {
        phrase: float(np.logaddexp.reduce([view.get(phrase, nowhere) for view in views]) - np.log(len(views)))
        for phrase in phrases
    }
