"""Finds how long the sound takes from the speaker to the microphone, and follows it while it drifts.

A Kalman filter in the frequency domain: G. Enzner and P. Vary, "Frequency-domain adaptive Kalman filter for acoustic
echo control in hands-free telephones", Signal Processing 86 (2006); in partitions: F. Kuech, E. Mabande and G. Enzner,
"State-space architecture of the partitioned-block-based acoustic echo controller", ICASSP 2014. It knows how uncertain
it is, so it learns fast at first and hardly at all while a person speaks, without a detector of double talk. Nothing
is suppressed: what is not echo stays as it was.

The times that sound devices report are a few milliseconds wrong, differently after each restart of the speaker, and
two clocks drift; a filter is useless when it is a tenth of a millisecond wrong. So after each restart the delay is
measured anew: at first against the reference, later against the echo that the filter predicts, which takes a fifth of
a second and gives it to a fraction of a sample.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol

import numpy as np

from voice_coach.ears.recognizers.recognizer import SAMPLE_RATE

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Sound = NDArray[np.float32]


_LOWEST, _HIGHEST = 200, 6_000
"""Hz: where speech gives a sharp peak."""


class Lag(NamedTuple):
    """Where two sounds fit best."""

    samples: float
    clearness: float
    """Of `find_delay`: the peak over the root mean square of everything else, speech beside its echo has 10 and more.
    Of `find_shift`: the likeness there, -1...1."""


def find_delay(heard: Sound, reference: Sound, rate: int) -> Lag:
    """How many samples of `reference` come before the first one that is in `heard`: a whole number.

    Generalised cross-correlation with phase transform: C. Knapp and G. Carter, "The generalized correlation method for
    estimation of time delay", IEEE Trans. ASSP 24 (1976).

    Args:
        heard: shape (samples,).
        reference: shape (more samples,); the difference is how far is searched.
        rate: of both, Hz.
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
    """How many samples later `heard` comes than `predicted`, both of shape (samples,), to a fraction of one."""
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
"""Samples filtered at once: 20 ms."""
_PARTITIONS = 25
TAPS = BLOCK * _PARTITIONS
"""Samples of the response that are learned: half a second."""
_FORGETTING = 0.9999
"""Per block: how constant rooms are."""
_PRIOR_VARIANCE = 0.1
_PRIOR_DECAY_SECONDS = 0.8
"""What a room is like before anything is known of it: its response falls by 60 dB in that time."""
_SMOOTHING = 0.9
"""Of the spectrum of what is no echo, from block to block."""
_SMALLEST = 1e-9


class EchoFilter:
    """Learns the response from reference to microphone, and predicts the echo. All sounds at one rate."""

    def __init__(self, rate: int) -> None:
        bins = BLOCK + 1
        seconds = np.arange(_PARTITIONS) * BLOCK / rate
        variance = _PRIOR_VARIANCE * 10 ** (-6 * seconds / _PRIOR_DECAY_SECONDS)
        self._response = np.zeros((_PARTITIONS, bins), np.complex64)
        self._variance = np.repeat(variance.astype(np.float32)[:, np.newaxis], bins, axis=1)
        self._near_power = np.full(bins, 1e-6, np.float32)
        self.forget_reference()

    def forget_reference(self) -> None:
        """Nothing was played for as long as the response is."""
        self._spectra = np.zeros_like(self._response)
        self._last = np.zeros(BLOCK, np.float32)

    def predict(self, reference: Sound) -> Sound:
        """The echo of the next block of reference and of those before it, both of shape (BLOCK,)."""
        self._spectra[1:] = self._spectra[:-1]
        self._spectra[0] = np.fft.rfft(np.concatenate([self._last, reference]))
        self._last = reference
        return np.fft.irfft((self._spectra * self._response).sum(axis=0))[BLOCK:].astype(np.float32)

    def learn(self, error: Sound) -> None:
        """Take what the microphone heard beside the echo just predicted, shape (BLOCK,)."""
        spectrum = np.fft.rfft(np.concatenate([np.zeros_like(error), error])).astype(np.complex64)
        power = np.square(self._spectra.real) + np.square(self._spectra.imag)
        near = np.square(spectrum.real) + np.square(spectrum.imag)
        self._near_power += (1 - _SMOOTHING) * (near - self._near_power)
        doubt = np.maximum(self._near_power, near) + _SMALLEST  # at once, when a person begins
        gain = self._variance / (0.5 * (self._variance * power).sum(axis=0) + doubt)
        step = np.fft.irfft(gain * self._spectra.conj() * spectrum, axis=1)
        step[:, BLOCK:] = 0.0  # a partition is BLOCK taps long
        self._response += np.fft.rfft(step, axis=1)
        self._response *= _FORGETTING
        change = (1 - _FORGETTING**2) * (np.square(self._response.real) + np.square(self._response.imag))
        self._variance = _FORGETTING**2 * (1 - 0.5 * gain * power) * self._variance + change

    @property
    def response(self) -> Sound:
        """What has been learned, shape (TAPS,)."""
        return np.fft.irfft(self._response, axis=1)[:, :BLOCK].astype(np.float32).ravel()

    def shift(self, samples: float) -> None:
        """Let the echo come so much later (or earlier, if negative) than learned; at most a block, any fraction."""
        spectrum = np.fft.rfft(self.response, 2 * TAPS)
        turn = np.exp(-1j * np.pi * samples / TAPS * np.arange(TAPS + 1))
        taps = np.fft.irfft(spectrum * turn)[:TAPS].reshape(_PARTITIONS, BLOCK)
        self._response = np.fft.rfft(taps, 2 * BLOCK, axis=1).astype(np.complex64)


SEARCHED_BEFORE, SEARCHED_AFTER = round(0.4 * SAMPLE_RATE), round(0.6 * SAMPLE_RATE)
"""Samples around the time that the devices report, in which the echo is looked for."""
HEADROOM = BLOCK
"""Samples of the filter before the echo's first sound: by so much the delay may become shorter."""
_FARTHEST_SHIFT = 240
_MOST_OFF = 160
"""Samples by which the first sound may be from HEADROOM before the reference is read elsewhere."""
_WORTH_SHIFTING = 0.06
_ALIKE = 0.4
_WINDOW_BLOCKS = 10
"""Heard before a shift is measured; 0.2 s."""
_FIRST_BLOCKS, _FARTHEST_FIRST, _SURELY_ALIKE = 4, 96, 0.7
"""And the same for a first try after a restart, so that a sentence is cancelled soon."""
_DRIFT_SHARE = 0.2
"""Of a shift within a sentence that is believed to be the drift of a clock."""
_CLEAR = 9.0
_FIRST_LOOK, _LONGEST_LOOK, _BETWEEN_LOOKS = 45, 150, 15
"""Blocks for the delay."""
_POOR_RETURN = 2.0
"""Power heard over power left: an echo that is cancelled no better may have another delay."""
_AUDIBLE = 1e-6
"""Power of a reference that is worth looking at."""
_REHEARSALS = 3
_REHEARSED_AT_ONCE = 4
"""Blocks learned again in the time of one."""
_YOUNG_BLOCKS = 1_500
"""So long a filter learns from each sentence again."""


class EchoBlock(NamedTuple):
    """What happened in BLOCK samples."""

    at: int
    """Its first sample; sample n is heard at n / SAMPLE_RATE monotonic seconds."""
    heard: Sound
    reference: Sound
    left: Sound
    """What was heard, without the echo."""
    echo: Sound
    """As predicted."""
    leak: float = 0.0
    """How much of it may be left, dB."""

    @property
    def rest(self) -> Sound:
        """What may be left of the echo: only its levels count."""
        return self.echo * np.float32(10 ** (self.leak / 20))


class Reference(Protocol):
    """What is played; see `echo_reference.Played`."""

    @property
    def jumped_at(self) -> int:
        """The first sample after the last restart of the speaker."""

    def read(self, first: int, samples: int) -> Sound:
        """What is played from a sample on, shape (samples,)."""


class Alignment:
    """Decides what of the reference belongs to a block, and when the filter may learn.

    Args:
        played: the reference.
        filter_: learns and is shifted.
    """

    def __init__(self, played: Reference, filter_: EchoFilter) -> None:
        self._played = played
        self._filter = filter_
        self._delay: int | None = None
        self._pending = self._drift_per_block = 0.0
        """Samples by which the filter is to be shifted: now, and from block to block."""
        self._moved = 0.0
        """Samples by which the filter's first sound is later than HEADROOM."""
        self._jump = 0
        self._is_aligned = False
        self._run: list[EchoBlock] = []
        """Since the speaker's restart."""
        self._looked = 0
        self._age = 0
        self._rehearsed = 0

    @property
    def delay(self) -> int:
        """Samples from when a sound is said to be played to when it is heard; 0 while unknown."""
        return self._delay or 0

    @property
    def is_certain(self) -> bool:
        """Whether the filter is in step."""
        return self._is_aligned

    @property
    def is_settling(self) -> bool:
        """Whether it will soon be: the speaker has just begun again, and its echo is known but for its time."""
        return self._delay is not None and not self._is_aligned and len(self._run) <= _WINDOW_BLOCKS

    def reference_at(self, at: int) -> Sound:
        """What the filter needs for the block that begins with a sample."""
        return self._played.read(at - self.delay + HEADROOM, BLOCK)

    def doubt(self) -> None:
        """The microphone's clock has jumped."""
        self._is_aligned = False
        self._run.clear()

    def begin(self) -> None:
        """After silence, the speaker sounds again."""
        self._filter.forget_reference()
        self._run.clear()
        self._rehearsed = 0

    def follow(self, block: EchoBlock) -> None:
        """Take a block in which the speaker sounds: learn, or find out how it is to be learned."""
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
        """While the speaker is silent, let a young filter learn a little from its last sentence again."""
        if self._rehearsed >= _REHEARSALS * len(self._run) or not self._is_aligned or self._age > _YOUNG_BLOCKS:
            return
        for _ in range(_REHEARSED_AT_ONCE):
            place = self._rehearsed % len(self._run)
            if place == 0:
                self._filter.forget_reference()
            self._learn(self._run[place])
            self._rehearsed += 1

    def _learn(self, block: EchoBlock) -> None:
        self._filter.learn(block.heard - self._filter.predict(block.reference))

    def _look_for_delay(self) -> None:
        """At first until it is clear; afterwards when the echo is cancelled badly."""
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
        """Follow two clocks of which one is faster."""
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
        """Read the reference with another delay from now on, and as if it had been so all along."""
        self._delay = delay
        self._run = [block._replace(reference=self.reference_at(block.at)) for block in self._run]


def _energy(blocks: list[EchoBlock], which: str) -> float:
    return sum(float(np.mean(np.square(getattr(block, which)))) for block in blocks)
