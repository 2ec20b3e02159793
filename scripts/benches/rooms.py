"""Where the persons of the benches speak: a quiet place, a tiled bathroom, beside a running tap. All made here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy import signal

from voice_coach.ears.evidence import SAMPLE_RATE

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Sound = NDArray[np.float32]

HISS_LEVEL = -72.0
"""dBFS of the microphone's own noise, always there."""
SPEED_OF_SOUND = 343.0
BATHROOM = (2.4, 1.9, 2.4)
"""Length, width and height in metres."""
PERSON = (1.5, 0.6, 1.5)
MICROPHONE = (1.1, 0.9, 1.3)
ABSORPTION = 0.12
"""Share of the energy that a wall keeps: tiles and glass, some towels."""
RESPONSE_SECONDS = 0.8


@dataclass(frozen=True)
class Place:
    """What happens to speech on its way to the microphone."""

    name: str
    responses: tuple[Sound, ...] = ()
    """Impulse responses from the person to the microphone, one of them for each thing said; none: no room."""
    noise: Sound | None = None
    """At least some seconds of it; repeated as needed."""
    ratio: float = 20.0
    """dB between the speech and that noise."""
    is_recorded: bool = False

    def reach(self, speech: Sound, rng: np.random.Generator) -> Sound:
        """The speech as it arrives, at the same level whatever the room."""
        if not self.responses:
            return speech
        wet = signal.fftconvolve(speech, self.responses[rng.integers(len(self.responses))])
        return np.asarray(wet * np.sqrt(np.sum(speech**2) / np.sum(wet**2)), np.float32)

    def background(self, length: int, speech_level: float, rng: np.random.Generator) -> Sound:
        """What is heard besides speech of that level in dBFS: `length` samples from a random point on."""
        hiss = with_level(rng.standard_normal(length), HISS_LEVEL)
        if self.noise is None:
            return hiss
        start = int(rng.integers(len(self.noise)))
        piece = np.take(self.noise, np.arange(start, start + length), mode="wrap")
        return hiss + piece * np.float32(10 ** ((speech_level - self.ratio - level(self.noise)) / 20))


def bathroom_response() -> Sound:
    """Impulse response of a small tiled room by image sources.

    J. B. Allen and D. A. Berkley, "Image method for efficiently simulating small-room acoustics", JASA 65 (1979). Every
    reflection keeps the same share at all frequencies, so high frequencies ring longer than in a real room.
    """
    reach = RESPONSE_SECONDS * SPEED_OF_SOUND
    axes = [_images(*axis, reach) for axis in zip(BATHROOM, PERSON, MICROPHONE, strict=True)]
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


def running_tap(rng: np.random.Generator, seconds: float = 20.0) -> Sound:
    """Water from a tap into a basin: broad hiss that swells a little, and thousands of small splashes in it."""
    length = int(seconds * SAMPLE_RATE)
    band = signal.butter(2, (400, 6500), "bandpass", fs=SAMPLE_RATE, output="sos")
    hiss = signal.sosfilt(band, rng.standard_normal(length))
    slow = signal.butter(1, 3, "lowpass", fs=SAMPLE_RATE, output="sos")
    swell = signal.sosfilt(slow, rng.standard_normal(length))
    swell = 10 ** (1.5 * swell / swell.std() / 20)
    splashes = np.zeros(length)
    time = np.arange(int(0.03 * SAMPLE_RATE)) / SAMPLE_RATE
    for start in rng.integers(length - len(time), size=int(seconds * 60)):
        pitch, decay, size = rng.uniform(700, 4000), rng.uniform(100, 400), rng.exponential()
        splashes[start : start + len(time)] += size * np.exp(-decay * time) * np.sin(2 * np.pi * pitch * time)
    water = hiss / hiss.std() * swell + 0.7 * splashes / splashes.std()
    return with_level(water, -30.0)


def with_level(sound: NDArray[np.float64] | Sound, wanted: float) -> Sound:
    """The sound at a root mean square level in dBFS."""
    return (sound * 10 ** ((wanted - level(sound)) / 20)).astype(np.float32)


def level(sound: NDArray[np.float64] | Sound) -> float:
    """Root mean square level in dBFS."""
    return 10 * float(np.log10(np.mean(np.square(sound, dtype=np.float64)) + 1e-12))


def _images(size: float, source: float, listener: float, reach: float) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Along one axis: how far each image of the source is from the listener, and how many walls it has met."""
    count = int(reach / (2 * size)) + 1
    period = np.arange(-count, count + 1)
    same, mirrored = 2 * period * size + source - listener, 2 * period * size - source - listener
    return np.concatenate([same, mirrored]), np.concatenate([np.abs(2 * period), np.abs(2 * period - 1)])
