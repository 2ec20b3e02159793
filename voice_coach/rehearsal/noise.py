"""Noise for rehearsals: synthetic water, or a recording, at a given signal-to-noise ratio.

Running water is modelled as a broad hiss, from the many small bubbles of air, and as single drops: each leaves a bubble
that rings as a decaying sine, whose pitch depends on the bubble's size (K. van den Doel, "Physically based models for
liquid sounds", ACM Transactions on Applied Perception 2(4), 2005). All filters are circular, so that the noise repeats
without a click.
"""

from __future__ import annotations

import contextlib
import subprocess
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING

import numpy as np

from voice_coach.audio.recordings import RATE, read_recording
from voice_coach.errors import RehearsalError
from voice_coach.rehearsal.dialogue import SPEAKING_LEVEL

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Sound = NDArray[np.float32]
    Seed = int | np.random.Generator
    from collections.abc import Callable, Iterator

    from voice_coach.rehearsal.virtual_card import VirtualCard


_RATE = 16_000
_LEVEL = -30.0
"""Root mean square of synthetic water, in decibels of full scale."""
_DROP_SECONDS = 0.03
"""Seconds for which a drop rings."""


@dataclass(frozen=True, slots=True)
class _Water:
    """The parameters of one kind of running water."""

    hiss: tuple[float, float]
    """Lowest and highest frequency of the hiss in Hz."""
    drops_a_second: int
    drop_pitches: tuple[float, float]
    """Lowest and highest pitch of a drop in Hz."""
    drop_decays: tuple[float, float]
    """Slowest and fastest decay of a drop, per second."""
    drop_share: float
    """Level of all drops together, relative to the hiss."""
    swell: float
    """Standard deviation of the hiss's level in decibels."""


_TAP = _Water((400, 6_500), 60, (700, 4_000), (100, 400), 0.7, 1.5)
_SHOWER = _Water((300, 7_500), 400, (1_500, 6_500), (300, 900), 0.5, 0.7)


def running_tap(seed: Seed = 1, seconds: float = 20.0, rate: int = _RATE) -> Sound:
    """Make the sound of a tap that runs into a basin: a broad hiss that swells a little, with splashes.

    Args:
        seed: A seed, which always makes the same sound for the same length and rate; or a random generator to use.
        seconds: Length in seconds, at least 0.1.
        rate: Sample rate in Hz.

    Returns:
        Mono samples of shape (samples,), at -30 decibels of full scale; they can be repeated without a click.
    """
    return _run(_TAP, np.random.default_rng(seed), seconds, rate)


def shower(seed: Seed = 1, seconds: float = 20.0, rate: int = _RATE) -> Sound:
    """Make the sound of a shower, which is steadier and brighter than a tap; see `running_tap` for the arguments."""
    return _run(_SHOWER, np.random.default_rng(seed), seconds, rate)


def _run(water: _Water, rng: np.random.Generator, seconds: float, rate: int) -> Sound:
    length = round(seconds * rate)
    swell = 10 ** (water.swell * _band_of_noise(rng, length, rate, (0, 3), order=1) / 20)
    hiss = _band_of_noise(rng, length, rate, water.hiss, order=2) * swell
    drops = _drops(water, rng, length, rate)
    sound = hiss + water.drop_share * drops / drops.std()
    return np.asarray(sound * 10 ** (_LEVEL / 20) / np.sqrt(np.mean(np.square(sound))), np.float32)


def _band_of_noise(
    rng: np.random.Generator, length: int, rate: int, band: tuple[float, float], order: int
) -> NDArray[np.float64]:
    """Return noise of standard deviation 1, shaped by a Butterworth bandpass, or a lowpass for a band from 0 Hz."""
    low, high = band
    frequencies = np.maximum(np.fft.rfftfreq(length, 1 / rate), 1e-3)
    distance = (frequencies**2 - low * high) / (frequencies * (high - low))
    response = 1 / np.sqrt(1 + distance ** (2 * order))
    noise = np.fft.irfft(np.fft.rfft(rng.standard_normal(length)) * response, length)
    return np.asarray(noise / noise.std())


def _drops(water: _Water, rng: np.random.Generator, length: int, rate: int) -> NDArray[np.float64]:
    drops = np.zeros(length)
    time = np.arange(round(_DROP_SECONDS * rate)) / rate
    for start in rng.integers(length, size=max(1, length * water.drops_a_second // rate)):
        pitch, decay, size = rng.uniform(*water.drop_pitches), rng.uniform(*water.drop_decays), rng.exponential()
        drop = size * np.exp(-decay * time) * np.sin(2 * np.pi * pitch * time)
        drops[np.arange(start, start + len(time)) % length] += drop
    return drops


WATER = "water"
OWN_NOISES = {WATER: running_tap, "shower": shower}
"""The functions that make synthetic noises, by the name of the noise."""
DEFAULT_SNR = 20.0
"""Decibels by which the person's voice is louder than the noise, unless given otherwise."""


@dataclass(frozen=True, eq=False)
class Noise:
    """A noise that the microphone hears during a rehearsal."""

    name: str
    """A name in OWN_NOISES, or the path of a recording."""
    snr: float
    """Decibels by which speech, at its active level, is above the noise's root mean square at the microphone."""
    sound: NDArray[np.float32]
    """Mono samples as the microphone hears them, of shape (samples,), at RATE."""


def load_noise(name: str, snr: float, tell: Callable[[str], None] = lambda _sentence: None) -> Noise:
    """Make or read a noise, and scale it to a signal-to-noise ratio.

    Args:
        name: A name in OWN_NOISES, or the path of a WAV or FLAC file.
        snr: Signal-to-noise ratio in decibels, as in `Noise`.
        tell: Function that is called with a sentence for the person, when there is something to know about the file.

    Raises:
        RecordingError: The file cannot be read.
        RehearsalError: The file holds only silence.
    """
    sound = OWN_NOISES[name]() if name in OWN_NOISES else read_recording(Path(name), tell)
    level = float(np.sqrt(np.mean(np.square(sound, dtype=np.float64))))
    if not level:
        message = f"{name} holds only silence: name a recording of a noise, or leave it out for running water."
        raise RehearsalError(message)
    gain = SPEAKING_LEVEL * 10 ** (-snr / 20) / level
    return Noise(name, snr, np.clip(sound * np.float32(gain), -1.0, 1.0))


@contextlib.contextmanager
def playing(noise: Noise, card: VirtualCard) -> Iterator[None]:
    """Play a noise to the card's microphone, over and over, for as long as the `with` block lasts.

    Raises:
        RehearsalError: The noise broke off before the block ended.
    """
    player = subprocess.Popen(
        ["pacat", "--playback", "--device=person", "--raw", "--format=float32le", "--channels=1", f"--rate={RATE}",
         "--latency-msec=100"],
        env=card.environment, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        start_new_session=True,
    )  # fmt: skip
    assert player.stdin is not None  # noqa: S101 - a pipe was asked for
    feeder = threading.Thread(target=_feed, args=(noise.sound.astype("<f4").tobytes(), player.stdin), daemon=True)
    feeder.start()
    try:
        yield
        if player.poll() is not None:
            message = "The noise of the rehearsal broke off, so nothing was measured in it: rehearse again."
            raise RehearsalError(message)
    finally:
        player.kill()
        player.wait()
        feeder.join()


def _feed(sound: bytes, pipe: IO[bytes]) -> None:
    with contextlib.suppress(BrokenPipeError), pipe:
        while True:
            pipe.write(sound)
