"""Learns the echo of the speaker in the microphone, and follows its delay while the clocks of the devices drift.

The echo is predicted by a Kalman filter in the frequency domain: G. Enzner and P. Vary, "Frequency-domain adaptive
Kalman filter for acoustic echo control in hands-free telephones", Signal Processing 86 (2006); in partitions:
F. Kuech, E. Mabande and G. Enzner, "State-space architecture of the partitioned-block-based acoustic echo
controller", ICASSP 2014. The filter estimates its own uncertainty, so it learns fast at first and hardly at all while a
person speaks, without a detector of double talk. Sound that is not an echo is left as it is.

The times that sound devices report are a few milliseconds wrong, differently after each restart of the speaker, and
two clocks drift; a filter is useless when it is a tenth of a millisecond wrong. So the delay is measured anew after
each restart: the first time against the reference, and later against the echo that the filter predicts. The latter
takes a fifth of a second and is exact to a fraction of a sample.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol

import numpy as np

from voice_coach.ears.recognizers.recognizer import SAMPLE_RATE

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Sound = NDArray[np.float32]


_LOWEST, _HIGHEST = 200, 6_000
"""Hz: the band in which the correlation of speech has a sharp peak."""


class Lag(NamedTuple):
    """The shift in time at which two sounds are most alike."""

    samples: float
    clearness: float
    """The certainty of the shift.

    From `find_delay`, it is the peak of the correlation over its root mean square: 10 and more for speech and its echo.
    From `find_shift`, it is the likeness of the two sounds at the shift, -1 to 1.
    """


def find_delay(heard: Sound, reference: Sound, rate: int) -> Lag:
    """Return the whole number of samples in `reference` before the part that is most like `heard`.

    The method is generalised cross-correlation with phase transform: C. Knapp and G. Carter, "The generalized
    correlation method for estimation of time delay", IEEE Trans. ASSP 24 (1976).

    Args:
        heard: the sound, shape (samples,).
        reference: the reference, shape (more samples,); each of its parts that is as long as `heard` is compared.
        rate: the sampling rate of both, in Hz.
    """
    size = 1 << (len(reference) + len(heard)).bit_length()
    cross = np.fft.rfft(reference, size) * np.fft.rfft(heard, size).conj()
    low, high = (hertz * size // rate for hertz in (_LOWEST, _HIGHEST))
    power = np.abs(cross)
    whitened = np.zeros_like(cross)
    whitened[low:high] = cross[low:high] / (power[low:high] + 1e-3 * power[low:high].mean() + 1e-12)
    likeness = np.fft.irfft(whitened)[: len(reference) - len(heard) + 1]
    best = int(np.argmax(likeness))
    rest = np.sqrt(np.mean(np.square(likeness))) + 1e-12
    return Lag(best, float(likeness[best] / rest))


def find_shift(heard: Sound, predicted: Sound, farthest: int) -> Lag:
    """Return by how many samples `heard` comes later than `predicted`, to a fraction of a sample.

    Args:
        heard: shape (samples,).
        predicted: shape (samples,).
        farthest: the largest shift, earlier or later, that is tried.
    """
    one, other = np.diff(heard), np.diff(predicted)
    scale = float(np.linalg.norm(one) * np.linalg.norm(other))
    if not scale:
        return Lag(0.0, 0.0)
    size = 1 << (2 * len(one)).bit_length()
    product = np.fft.irfft(np.fft.rfft(one, size) * np.fft.rfft(other, size).conj())
    near = np.concatenate([product[-farthest:], product[: farthest + 1]]) / scale
    best = int(np.argmax(near))
    fraction = 0.0
    if 0 < best < len(near) - 1:
        before, peak, after = (float(value) for value in near[best - 1 : best + 2])
        fraction = 0.5 * (before - after) / (before - 2 * peak + after)
    return Lag(best - farthest + fraction, float(near[best]))


BLOCK = 320
"""Samples that are filtered at once: 20 ms."""
_PARTITIONS = 25
"""The number of blocks that the response is long."""
TAPS = BLOCK * _PARTITIONS
"""Samples of the response from speaker to microphone that are learned: half a second."""
_FORGETTING = 0.9999
"""The factor of the learned response from block to block; below 1, because rooms change."""
_PRIOR_VARIANCE = 0.1
"""Variance of the response before anything is learned, at its begin."""
_PRIOR_DECAY_SECONDS = 0.8
"""Seconds in which the response of an unknown room is assumed to fall by 60 dB."""
_SMOOTHING = 0.9
"""Weight of the former blocks in the smoothed spectrum of the sound that is not an echo, 0 to 1."""
_SMALLEST = 1e-9


class EchoFilter:
    """An adaptive filter that learns the response from reference to microphone, and predicts the echo.

    Args:
        rate: the sampling rate of all its sounds, in Hz.
    """

    def __init__(self, rate: int) -> None:
        bins = BLOCK + 1
        seconds = np.arange(_PARTITIONS) * BLOCK / rate
        variance = _PRIOR_VARIANCE * 10 ** (-6 * seconds / _PRIOR_DECAY_SECONDS)
        self._response = np.zeros((_PARTITIONS, bins), np.complex64)
        self._variance = np.repeat(variance.astype(np.float32)[:, np.newaxis], bins, axis=1)
        self._near_power = np.full(bins, 1e-6, np.float32)
        self.forget_reference()

    def forget_reference(self) -> None:
        """Forget the last reference, because nothing was played for as long as the response lasts."""
        self._spectra = np.zeros_like(self._response)
        self._last = np.zeros(BLOCK, np.float32)

    def predict(self, reference: Sound) -> Sound:
        """Take the next block of the reference, and return the echo predicted for it, both of shape (BLOCK,)."""
        self._spectra[1:] = self._spectra[:-1]
        self._spectra[0] = np.fft.rfft(np.concatenate([self._last, reference]))
        self._last = reference
        return np.fft.irfft((self._spectra * self._response).sum(axis=0))[BLOCK:].astype(np.float32)

    def learn(self, error: Sound) -> None:
        """Learn from the difference between the microphone's sound and the last prediction, shape (BLOCK,)."""
        spectrum = np.fft.rfft(np.concatenate([np.zeros_like(error), error])).astype(np.complex64)
        power = np.square(self._spectra.real) + np.square(self._spectra.imag)
        near = np.square(spectrum.real) + np.square(spectrum.imag)
        self._near_power += (1 - _SMOOTHING) * (near - self._near_power)
        noise = np.maximum(self._near_power, near) + _SMALLEST  # rises at once when a person begins to speak
        gain = self._variance / (0.5 * (self._variance * power).sum(axis=0) + noise)
        step = np.fft.irfft(gain * self._spectra.conj() * spectrum, axis=1)
        step[:, BLOCK:] = 0.0  # a partition is BLOCK taps long
        self._response += np.fft.rfft(step, axis=1)
        self._response *= _FORGETTING
        change = (1 - _FORGETTING**2) * (np.square(self._response.real) + np.square(self._response.imag))
        self._variance = _FORGETTING**2 * (1 - 0.5 * gain * power) * self._variance + change

    @property
    def response(self) -> Sound:
        """The response that has been learned, shape (TAPS,)."""
        return np.fft.irfft(self._response, axis=1)[:, :BLOCK].astype(np.float32).ravel()

    def shift(self, samples: float) -> None:
        """Move the learned response by `samples`, which may be a fraction, to later times; to earlier ones if negative.

        At most BLOCK samples are possible.
        """
        spectrum = np.fft.rfft(self.response, 2 * TAPS)
        turn = np.exp(-1j * np.pi * samples / TAPS * np.arange(TAPS + 1))
        taps = np.fft.irfft(spectrum * turn)[:TAPS].reshape(_PARTITIONS, BLOCK)
        self._response = np.fft.rfft(taps, 2 * BLOCK, axis=1).astype(np.complex64)


SEARCHED_BEFORE, SEARCHED_AFTER = round(0.4 * SAMPLE_RATE), round(0.6 * SAMPLE_RATE)
"""Samples before and after the time that the devices report in which the echo is searched for."""
HEADROOM = BLOCK
"""Samples of the filter before the first sound of the echo, so that the delay can become shorter by as many."""
_FARTHEST_SHIFT = 240
"""The largest shift, in samples, that is measured against the predicted echo."""
_MOST_OFF = 160
"""Samples that the first sound may be away from HEADROOM before the reference is read with another delay."""
_WORTH_SHIFTING = 0.06
"""Samples from which the filter is shifted."""
_ALIKE = 0.4
"""The likeness, -1 to 1, from which a measured shift is believed."""
_WINDOW_BLOCKS = 10
"""Blocks in which a shift is measured: 0.2 s."""
_FIRST_BLOCKS, _FARTHEST_FIRST, _SURELY_ALIKE = 4, 96, 0.7
"""Blocks, largest shift and least likeness of the first measurement after a restart, which must be quick."""
_DRIFT_SHARE = 0.2
"""The share of a shift within a sentence that is attributed to the drift of the clocks."""
_CLEAR = 9.0
"""The clearness from which a measured delay is believed."""
_FIRST_LOOK, _LONGEST_LOOK, _BETWEEN_LOOKS = 45, 150, 15
"""Blocks of the first and of the longest search for the delay, and blocks between two searches."""
_POOR_RETURN = 2.0
"""Ratio of the power before cancelling to the power after it, up to which the delay may be wrong."""
_AUDIBLE = 1e-6
"""Mean power of a reference from which a shift can be measured."""
_TIMES_RELEARNED = 3
"""Times that a young filter learns from each sentence again."""
_RELEARNED_AT_ONCE = 4
"""Blocks that are learned again in the time of one block of silence."""
_YOUNG_BLOCKS = 1_500
"""Blocks of learning up to which a filter is young, and learns from each sentence again: 30 s."""


class EchoBlock(NamedTuple):
    """The sounds of one block, each of shape (BLOCK,), before and after cancelling."""

    at: int
    """The number of its first sample; sample n is heard at n / SAMPLE_RATE monotonic seconds."""
    heard: Sound
    reference: Sound
    left: Sound
    """The heard sound without the echo."""
    echo: Sound
    """The predicted echo."""
    leak: float = 0.0
    """The level of the echo that may be left after cancelling, in dB relative to the predicted echo."""

    @property
    def rest(self) -> Sound:
        """An estimate of the echo that is left after cancelling; only its levels are used."""
        return self.echo * np.float32(10 ** (self.leak / 20))


class Reference(Protocol):
    """The sound that the speaker plays; see `playback_reference.Played`."""

    @property
    def jumped_at(self) -> int:
        """The number of the first sample after the last restart of the speaker."""

    def read(self, first: int, samples: int) -> Sound:
        """Return the sound that is heard from sample `first` on, shape (samples,)."""


class Alignment:
    """The delay between reference and microphone, which also decides when the filter may learn.

    Args:
        played: the reference.
        filter_: the filter, which is taught and shifted.
    """

    def __init__(self, played: Reference, filter_: EchoFilter) -> None:
        self._played = played
        self._filter = filter_
        self._delay: int | None = None
        self._pending = self._drift_per_block = 0.0
        """Samples by which the filter is to be shifted now, and in addition with each block."""
        self._moved = 0.0
        """Samples by which the first sound of the filter's response is later than HEADROOM."""
        self._jump = 0
        self._is_aligned = False
        self._run: list[EchoBlock] = []
        """The blocks since the speaker last began to sound, or since a time of the devices jumped."""
        self._looked = 0
        self._age = 0
        self._relearned = 0

    @property
    def delay(self) -> int:
        """Samples between the reported time of a sound and the time at which it is heard; 0 while that is unknown."""
        return self._delay or 0

    @property
    def is_certain(self) -> bool:
        """Whether the delay is known so exactly that the filter can learn."""
        return self._is_aligned

    @property
    def is_settling(self) -> bool:
        """Whether the speaker has just been restarted, so that the echo is known and only its exact delay is not."""
        return self._delay is not None and not self._is_aligned and len(self._run) <= _WINDOW_BLOCKS

    def reference_at(self, at: int) -> Sound:
        """Return the block of the reference that the filter needs for the block heard from sample `at` on."""
        return self._played.read(at - self.delay + HEADROOM, BLOCK)

    def doubt(self) -> None:
        """Measure the delay again, because the microphone's time has jumped."""
        self._is_aligned = False
        self._run.clear()

    def begin(self) -> None:
        """Begin a new run of blocks, because the speaker sounds again after silence."""
        self._filter.forget_reference()
        self._run.clear()
        self._relearned = 0

    def follow(self, block: EchoBlock) -> None:
        """Take a block in which the speaker sounds: measure the delay when it is time, and let the filter learn."""
        if self._played.jumped_at > self._jump:
            self._jump = self._played.jumped_at
            self._is_aligned = False
            self._run.clear()
        self._run.append(block)
        length = len(self._run)
        if length % _LONGEST_LOOK == 0 or (
            not self._is_aligned and length >= _FIRST_LOOK and length % _BETWEEN_LOOKS == 0
        ):
            self._look_for_delay()
        elif not self._is_aligned and length == _FIRST_BLOCKS:
            self._look_for_shift(_FIRST_BLOCKS, _FARTHEST_FIRST, _SURELY_ALIKE)
        elif length % _WINDOW_BLOCKS == 0:
            self._look_for_shift(_WINDOW_BLOCKS, _FARTHEST_SHIFT, _ALIKE)
        if self._is_aligned:
            self._drift()
            self._filter.learn(block.left)
            self._age += 1

    def relearn(self) -> None:
        """Let a young filter learn from a few blocks of the last sentence again, while the speaker is silent."""
        if self._relearned >= _TIMES_RELEARNED * len(self._run) or not self._is_aligned or self._age > _YOUNG_BLOCKS:
            return
        for _ in range(_RELEARNED_AT_ONCE):
            place = self._relearned % len(self._run)
            if place == 0:
                self._filter.forget_reference()
            self._learn(self._run[place])
            self._relearned += 1

    def _learn(self, block: EchoBlock) -> None:
        self._filter.learn(block.heard - self._filter.predict(block.reference))

    def _look_for_delay(self) -> None:
        """Measure the delay against the reference, while it is unknown or when the echo is cancelled badly."""
        blocks = self._run[-_LONGEST_LOOK:]
        if self._delay is not None and _energy(blocks, "heard") > _POOR_RETURN * _energy(blocks, "left"):
            return
        heard = np.concatenate([block.heard for block in blocks])
        begin = blocks[0].at - SEARCHED_AFTER
        reference = self._played.read(begin, len(heard) + SEARCHED_AFTER + SEARCHED_BEFORE)
        lag = find_delay(heard, reference, SAMPLE_RATE)
        delay = SEARCHED_AFTER - round(lag.samples)
        if lag.clearness < _CLEAR or (self._delay is not None and abs(delay - self._delay) < _FARTHEST_SHIFT):
            return
        self._read_at(delay)
        self._moved = 0.0
        self._is_aligned = True
        self._filter.forget_reference()
        for block in self._run:
            self._learn(block)

    def _look_for_shift(self, blocks: int, farthest: int, alike: float) -> None:
        window = self._run[-blocks:]
        if _energy(window, "reference") < _AUDIBLE * len(window):
            return
        heard = np.concatenate([block.heard for block in window])
        echo = np.concatenate([block.echo for block in window])
        shift = find_shift(heard, echo, farthest)
        if shift.clearness < alike:
            self._is_aligned |= len(self._run) >= _LONGEST_LOOK and self._delay is not None
            return
        if self._is_aligned:
            self._drift_per_block += _DRIFT_SHARE * float(np.clip(shift.samples, -1.0, 1.0)) / blocks
        self._is_aligned = True
        self._pending += shift.samples

    def _drift(self) -> None:
        """Shift the filter by the measured shift and by the drift between the clocks of the two devices."""
        self._pending += self._drift_per_block
        if abs(self._pending) < _WORTH_SHIFTING:
            return
        self._filter.shift(self._pending)
        self._moved += self._pending
        self._pending = 0.0
        if abs(self._moved) > _MOST_OFF:
            moved = round(self._moved)
            self._filter.shift(-moved)
            self._moved -= moved
            self._read_at(self.delay + moved)
            self._filter.forget_reference()
            for block in self._run[-TAPS // BLOCK :]:
                self._filter.predict(block.reference)

    def _read_at(self, delay: int) -> None:
        """Use another delay from now on, and read the reference of the blocks of this run again with it."""
        self._delay = delay
        self._run = [block._replace(reference=self.reference_at(block.at)) for block in self._run]


def _energy(blocks: list[EchoBlock], which: str) -> float:
    return sum(float(np.mean(np.square(getattr(block, which)))) for block in blocks)
