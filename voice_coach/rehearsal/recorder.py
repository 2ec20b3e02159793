"""Records both sides of the virtual card, the microphone's and the speaker's, on one clock."""

from __future__ import annotations

import subprocess
import threading
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING

import numpy as np

from voice_coach import clock
from voice_coach.errors import RehearsalError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

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
