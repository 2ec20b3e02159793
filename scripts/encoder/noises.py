"""Noises of a bathroom and of the rooms beside it, each drawn anew: water, machines, music, people who talk.

They are none of those that the benches listen beside: the water is built otherwise than that of the rehearsal.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy import signal

from scripts.encoder.rooms import RATE, draw_response

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Sound = NDArray[np.float32]
    Numbers = NDArray[np.float64]

_KNOTS = 10
"""Points of a random spectrum, spread evenly over the octaves."""
_DROP_SECONDS = 0.05
_SEMITONES = (0, 2, 3, 4, 5, 7, 9, 10)


def water(rng: np.random.Generator, samples: int) -> Numbers:
    """Draw running water: hiss whose spectrum and level wander, and drops that ring, from a drip to a shower."""
    hiss = coloured(rng, samples, tilt=rng.uniform(-4, 2))
    hiss *= 10 ** (_wander(rng, samples, rng.uniform(1, 12)) * rng.uniform(0.3, 3) / 20)
    drops = np.zeros(samples)
    for start in rng.integers(samples, size=rng.poisson(10 ** rng.uniform(0.5, 2.7) * samples / RATE)):
        _add(drops, start, _drop(rng))
    return _mixed(hiss, drops, rng.uniform(-15, 6))


def _drop(rng: np.random.Generator) -> Numbers:
    """Draw a bubble's ring, whose pitch rises a little as it comes to the surface."""
    time = np.arange(int(_DROP_SECONDS * RATE)) / RATE
    pitch, rise = 10 ** rng.uniform(2.7, 3.8), rng.uniform(0, 3)
    ring = np.sin(2 * np.pi * pitch * time * (1 + rise * time)) * np.exp(-rng.uniform(80, 700) * time)
    return np.asarray(ring * rng.exponential())


def machine(rng: np.random.Generator, samples: int) -> Numbers:
    """Draw a fan, a washing machine or a vacuum cleaner: a hum with overtones and rushing air."""
    time = np.arange(samples) / RATE
    pitch = rng.uniform(40, 300) * (1 + 0.003 * _wander(rng, samples, 2))
    phase = 2 * np.pi * np.cumsum(pitch) / RATE
    overtones = range(1, int(rng.integers(3, 20)))
    hum = sum((np.sin(n * phase + rng.uniform(0, 6)) * rng.exponential() / n for n in overtones), np.zeros(samples))
    turning = 1 + rng.uniform(0, 0.8) * np.sin(2 * np.pi * rng.uniform(0.3, 12) * time)
    return _mixed(coloured(rng, samples, tilt=rng.uniform(-8, -1)) * turning, hum, rng.uniform(-12, 10))


def music(rng: np.random.Generator, samples: int) -> Numbers:
    """Draw plucked chords over a bass, with a beat or without one."""
    played = np.zeros(samples)
    beat = int(rng.uniform(0.15, 0.6) * RATE)
    root = rng.uniform(60, 160)
    for start in range(0, samples, beat):
        for _ in range(rng.integers(1, 5)):
            pitch = root * 2 ** ((rng.choice(_SEMITONES) + 12 * rng.integers(4)) / 12)
            _add(played, start, _tone(rng, pitch))
        if rng.random() < 0.5:  # noqa: PLR2004 - half of the beats have a drum
            _add(played, start, coloured(rng, RATE // 8) * np.exp(-np.arange(RATE // 8) / RATE * rng.uniform(20, 80)))
    return played


def _tone(rng: np.random.Generator, pitch: float) -> Numbers:
    time = np.arange(int(rng.uniform(0.2, 0.9) * RATE)) / RATE
    overtones = range(1, max(2, min(12, int(RATE / 2 / pitch))))
    tone = sum(
        (np.sin(2 * np.pi * n * pitch * time) / n ** rng.uniform(0.8, 2) for n in overtones), np.zeros(len(time))
    )
    return np.asarray(tone * np.exp(-rng.uniform(1, 8) * time))


def things(rng: np.random.Generator, samples: int) -> Numbers:
    """Draw things that are put down, doors and steps: knocks that ring."""
    knocks = np.zeros(samples)
    for start in rng.integers(samples, size=rng.poisson(2.5 * samples / RATE) + 1):
        length = int(rng.uniform(0.05, 0.4) * RATE)
        knock = coloured(rng, length, tilt=rng.uniform(-8, 0)) * np.exp(-np.linspace(0, rng.uniform(4, 12), length))
        _add(knocks, start, knock * rng.exponential())
    return knocks


def voices(rng: np.random.Generator, samples: int, talk: Sequence[Sound]) -> Numbers:
    """Draw people who talk, one as on television or several at once; some in another room, and some with music."""
    spoken = np.zeros(samples)
    for _ in range(rng.choice([1, 1, 1, 2, 4])):
        one = talk[int(rng.integers(len(talk)))]
        piece = np.take(one, np.arange(samples) + rng.integers(len(one)), mode="wrap")
        spoken += piece / (np.sqrt(np.mean(piece**2)) + 1e-9)
    if rng.random() < 0.2:  # noqa: PLR2004 - the share with music
        spoken = _mixed(spoken, music(rng, samples), rng.uniform(-15, 0))
    return spoken


def coloured(rng: np.random.Generator, samples: int, tilt: float | None = None) -> Numbers:
    """Draw noise with a random spectrum.

    Args:
        rng: draws it.
        samples: its length.
        tilt: dB that its spectrum rises an octave; None for any.
    """
    frequencies = np.fft.rfftfreq(samples, 1 / RATE)
    octaves = np.log2(np.maximum(frequencies, 30.0) / 1000)
    tilt = rng.uniform(-6, 3) if tilt is None else tilt
    bumps = np.interp(octaves, np.linspace(octaves[0], octaves[-1], _KNOTS), rng.normal(0, 5, _KNOTS))
    spectrum = np.fft.rfft(rng.standard_normal(samples)) * 10 ** ((tilt * octaves + bumps) / 20)
    return np.asarray(np.fft.irfft(spectrum, samples))


def draw_noise(rng: np.random.Generator, samples: int, recorded: Sequence[Sound], talk: Sequence[Sound]) -> Numbers:
    """Draw a noise of any kind, as it comes to the microphone.

    Args:
        rng: draws it.
        samples: its length.
        recorded: recorded noises, among which it may be.
        talk: people who talk, in pieces of some seconds.

    Returns:
        Samples of shape (samples,), of a root mean square of 1.
    """
    if recorded and rng.random() < 0.25:  # noqa: PLR2004 - the share of recorded noises
        one = recorded[int(rng.integers(len(recorded)))]
        noise = np.take(one, np.arange(samples) + rng.integers(len(one)), mode="wrap").astype(float)
    else:
        made = rng.choice(
            ["water", "coloured", "machine", "music", "things", "voices"], p=[0.42, 0.16, 0.1, 0.1, 0.04, 0.18]
        )
        kinds = {"water": water, "coloured": coloured, "machine": machine, "music": music, "things": things}
        noise = voices(rng, samples, talk) if made == "voices" else kinds[made](rng, samples)
    if rng.random() < 0.4:  # noqa: PLR2004 - the share of noises that the room is heard with
        noise = signal.fftconvolve(noise, draw_response(rng))[:samples]
    return np.asarray(noise / (np.sqrt(np.mean(noise**2)) + 1e-9))


def _wander(rng: np.random.Generator, samples: int, per_second: float) -> Numbers:
    """Return a level that goes up and down, with a standard deviation of one."""
    knots = rng.standard_normal(max(3, int(per_second * samples / RATE) + 2))
    return np.interp(np.linspace(0, len(knots) - 1, samples), np.arange(len(knots)), knots)


def _mixed(one: Numbers, other: Numbers, decibels: float) -> Numbers:
    """Return the first, with the second so many dB above it; both are brought to the same power before."""
    powers = [np.sqrt(np.mean(sound**2)) + 1e-9 for sound in (one, other)]
    return np.asarray(one / powers[0] + other / powers[1] * 10 ** (decibels / 20))


def _add(whole: Numbers, start: int, part: Numbers) -> None:
    fitting = part[: len(whole) - start]
    whole[start : start + len(fitting)] += fitting
