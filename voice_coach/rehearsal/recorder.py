"""Records what the virtual sound card hears, and finds speech and sounds in it.

All sounds are mono float32 in -1...1, shape (samples,); all times are seconds from the first sample.
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


CARD_RATE = 48_000
"""Hz: both sides of the virtual card."""
_FRAME_BYTES = 4  # two channels of 16 bits
_FULL_SCALE = 32_768.0
_LUMPED_BLOCKS = 5
"""The first blocks of a fresh stream may come in one lump."""


@dataclass(frozen=True, eq=False)
class Recording:
    """Both sides of the card over the same time, sample by sample."""

    microphone: NDArray[np.float32]
    """What the microphone hears, shape (samples,), -1...1."""
    speaker: NDArray[np.float32]
    """What the speaker plays, shape (samples,), -1...1."""
    started_at: float
    """Monotonic seconds of the first sample, later than the truth by the recorder's delay (about 10 ms)."""
    rate: int = CARD_RATE

    def seconds_at(self, at: float) -> float:
        """Return the place in the recording of a moment in monotonic seconds, never before its beginning."""
        return max(0.0, at - self.started_at)

    def slice(self, start: float, end: float) -> Recording:
        """Return the part between two places in seconds."""
        first, last = (max(0, round(seconds * self.rate)) for seconds in (start, end))
        return Recording(
            self.microphone[first:last], self.speaker[first:last], self.started_at + first / self.rate, self.rate
        )


class Recorder:
    """Reads the card's two sides all the time, and keeps them between `start` and `stop`.

    Reading all the time is needed: a null sink that nobody listens to works in blocks of two seconds, which would
    swallow the beginning of every sound. It also keeps the server alive, which ends by itself when its last
    reader is gone.
    """

    def __init__(self, environment: Mapping[str, str]) -> None:
        """Start reading.

        Args:
            environment: The card's environment for child processes.
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
        """Wait until sound arrives in small blocks.

        Raises:
            RehearsalError: Nothing arrived within that time.
        """
        if not self._is_flowing.wait(seconds):
            msg = "The virtual sound card gives no sound; try again, or look at `pulseaudio -n -vv` for the reason."
            raise RehearsalError(msg)

    def start(self) -> None:
        """Keep what is heard from now on; what was kept before is forgotten."""
        with self._lock:
            self._kept = bytearray()
            self._started_at = float("inf")

    def stop(self) -> Recording:
        """Keep nothing more, and return what was heard since `start`."""
        recording = self.so_far()
        with self._lock:
            self._kept = None
        return recording

    def so_far(self) -> Recording:
        """Return what was heard since `start`; go on keeping."""
        with self._lock:
            kept = bytes(self._kept or b"")
            started_at = self._started_at
        samples = np.frombuffer(kept[: len(kept) // _FRAME_BYTES * _FRAME_BYTES], dtype="<i2").reshape(-1, 2)
        sides = samples.astype(np.float32) / _FULL_SCALE
        return Recording(sides[:, 0].copy(), sides[:, 1].copy(), started_at)

    def close(self) -> None:
        """Stop reading and end the reader."""
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
                        # The least delayed block knows best when the first sample was.
                        self._started_at = min(self._started_at, now - len(self._kept) / _FRAME_BYTES / CARD_RATE)
