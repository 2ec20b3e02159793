"""Records both sides of the virtual sound card, and finds speech and known sounds in a recording.

All sounds are mono float32 from -1 to 1, of shape (samples,); all times are seconds since the first sample.
"""

from __future__ import annotations

import subprocess
import threading
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING

import numpy as np

from voice_coach import clock
from voice_coach.errors import RehearsalError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Sound = NDArray[np.float32]
    from collections.abc import Mapping


FRAME_SECONDS = 0.005
"""Seconds of a frame, the resolution at which starts and ends of sounds are found."""
AUDIBLE_LEVEL = 0.002
"""Root mean square from which a frame counts as audible: -54 dB of full scale."""
BELOW_SPEECH_PEAK = 0.01
"""Level below which an utterance has ended, relative to its loudest frame: -40 dB."""

_SHARE_HEARD = 0.1
"""Share of a known sound's energy that the recording must contain for the sound to be found."""


def levels(sound: Sound, rate: int) -> NDArray[np.float64]:
    """Return the root mean square of each full frame of FRAME_SECONDS, of shape (frames,)."""
    length = round(FRAME_SECONDS * rate)
    frames = sound[: len(sound) // length * length].reshape(-1, length)
    mean_squares: NDArray[np.float64] = np.mean(np.square(frames, dtype=np.float64), axis=1)
    return np.sqrt(mean_squares)


def end_of_speech(sound: Sound, rate: int) -> float | None:
    """Return the time at which the last word in a sound ends, or None when nothing is said.

    The threshold is 40 dB below the loudest frame. In noise it is higher: 10 dB above the quietest tenth of the frames,
    up to 20 dB below the loudest frame. So a fading vowel is not cut off, and the noise of a room is not taken for
    speech.
    """
    level = levels(sound, rate)
    if not len(level) or level.max() < AUDIBLE_LEVEL:
        return None
    above_noise = min(3 * float(np.quantile(level, 0.1)), level.max() / 10)
    above = np.flatnonzero(level >= max(level.max() * BELOW_SPEECH_PEAK, above_noise))
    return float(above[-1] + 1) * FRAME_SECONDS


def first_sound(sound: Sound, rate: int, after: float = 0.0) -> float | None:
    """Return the start of the first audible frame at or after a time, or None when all frames are silent."""
    start = int(np.ceil(after / FRAME_SECONDS))
    audible = np.flatnonzero(levels(sound, rate)[start:] >= AUDIBLE_LEVEL)
    return float(start + audible[0]) * FRAME_SECONDS if len(audible) else None


def seconds_of_sound(sound: Sound, rate: int) -> float:
    """Return the total number of seconds for which a sound is audible."""
    return float(np.count_nonzero(levels(sound, rate) >= AUDIBLE_LEVEL)) * FRAME_SECONDS


def find_onset(sound: Sound, pattern: Sound) -> tuple[int, float]:
    """Find where a known sound begins in a recording that may end before the sound does and may contain other sounds.

    A plain correlation is not enough, because a ringing bell resembles itself a few periods later. So this function
    searches for the start from which the pattern, cut off at the end of the recording, explains most of the recording's
    energy: least squares over start and gain, with the correlation computed by a fast Fourier transform.

    Returns:
        The sample at which the pattern begins, and the likeness of the recording to silence followed by the pattern,
        from 0 (unlike) to 1 (the same up to its level). (0, 0.0) when either sound is silent.
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


CARD_RATE = 48_000
"""Sample rate of both sides of the virtual card, in Hz."""
_FRAME_BYTES = 4  # two channels of 16 bits
_FULL_SCALE = 32_768.0
_LUMPED_BLOCKS = 5
"""Number of blocks at the start of a stream that may arrive all at once, and so are not yet a steady flow."""


@dataclass(frozen=True, eq=False)
class Recording:
    """A recording of both sides of the card over the same time, sample by sample."""

    microphone: NDArray[np.float32]
    """Sound that the microphone hears, of shape (samples,), from -1 to 1."""
    speaker: NDArray[np.float32]
    """Sound that the speaker plays, of shape (samples,), from -1 to 1."""
    started_at: float
    """Monotonic seconds of the first sample, too late by the recorder's delay of about 10 ms."""
    rate: int = CARD_RATE

    def seconds_at(self, at: float) -> float:
        """Convert monotonic seconds to seconds since the first sample; times before it become 0."""
        return max(0.0, at - self.started_at)

    def slice(self, start: float, end: float) -> Recording:
        """Return the part of the recording between two times, in seconds since the first sample."""
        first, last = (max(0, round(seconds * self.rate)) for seconds in (start, end))
        return Recording(
            self.microphone[first:last], self.speaker[first:last], self.started_at + first / self.rate, self.rate
        )


class Recorder:
    """A reader of both sides of the card, which keeps their sound between `start` and `stop`.

    It reads all the time for two reasons: a null sink without a reader works in blocks of two seconds, which would cut
    off the beginning of every sound; and the server ends by itself when its last reader is gone.
    """

    def __init__(self, environment: Mapping[str, str]) -> None:
        """Start to read the sound of the card.

        Args:
            environment: The environment in which child processes use the card.
        """
        self._process = subprocess.Popen(
            ["parec", "--device=room.monitor", "--raw", "--format=s16le", "--channels=2", f"--rate={CARD_RATE}",
             "--latency-msec=10"],
            env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
            start_new_session=True,
        )  # fmt: skip
        self._lock = threading.Lock()
        self._kept: bytearray | None = None
        self._started_at = 0.0
        self._is_flowing = threading.Event()
        assert self._process.stdout is not None  # noqa: S101 - a pipe was asked for
        self._thread = threading.Thread(target=self._read, args=(self._process.stdout,), daemon=True)
        self._thread.start()

    def wait_until_flowing(self, seconds: float) -> None:
        """Wait until sound arrives steadily.

        Raises:
            RehearsalError: Nothing arrived within that time.
        """
        if not self._is_flowing.wait(seconds):
            msg = "The virtual sound card gives no sound; try again, or look at `pulseaudio -n -vv` for the reason."
            raise RehearsalError(msg)

    def is_flowing(self, seconds: float) -> bool:
        """Return whether sound comes now, waiting for it up to that time."""
        self._is_flowing.clear()
        return self._is_flowing.wait(seconds)

    def start(self) -> None:
        """Start a new recording, and forget the one before."""
        with self._lock:
            self._kept = bytearray()
            self._started_at = float("inf")

    def stop(self) -> Recording:
        """End the recording, and return it."""
        recording = self.so_far()
        with self._lock:
            self._kept = None
        return recording

    def so_far(self) -> Recording:
        """Return the recording since `start`, without ending it."""
        with self._lock:
            kept = bytes(self._kept or b"")
            started_at = self._started_at
        samples = np.frombuffer(kept[: len(kept) // _FRAME_BYTES * _FRAME_BYTES], dtype="<i2").reshape(-1, 2)
        sides = samples.astype(np.float32) / _FULL_SCALE
        return Recording(sides[:, 0].copy(), sides[:, 1].copy(), started_at)

    def close(self) -> None:
        """Stop reading, and end the child process that reads."""
        self._process.terminate()
        try:
            self._process.wait(2.0)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._thread.join(2.0)

    def _read(self, pipe: IO[bytes]) -> None:
        blocks = 0
        with pipe:
            while block := pipe.read1(65_536):  # type: ignore[attr-defined]  # a buffered pipe has read1
                now = clock.now()
                blocks += 1
                if blocks > _LUMPED_BLOCKS:
                    self._is_flowing.set()
                with self._lock:
                    if self._kept is not None:
                        self._kept += block
                        # The block with the least delay gives the best estimate of the first sample's time.
                        self._started_at = min(self._started_at, now - len(self._kept) / _FRAME_BYTES / CARD_RATE)
