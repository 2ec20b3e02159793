"""The front end: cleans the microphone's sound before it is recognised, such as by cancelling the coach's echo."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol

import numpy as np

from voice_coach.ears.recognizers.recognizer import SAMPLE_RATE

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Sound = NDArray[np.float32]


class Cleaned(NamedTuple):
    """A piece of sound from which the coach's own voice was removed, shape (samples,) at SAMPLE_RATE."""

    sound: Sound
    echo: Sound
    """An estimate of the coach's voice that is left in the sound, of the same shape; only its levels are used."""


class FrontEnd(Protocol):
    """The protocol of a front end, which cleans one stream of sound."""

    def clean(self, sound: Sound, captured_at: float) -> Cleaned:
        """Return the next piece, cleaned; it may be shorter or longer than `sound`, as a front end may work in blocks.

        Args:
            sound: shape (samples,) at SAMPLE_RATE.
            captured_at: the time of its first sample in monotonic seconds, right to a few hundredths of a second.
        """

    def echo_probability(self, start: float, end: float) -> float | None:
        """Return the probability, 0 to 1, that a stretch of sound was the coach's own voice; None when it is unknown.

        Args:
            start: its begin, in seconds of the sound that `clean` has returned.
            end: its end, counted in the same way.
        """

    def begin_anew(self) -> None:
        """Forget what was learned of the echo, because the next piece comes from another channel."""


class PassThrough:
    """A front end that leaves the sound as it is."""

    def clean(self, sound: Sound, captured_at: float) -> Cleaned:  # noqa: ARG002 - the protocol's
        """Return the same piece."""
        return Cleaned(sound, np.zeros_like(sound))

    def echo_probability(self, start: float, end: float) -> None:
        """Return None: it does not know the coach's voice."""

    def begin_anew(self) -> None:
        """Do nothing, as nothing was learned."""


class FrontEndLease:
    """The right of one RecognitionPipeline to use the front end, until the lease is renewed for another.

    It keeps the protocol FrontEnd; times count from the beginning of the lease.

    Args:
        front_end: the front end that is leased.
        begin: the number of samples that the front end cleaned before this lease.
    """

    def __init__(self, front_end: FrontEnd, begin: int = 0) -> None:
        self._front_end = front_end
        self._begin = self._end = begin
        self._is_over = False

    def clean(self, sound: Sound, captured_at: float) -> Cleaned:
        """See FrontEnd. Raises LeaseExpiredError."""
        self._require()
        cleaned = self._front_end.clean(sound, captured_at)
        self._end += len(cleaned.sound)
        return cleaned

    def echo_probability(self, start: float, end: float) -> float | None:
        """See FrontEnd. Raises LeaseExpiredError."""
        self._require()
        before = self._begin / SAMPLE_RATE
        return self._front_end.echo_probability(before + start, before + end)

    def begin_anew(self) -> None:
        """See FrontEnd. Raises LeaseExpiredError."""
        self._require()
        self._front_end.begin_anew()

    def renew(self) -> FrontEndLease:
        """End this lease, and return a new one that begins where it ended."""
        self._is_over = True
        return FrontEndLease(self._front_end, self._end)

    def _require(self) -> None:
        if self._is_over:
            raise LeaseExpiredError


class LeaseExpiredError(Exception):
    """The front end was used with a lease that has been renewed for another RecognitionPipeline."""
