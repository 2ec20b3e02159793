"""What may be done to the sound before it is heard: the place for echo cancelling and for taking off noise."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol

import numpy as np

from voice_coach.ears.recognizers.recognizer import SAMPLE_RATE

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

    def echo_probability(self, start: float, end: float) -> float | None:
        """How far what was heard between two times, in seconds of cleaned sound, may have been the coach: 0 to 1.

        None from a front end that can't tell.
        """

    def begin_anew(self) -> None:
        """What comes from now on was heard on another channel: how an echo gets there is not known."""


class PassThrough:
    """Leaves the sound as it is."""

    def clean(self, sound: Sound, captured_at: float) -> Cleaned:  # noqa: ARG002 - the protocol's
        """The same piece."""
        return Cleaned(sound, np.zeros_like(sound))

    def echo_probability(self, start: float, end: float) -> None:
        """It can't tell."""

    def begin_anew(self) -> None:
        """It has learned nothing."""


class FrontEndLease:
    """A front end that is lent to one RecognitionPipeline after another.

    It keeps the protocol FrontEnd; times count from the beginning of the lease.

    Args:
        front_end: the one that is lent.
        begin: samples that it has cleaned before.
    """

    def __init__(self, front_end: FrontEnd, begin: int = 0) -> None:
        self._front_end = front_end
        self._begin = self._end = begin
        self._is_over = False

    def clean(self, sound: Sound, captured_at: float) -> Cleaned:
        """See FrontEnd. Raises LoanOverError."""
        self._require()
        cleaned = self._front_end.clean(sound, captured_at)
        self._end += len(cleaned.sound)
        return cleaned

    def echo_probability(self, start: float, end: float) -> float | None:
        """See FrontEnd. Raises LoanOverError."""
        self._require()
        before = self._begin / SAMPLE_RATE
        return self._front_end.echo_probability(before + start, before + end)

    def begin_anew(self) -> None:
        """See FrontEnd. Raises LoanOverError."""
        self._require()
        self._front_end.begin_anew()

    def renew(self) -> FrontEndLease:
        """End this loan, and begin the next where it ended."""
        self._is_over = True
        return FrontEndLease(self._front_end, self._end)

    def _require(self) -> None:
        if self._is_over:
            raise LeaseExpiredError


class LeaseExpiredError(Exception):
    """The front end was lent to another: whoever still uses it was given up."""
