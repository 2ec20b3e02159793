"""Levels of sounds, and the effect of a room and its noise on speech on its way to the microphone.

Levels are in dBFS; sounds are mono at SAMPLE_RATE.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy import signal

from voice_coach.ears.recognizers.recognizer import SAMPLE_RATE

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Sound = NDArray[np.float32]

HISS_LEVEL = -72.0
"""dBFS of the microphone's own noise, always there."""
SPEED_OF_SOUND = 343.0
BATHROOM = (2.4, 1.9, 2.4)
"""Length, width and height in metres."""
MICROPHONE = (1.1, 0.9, 1.3)
NEAR = (1.5, 0.6, 1.5)
"""Where a person stands: half a metre away."""
FAR = (2.1, 1.6, 1.6)
"""The farthest place of a person, 1.3 metres away: the room is no larger."""
ABSORPTION = 0.12
"""Share of the energy that a wall keeps: tiles and glass, some towels."""
RESPONSE_SECONDS = 0.8
_MOST_RAISED = 10.0
"""The most that a soft stretch of the noise is raised, in dB: a pause is not made as loud as the rest."""
_FRAME = SAMPLE_RATE // 50
_ACTIVE_BELOW_PEAK = 30.0
_HEARD_BELOW_PEAK = 50.0
SPEECH_LEVEL = -26.0
"""dBFS, over its active frames, of everything that is said, unless a place says otherwise."""


@dataclass(frozen=True)
class AcousticPlace:
    """The conditions that speech meets on its way to the microphone."""

    name: str
    responses: tuple[Sound, ...] = ()
    """Impulse responses from the person to the microphone, one of them for each thing said; none: no room."""
    noise: Sound | None = None
    """At least some seconds of it; repeated as needed."""
    ratio: float = 20.0
    """dB between the speech as it arrives, over its active frames, and that noise."""
    level: float = SPEECH_LEVEL
    """dBFS of the speech as it arrives, over its active frames."""
    keeps_level: bool = False
    """Whether a sound arrives as loud as it was recorded instead."""

    def reach(self, speech: Sound, rng: np.random.Generator) -> Sound:
        """The speech as it arrives."""
        if self.responses:
            speech = signal.fftconvolve(speech, self.responses[rng.integers(len(self.responses))])
        return speech if self.keeps_level else with_active_level(speech, self.level)

    def background(self, length: int, rng: np.random.Generator) -> Sound:
        """The noise beside the speech: `length` samples from a random point on."""
        hiss = with_level(rng.standard_normal(length), HISS_LEVEL)
        if self.noise is None:
            return hiss
        start = int(rng.integers(len(self.noise)))
        piece = np.take(self.noise, np.arange(start, start + length), mode="wrap")
        loudness = max(level(piece), level(self.noise) - _MOST_RAISED)
        return hiss + louder(piece, self.level - self.ratio - loudness)


def bathroom_response(person: tuple[float, float, float] = NEAR) -> Sound:
    """Impulse response of a small tiled room by image sources, from a person to MICROPHONE.

    J. B. Allen and D. A. Berkley, "Image method for efficiently simulating small-room acoustics", JASA 65 (1979). Every
    reflection keeps the same share at all frequencies, so high frequencies ring longer than in a real room.
    """
    reach = RESPONSE_SECONDS * SPEED_OF_SOUND
    axes = [_images(*axis, reach) for axis in zip(BATHROOM, person, MICROPHONE, strict=True)]
    (x, x_bounces), (y, y_bounces), (z, z_bounces) = axes
    response = np.zeros(int(RESPONSE_SECONDS * SAMPLE_RATE) + 1)
    for offset, bounces in zip(x, x_bounces, strict=True):
        distance = np.sqrt(offset**2 + y[:, None] ** 2 + z[None, :] ** 2)
        gain = np.sqrt(1 - ABSORPTION) ** (bounces + y_bounces[:, None] + z_bounces[None, :]) / distance
        delay = np.rint(distance / SPEED_OF_SOUND * SAMPLE_RATE).astype(int)
        is_heard = delay < len(response)
        np.add.at(response, delay[is_heard], gain[is_heard])
    # Images add up to a constant pressure that no real room has.
    rumble_free = signal.sosfilt(signal.butter(2, 80, "highpass", fs=SAMPLE_RATE, output="sos"), response)
    return np.asarray(rumble_free / np.abs(rumble_free).max(), np.float32)


def _images(size: float, source: float, listener: float, reach: float) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Distances of the source's images from the listener along one axis, and how many walls each has met."""
    count = int(reach / (2 * size)) + 1
    period = np.arange(-count, count + 1)
    same, mirrored = 2 * period * size + source - listener, 2 * period * size - source - listener
    return np.concatenate([same, mirrored]), np.concatenate([np.abs(2 * period), np.abs(2 * period - 1)])


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
