"""A process that renders: a sentence in, samples out; a hang or a crash costs one retry."""

from __future__ import annotations

import json
import os
import select
import subprocess
import sys
import time
import wave
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, Self

import numpy as np

from voice_coach.errors import MouthError, NoVoiceError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import TracebackType

    from numpy.typing import NDArray

SLOWEST, FASTEST = 80, 450
"""Words per minute that a voice takes; what is beyond is as slow or as fast as these."""


@dataclass(frozen=True, slots=True, eq=False)
class Speech:
    """A rendered text."""

    samples: NDArray[np.int16]
    """Shape (frames,), one channel."""
    rate: int
    """Frames a second."""
    is_makeshift: bool = False
    """Whether another voice than the one that was asked for spoke: not to be kept under that one's name."""


class SpeechVoice(Protocol):
    """What renders sentences. For one thread at a time."""

    @property
    def name(self) -> str:
        """The voice, as its engine names it."""

    @property
    def version(self) -> str:
        """What renders, with versions; with the name, it tells one sound from another."""

    @property
    def pid(self) -> int:
        """Of the process that renders now."""

    def render(self, text: str, words_per_minute: int) -> Speech:
        """Render a text that has at least one letter or digit.

        Raises:
            MouthError: it cannot.
        """

    def close(self) -> None:
        """End what renders."""


@dataclass(frozen=True, slots=True)
class Engine:
    """What runs in the process, how long it may take, and what a person is told when it does not."""

    name: str
    """As `synthesis_process.py` knows it."""
    voices: str
    """Names separated by commas, best first."""
    start_seconds: float
    """For a new process to say hello, on a small machine that is busy."""
    restart_seconds: float
    """The same when it replaces one: somebody waits for a sentence."""
    render_seconds: float
    """For a sentence."""
    does_not_start: str
    faults: Mapping[str, str]
    """Sentences with {error} for each FAULT of the process that keeps it from starting."""
    did_not_render: str
    """With {text} and {error}."""


class ProcessVoice:
    """A synthesiser in a process of its own that is replaced when it hangs or dies. Fulfils SpeechVoice.

    Raises:
        MouthError: it does not start, or misses something.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._wav = os.fdopen(os.memfd_create("speech"), "rb")
        """What the process writes its sound to: no disk is needed to speak."""
        self._unread = b""
        self.name = ""
        """The voice, as its engine names it (gmw/en-us)."""
        self.version = ""
        """What renders, with versions."""
        try:
            self._start(engine.start_seconds)
        except MouthError:
            self._wav.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def pid(self) -> int:
        """Of the process that renders now."""
        return self._process.pid

    def render(self, text: str, words_per_minute: int) -> Speech:
        """Render a text that has at least one letter or digit.

        Raises:
            MouthError: it failed twice, the second time with a new process.
        """
        request = {"text": text, "words_per_minute": min(max(words_per_minute, SLOWEST), FASTEST)}
        try:
            return self._render(request)
        except (OSError, ValueError):  # ValueError: no or another answer than expected
            self._end()
            self._start(self._engine.restart_seconds)
        try:
            return self._render(request)
        except (OSError, ValueError) as error:
            raise MouthError(self._engine.did_not_render.format(text=text, error=error)) from error

    def close(self) -> None:
        """End the process."""
        self._end()
        self._wav.close()

    def _start(self, seconds: float) -> None:
        self._unread = b""
        program = Path(__file__).with_name("synthesis_process.py")
        self._process = subprocess.Popen(  # noqa: S603  our own file, run by our own interpreter
            [sys.executable, "-P", str(program), self._engine.name, self._engine.voices, str(self._wav.fileno())],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            pass_fds=[self._wav.fileno()],
            start_new_session=True,  # Ctrl-C in the terminal is not for it: it may still have to say goodbye
        )
        try:
            hello = self._read(seconds)
        except (OSError, ValueError) as error:
            self._end()
            raise MouthError(self._engine.does_not_start) from error
        if fault := hello.get("fault"):
            self._end()
            raise NoVoiceError(self._engine.faults[fault].format(error=" ".join(hello["error"].split())), fault)
        self.name, self.version = hello["voice"], hello["version"]

    def _render(self, request: dict[str, Any]) -> Speech:
        assert self._process.stdin is not None  # noqa: S101  Popen was given PIPE
        self._process.stdin.write(json.dumps(request).encode() + b"\n")
        self._process.stdin.flush()
        answer = self._read(self._engine.render_seconds)
        if "error" in answer:
            raise ValueError(answer["error"])
        with wave.open(f"/proc/self/fd/{self._wav.fileno()}") as sound:
            samples = np.frombuffer(sound.readframes(sound.getnframes()), np.int16)
            return Speech(samples, sound.getframerate())

    def _read(self, seconds: float) -> dict[str, Any]:
        """The next line of the process, as an object; OSError or ValueError if it does not come in time."""
        assert self._process.stdout is not None  # noqa: S101  Popen was given PIPE
        descriptor = self._process.stdout.fileno()
        deadline = time.monotonic() + seconds
        while b"\n" not in self._unread:
            if not select.select([descriptor], [], [], max(0.0, deadline - time.monotonic()))[0]:
                raise TimeoutError(seconds)
            chunk = os.read(descriptor, 65536)
            if not chunk:
                message = "the process ended"
                raise ValueError(message)
            self._unread += chunk
        line, self._unread = self._unread.split(b"\n", 1)
        answer: dict[str, Any] = json.loads(line)
        return answer

    def _end(self) -> None:
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe:
                try:
                    pipe.close()
                except OSError:
                    continue  # an unsent request that nobody will read
