"""Speech mixed with noise by the rule of Picovoice's speech-to-intent benchmark (its benchmark/mixer.py)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from voice_coach.errors import RecordingError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Sound = NDArray[np.float32]

FRAME_SAMPLES = 2_048
_PEAK = 0.5


def mix(speech: Sound, noise: Sound, snr: float, rng: np.random.Generator) -> Sound:
    """Speech with a random piece of noise under it, at a peak of 0.5.

    Args:
        speech: shape (samples,).
        noise: shape (samples,), no shorter than the speech.
        snr: in dB: the energy of the loudest frame of the speech to that of the loudest frame of the noise beneath it.
        rng: chooses the piece.

    Raises:
        RecordingError: the noise is shorter than the speech, or one of them is silent.
    """
    if len(noise) < len(speech):
        message = "the noise is shorter than the speech. Give a longer one."
        raise RecordingError(message)
    start = int(rng.integers(len(noise) - len(speech) + 1))
    piece = noise[start : start + len(speech)]
    speech_energy, noise_energy = loudest_frame_energy(speech), loudest_frame_energy(piece)
    if not speech_energy or not noise_energy:
        message = "speech or noise is silent. Give a recording with sound in it."
        raise RecordingError(message)
    mixed = speech + np.sqrt(speech_energy / noise_energy * 10 ** (-snr / 10)) * piece
    return np.asarray(mixed * (_PEAK / np.abs(mixed).max()), np.float32)


def loudest_frame_energy(sound: Sound) -> float:
    """Of the frames of FRAME_SAMPLES; what is left at the end counts only when there is no whole frame."""
    frames = sound[: len(sound) // FRAME_SAMPLES * FRAME_SAMPLES] if len(sound) >= FRAME_SAMPLES else sound
    energies = np.square(frames, dtype=np.float64).reshape(-1, min(FRAME_SAMPLES, len(sound))).sum(axis=1)
    return float(energies.max())
