"""The way from the speaker to the microphone, learned while the coach speaks, and the echo predicted with it.

A Kalman filter in the frequency domain: G. Enzner and P. Vary, "Frequency-domain adaptive Kalman filter for acoustic
echo control in hands-free telephones", Signal Processing 86 (2006); in partitions: F. Kuech, E. Mabande and G. Enzner,
"State-space architecture of the partitioned-block-based acoustic echo controller", ICASSP 2014. It knows how uncertain
it is, so it learns fast at first and hardly at all while a person speaks, without a detector of double talk. Nothing
is suppressed: what is not echo stays as it was.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Sound = NDArray[np.float32]

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
