"""How loud a person and a room are. Pure: sounds are mono float32 at 16 kHz, shape (samples,); levels in dBFS."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from voice_coach.ears.echo_delay import find_delay
from voice_coach.sound.recordings import RATE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Sound = NDArray[np.float32]

_FRAME = 320
"""Samples: 20 ms."""
_BELOW_LOUDEST = 15.0
"""dB: quieter frames of a clip are pauses."""
_QUIET_SHARE = 0.1
_LONGEST_DELAY = 1.0
"""Seconds."""
_EARLIEST = 0.1
"""Seconds by which an echo seems to come before its sound, where devices report their times badly."""
_CLEAR = 10.0
"""A peak so far above the rest is an echo; speech beside its own has more."""
_FLOOR = 1e-10
"""Power of silence, -100 dBFS."""


def voice_level(clips: Sequence[Sound]) -> float:
    """The active level of a voice: of each clip the frames near its loudest one; over all clips the median."""
    return float(np.median([_active_level(clip) for clip in clips]))


def peak_level(clips: Sequence[Sound]) -> float:
    """The highest sample of all."""
    highest = max(float(np.abs(clip).max(initial=0.0)) for clip in clips)
    return 20 * float(np.log10(max(highest, _FLOOR**0.5)))


def noise_level(room: Sound | None, clips: Sequence[Sound]) -> float:
    """The room's: of a recording of it, or else of the quietest tenth of all frames."""
    if room is not None:
        return _decibel(np.mean(np.square(room, dtype=np.float64)))
    powers = np.sort(np.concatenate([_powers(clip) for clip in clips]))
    return _decibel(np.mean(powers[: max(1, round(len(powers) * _QUIET_SHARE))]))


def echo_delay(sides: NDArray[np.float32] | None) -> float | None:
    """Seconds from the speaker to the microphone; None without an echo that can be told from the room.

    Args:
        sides: shape (samples, 2), on one clock: left the microphone, right what the speaker played.
    """
    if sides is None:
        return None
    later, earlier = round(_LONGEST_DELAY * RATE), round(_EARLIEST * RATE)
    heard, played = sides[:, 0], np.pad(sides[:, 1], (later, earlier))
    lag = find_delay(heard, played, RATE)
    return (later - lag.samples) / RATE if lag.clearness >= _CLEAR else None


def _active_level(clip: Sound) -> float:
    powers = _powers(clip)
    active = powers[powers >= powers.max() / 10 ** (_BELOW_LOUDEST / 10)]
    return _decibel(np.mean(active))


def _powers(sound: Sound) -> NDArray[np.float64]:
    frames = np.pad(sound, (0, -len(sound) % _FRAME)).reshape(-1, _FRAME)
    return np.asarray(np.mean(np.square(frames, dtype=np.float64), axis=1))


def _decibel(power: np.floating) -> float:
    return 10 * float(np.log10(max(float(power), _FLOOR)))
