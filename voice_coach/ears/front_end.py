"""What may be done to the sound before it is heard: the place for echo cancelling and for taking off noise."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Sound = NDArray[np.float32]


class Cleaned(NamedTuple):
    """A piece of sound without the coach's own voice, shape (samples,) at SAMPLE_RATE."""

    sound: Sound
    echo: Sound
    """What may be left of that voice in it, of the same shape: only its level in each band counts."""


class FrontEnd(Protocol):
    """Cleans a stream of sound."""

    def clean(self, sound: Sound, captured_at: float) -> Cleaned:
        """The next piece, cleaned; may be shorter or longer, as blocks come.

        Args:
            sound: shape (samples,) at SAMPLE_RATE.
            captured_at: when its first sample was heard, monotonic seconds, a few hundredths of a second more or less.
        """

    def explained(self, start: float, end: float) -> float | None:
        """How far what was heard between two times, in seconds of cleaned sound, may have been the coach: 0 to 1.

        None from a front end that can't tell.
        """


class Untouched:
    """Leaves the sound as it is."""

    def clean(self, sound: Sound, captured_at: float) -> Cleaned:  # noqa: ARG002 - the protocol's
        """The same piece."""
        return Cleaned(sound, np.zeros_like(sound))

    def explained(self, start: float, end: float) -> None:
        """It can't tell."""
