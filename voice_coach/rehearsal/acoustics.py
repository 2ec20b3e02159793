"""Where sounds begin and end in a recording. Pure: arrays in, seconds out.

All sounds are mono float32 in -1...1, shape (samples,); all times are seconds from the first sample.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Sound = NDArray[np.float32]

FRAME_SECONDS = 0.005
"""Resolution of onsets and ends."""
AUDIBLE_LEVEL = 0.002
"""Root mean square of a frame that is a sound and no silence: -54 dB of full scale."""
BELOW_SPEECH_PEAK = 0.01
"""An utterance ends where its frames stay 40 dB below its loudest one."""

_SHARE_HEARD = 0.1
"""So much of a known sound's energy must lie in the recording for it to be found."""


def levels(sound: Sound, rate: int) -> NDArray[np.float64]:
    """Root mean square of each frame of FRAME_SECONDS, shape (frames,); a last part of a frame is left out."""
    length = round(FRAME_SECONDS * rate)
    frames = sound[: len(sound) // length * length].reshape(-1, length)
    mean_squares: NDArray[np.float64] = np.mean(np.square(frames, dtype=np.float64), axis=1)
    return np.sqrt(mean_squares)


def end_of_speech(sound: Sound, rate: int) -> float | None:
    """Return when the last word in a sound ends, or None when nothing is said.

    The threshold lies 40 dB below the loudest frame, or 10 dB above the quietest tenth, but at most 20 dB below the
    loudest, so that neither a fading vowel is cut nor the noise of a room taken for speech.
    """
    level = levels(sound, rate)
    if not len(level) or level.max() < AUDIBLE_LEVEL:
        return None
    above_noise = min(3 * float(np.quantile(level, 0.1)), level.max() / 10)
    above = np.flatnonzero(level >= max(level.max() * BELOW_SPEECH_PEAK, above_noise))
    return float(above[-1] + 1) * FRAME_SECONDS


def first_sound(sound: Sound, rate: int, after: float = 0.0) -> float | None:
    """Return when the first audible frame at or after a time begins, or None when all is silent."""
    start = int(np.ceil(after / FRAME_SECONDS))
    audible = np.flatnonzero(levels(sound, rate)[start:] >= AUDIBLE_LEVEL)
    return float(start + audible[0]) * FRAME_SECONDS if len(audible) else None


def seconds_of_sound(sound: Sound, rate: int) -> float:
    """Return for how long in all a sound is audible."""
    return float(np.count_nonzero(levels(sound, rate) >= AUDIBLE_LEVEL)) * FRAME_SECONDS


def find_onset(sound: Sound, pattern: Sound) -> tuple[int, float]:
    """Find where a known sound begins in a recording that goes on with it, whatever else is heard.

    A ringing bell is like itself a few periods later, so a plain correlation is not enough: the place is sought from
    which on the pattern, cut where the recording ends, explains most of the whole recording (least squares over the
    onset and the gain; the correlation by fast Fourier transform).

    Returns:
        The sample at which the pattern begins, and how alike the recording is to silence followed by it: 1 is the
        same up to its level, 0 nothing alike. (0, 0.0) when either is silent.
    """
    size = len(sound)
    energy = np.cumsum(np.square(pattern[:size], dtype=np.float64))
    if not len(energy) or not energy[-1] or not np.any(sound):
        return 0, 0.0
    length = 1 << (size + len(pattern)).bit_length()
    spectrum = np.fft.rfft(sound, length) * np.conj(np.fft.rfft(pattern, length))
    product = np.fft.irfft(spectrum, length)[:size]
    heard_of_it = energy[np.minimum(np.arange(size, 0, -1), len(energy)) - 1]
    enough = heard_of_it >= energy[-1] * _SHARE_HEARD
    likeness = np.where(enough, product / np.sqrt(np.maximum(heard_of_it, 1e-12)), 0.0) / np.linalg.norm(sound)
    best = int(np.argmax(likeness))
    return best, float(likeness[best])
