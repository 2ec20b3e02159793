"""How loud a sound is, and making it as loud as wanted. Levels are in dBFS; sounds are mono at SAMPLE_RATE."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from voice_coach.ears.evidence import SAMPLE_RATE

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Sound = NDArray[np.float32]

_FRAME = SAMPLE_RATE // 50
_ACTIVE_BELOW_PEAK = 30.0
_HEARD_BELOW_PEAK = 50.0


def level(sound: NDArray[np.floating[Any]]) -> float:
    """Root mean square over the whole sound."""
    return 10 * float(np.log10(np.mean(np.square(sound, dtype=np.float64)) + 1e-12))


def active_level(sound: Sound) -> float:
    """Root mean square over the 20 ms frames that are at most 30 dB softer than the loudest one."""
    power = _frame_power(sound)
    return 10 * float(np.log10(power[power > power.max() * 10 ** (-_ACTIVE_BELOW_PEAK / 10)].mean()))


def with_level(sound: NDArray[np.floating[Any]], wanted: float) -> Sound:
    """The sound with this level over the whole of it."""
    return louder(sound, wanted - level(sound))


def with_active_level(sound: Sound, wanted: float) -> Sound:
    """The sound with this level over its active frames."""
    return louder(sound, wanted - active_level(sound))


def louder(sound: NDArray[np.floating[Any]], decibels: float) -> Sound:
    """The sound, so many dB louder."""
    return np.asarray(sound * 10 ** (decibels / 20), np.float32)


def trimmed(sound: Sound) -> Sound:
    """The sound without the frames at either end that are more than 50 dB softer than its loudest."""
    power = _frame_power(sound)
    loud = np.flatnonzero(power > power.max() * 10 ** (-_HEARD_BELOW_PEAK / 10))
    return sound[loud[0] * _FRAME : (loud[-1] + 1) * _FRAME]


def _frame_power(sound: Sound) -> NDArray[np.float64]:
    frames = np.pad(sound, (0, -len(sound) % _FRAME)).reshape(-1, _FRAME).astype(np.float64)
    return np.asarray((frames * frames).mean(axis=1) + 1e-12)
