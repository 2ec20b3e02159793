"""Noise in the room of a rehearsal: water or a recording, played to the microphone again and again."""

from __future__ import annotations

import contextlib
import subprocess
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING

import numpy as np

from voice_coach.errors import RehearsalError
from voice_coach.rehearsal.person import SPEAKING_LEVEL
from voice_coach.sound.recordings import RATE, read_recording
from voice_coach.sound.water import running_tap, shower

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    from voice_coach.rehearsal.card import VirtualCard

WATER = "water"
OWN_NOISES = {WATER: running_tap, "shower": shower}
"""Made by the project itself, by name."""
DEFAULT_SNR = 20.0


@dataclass(frozen=True, eq=False)
class Noise:
    """A noise beside which the person speaks."""

    name: str
    """One of OWN_NOISES, or the recording's path."""
    snr: float
    """dB between the active level of the person's speech and the noise's root mean square, at the microphone."""
    sound: NDArray[np.float32]
    """As it arrives there: shape (samples,), mono at RATE."""


def load_noise(name: str, snr: float, tell: Callable[[str], None] = lambda _sentence: None) -> Noise:
    """Make or read a noise, at its level.

    Args:
        name: one of OWN_NOISES, or the path of a WAV or FLAC file.
        snr: in dB, see Noise.
        tell: is told what a person should know of the file, in a sentence.

    Raises:
        RecordingError: the file cannot be read.
        RehearsalError: it holds only silence.
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
    """Let the card's microphone hear a noise, repeated as often as needed, for as long as the `with` block lasts.

    Raises:
        RehearsalError: the noise broke off before the block did.
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
