"""Simulated small rooms with tiles: the way of a voice to a microphone on a shelf, in thousands of bathrooms.

The first reflections are image sources (J. B. Allen and D. A. Berkley, "Image method for efficiently simulating
small-room acoustics", JASA 65, 1979), with an absorption of their own for each wall and band. What comes after them is
noise that decays with the reverberation time of Eyring's formula (C. F. Eyring, "Reverberation time in 'dead' rooms",
JASA 1, 1930), because the many later images of a perfect box would ring as no furnished room does.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Sound = NDArray[np.float32]
    Numbers = NDArray[np.float64]

RATE = 16_000
"""Hz."""
SPEED_OF_SOUND = 343.0
RESPONSE_SECONDS = 0.7
_CENTRES = (200.0, 800.0, 3_200.0)
"""Hz: the bands in which walls absorb differently."""
_REACH_SECONDS = 0.05
"""Seconds of reflections that are computed one by one."""
_BLEND_SECONDS = 0.02
"""Seconds at the end of these from which the level of the noise is taken, and over which it sets in."""
_AREA, _ASPECT, _HEIGHT = (3.0, 12.0), (1.0, 2.2), (2.1, 2.8)
_TILES, _CLOTH = ((0.03, 0.18), (0.025, 0.12), (0.03, 0.16)), ((0.1, 0.3), (0.2, 0.7), (0.3, 0.8))
"""The least and the most absorption in each band: of a wall with tiles, glass or a door, and of one with towels or a
curtain."""
_CLOTHED_WALLS = 3
_NEAREST, _FARTHEST = 0.25, (0.5, 3.0)
"""Metres from the microphone: nobody is nearer, and nobody farther than what is drawn between the others."""
_JITTER_METRES = 0.03
_RUMBLE_HZ = 70.0


@dataclass(frozen=True)
class Room:
    """A box with a microphone in it."""

    size: Numbers
    """Length, width and height in metres."""
    reflection: Numbers
    """The share of the pressure that each wall reflects, shape (bands, axes, 2)."""
    microphone: Numbers


def draw_room(rng: np.random.Generator) -> Room:
    """Draw a bathroom of 3 to 12 square metres, some of whose walls hold towels; the microphone is on a shelf."""
    area, aspect = rng.uniform(*_AREA), rng.uniform(*_ASPECT)
    size = np.array([np.sqrt(area * aspect), np.sqrt(area / aspect), rng.uniform(*_HEIGHT)])
    absorption = np.stack([rng.uniform(low, high, (3, 2)) for low, high in _TILES])
    for wall in rng.choice(6, rng.integers(_CLOTHED_WALLS + 1), replace=False):
        share = rng.uniform(0.2, 1.0)
        cloth = np.array([rng.uniform(low, high) for low, high in _CLOTH])
        absorption[:, wall // 2, wall % 2] += share * (cloth - absorption[:, wall // 2, wall % 2])
    shelf = np.array([rng.uniform(0.1, 0.5), rng.uniform(0.2, size[1] - 0.2), rng.uniform(0.8, 1.7)])
    return Room(size, np.sqrt(1 - absorption), shelf)


def draw_response(rng: np.random.Generator) -> Sound:
    """Draw a room, and return the impulse response from a person who stands somewhere in it, shape (samples,).

    The direct sound comes at the first sample, so that the voice keeps its place in time.
    """
    room, farthest = draw_room(rng), rng.uniform(*_FARTHEST)
    while True:
        person = rng.uniform([0.2, 0.2, 1.2], [*(room.size[:2] - 0.2), 1.75])
        if _NEAREST < np.linalg.norm(person - room.microphone) < farthest:
            return response(room, person, rng)
        farthest += 0.01  # nobody fits in there


def response(room: Room, person: Numbers, rng: np.random.Generator) -> Sound:
    """Return the impulse response from a place in a room to its microphone; the direct sound comes first."""
    delays, gains = _images(room, person, rng)
    length, early = int(RESPONSE_SECONDS * RATE), int(_REACH_SECONDS * RATE)
    samples = np.rint((delays - delays.min()) * RATE).astype(int)
    is_early = samples < early
    bands = np.zeros((len(_CENTRES), length))
    for band, gain in zip(bands, gains, strict=True):
        np.add.at(band, samples[is_early], gain[is_early])
    bands += _tails(room, bands, rng)
    padded = 2 * length  # what the filters make ring before the direct sound comes out behind, and is left out
    frequencies = np.asarray(np.fft.rfftfreq(padded, 1 / RATE), np.float64)
    spectrum = (np.fft.rfft(bands, padded) * _shares(frequencies)).sum(axis=0)
    spectrum *= frequencies**2 / (frequencies**2 + _RUMBLE_HZ**2)  # images add up to a pressure that no room has
    return np.asarray(np.fft.irfft(spectrum, padded)[:length], np.float32)


def _images(room: Room, person: Numbers, rng: np.random.Generator) -> tuple[Numbers, Numbers]:
    """Return the seconds after which the images within reach are heard, and their gains in each band."""
    places: list[Numbers] = []
    kept: list[Numbers] = []
    for axis, length in enumerate(room.size):
        periods = np.arange(-(count := int(_REACH_SECONDS * SPEED_OF_SOUND / (2 * length)) + 1), count + 1)
        same, mirrored = 2 * periods * length + person[axis], 2 * periods * length - person[axis]
        places.append(np.concatenate([same, mirrored]) - room.microphone[axis])
        near = np.concatenate([np.abs(periods), np.abs(periods - 1)])
        far = np.concatenate([np.abs(periods), np.abs(periods)])
        walls = room.reflection[:, axis]
        kept.append(walls[:, :1] ** near * walls[:, 1:] ** far)
    x, y, z = np.meshgrid(*places, indexing="ij")
    offsets = np.stack([x, y, z]).reshape(3, -1)
    offsets = offsets + rng.normal(0, _JITTER_METRES, offsets.shape) * (np.abs(offsets).max(axis=0) > room.size.max())
    distances = np.linalg.norm(offsets, axis=0)
    gains = np.einsum("bi,bj,bk->bijk", *kept).reshape(len(_CENTRES), -1) / distances
    return distances / SPEED_OF_SOUND, gains


def _tails(room: Room, early: Numbers, rng: np.random.Generator) -> Numbers:
    """Return the noise that follows the early reflections in each band, as loud as the last of these."""
    length, start = early.shape[1], int(_REACH_SECONDS * RATE)
    blend = int(_BLEND_SECONDS * RATE)
    time = np.arange(length - start + blend) / RATE
    power = (early[:, start - blend : start] ** 2).mean(axis=1)
    decay = np.exp(-6.9 * time / _reverberation_seconds(room)[:, None])
    noise = rng.standard_normal(decay.shape) * decay * np.sqrt(power)[:, None] * np.minimum(1, time / _BLEND_SECONDS)
    return np.pad(noise, ((0, 0), (start - blend, 0)))


def _reverberation_seconds(room: Room) -> Numbers:
    """Return the seconds in which the sound decays by 60 dB, in each band, by Eyring's formula."""
    across = np.array([room.size[1] * room.size[2], room.size[0] * room.size[2], room.size[0] * room.size[1]])
    surface = 2 * across.sum()
    reflected = ((room.reflection**2).sum(axis=2) * across).sum(axis=1) / surface
    return np.asarray(0.161 * room.size.prod() / (-surface * np.log(reflected)))


def _shares(frequencies: Numbers) -> Numbers:
    """Return the share of each band at each frequency, blending into each other by octaves; they add up to one."""
    octaves = np.log2(np.maximum(frequencies, 1.0))
    centres = np.log2(_CENTRES)
    return np.stack([np.interp(octaves, centres, row) for row in np.eye(len(_CENTRES))])
