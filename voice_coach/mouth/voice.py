"""The synthesiser as the mouth sees it: a sentence in, samples out; a hang or a crash costs one retry."""

from __future__ import annotations

import json
import os
import select
import subprocess
import sys
import tempfile
import time
import wave
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from voice_coach.errors import MouthError
from voice_coach.library import espeak_voices

if TYPE_CHECKING:
    from types import TracebackType

    from numpy.typing import NDArray

START_SECONDS = 15.0
"""For a new process to say hello: 0.1 s usually, much more on a small machine that is busy."""
RESTART_SECONDS = 2.5
"""The same when it replaces one: somebody waits for a sentence."""
RENDER_SECONDS = 2.0
"""For a sentence: 11-40 ms usually."""
SLOWEST, FASTEST = 80, 450
"""Words per minute that eSpeak NG knows."""


@dataclass(frozen=True, slots=True, eq=False)
class Speech:
    """A rendered text."""

    samples: NDArray[np.int16]
    """Shape (frames,), one channel."""
    rate: int
    """Frames a second."""


class EspeakVoice:
    """eSpeak NG through pyttsx3, in a process of its own that is replaced when it hangs or dies.

    For one thread at a time.

    Raises:
        MouthError: eSpeak NG or a voice for the language is missing.
    """

    def __init__(self, language: str) -> None:
        self._language = language
        self._folder = tempfile.TemporaryDirectory(prefix="voice-coach-")
        self._unread = b""
        self.name = ""
        """The voice, as eSpeak NG names it (gmw/en-us)."""
        self.version = ""
        """What renders, with versions."""
        try:
            self._start(START_SECONDS)
        except MouthError:
            self._folder.cleanup()
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
        """Render a text that has at least one letter.

        Raises:
            MouthError: it failed twice, the second time with a new process.
        """
        request = {"text": text, "words_per_minute": min(max(words_per_minute, SLOWEST), FASTEST)}
        try:
            return self._render(request)
        except (OSError, ValueError):  # ValueError: no or another answer than expected
            self._end()
            self._start(RESTART_SECONDS)
        try:
            return self._render(request)
        except (OSError, ValueError) as error:
            message = f"eSpeak NG did not render “{text}” ({error}): check it with espeak-ng in a terminal."
            raise MouthError(message) from error

    def close(self) -> None:
        """End the process and remove its folder."""
        self._end()
        self._folder.cleanup()

    def _start(self, seconds: float) -> None:
        self._unread = b""
        self._process = subprocess.Popen(  # noqa: S603  our own file, run by our own interpreter
            [
                sys.executable,
                str(Path(__file__).with_name("pyttsx3_process.py")),
                ",".join(espeak_voices(self._language)),
                self._folder.name,
            ],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,  # Ctrl-C in the terminal is not for it: it may still have to say goodbye
        )
        try:
            hello = self._read(seconds)
        except (OSError, ValueError) as error:
            self._end()
            message = "The speech synthesiser does not start: reinstall it with apt install --reinstall espeak-ng."
            raise MouthError(message) from error
        if "missing" in hello:
            self._end()
            raise MouthError(self._remedy(hello["missing"]))
        self.name, self.version = hello["voice"], hello["version"]

    def _remedy(self, missing: str) -> str:
        if missing == "voice":
            return f"eSpeak NG has no voice for the language “{self._language}”: choose another with --lang."
        return "The coach has no voice, because eSpeak NG is missing: install it with apt install espeak-ng."

    def _render(self, request: dict[str, Any]) -> Speech:
        assert self._process.stdin is not None  # noqa: S101  Popen was given PIPE
        self._process.stdin.write(json.dumps(request).encode() + b"\n")
        self._process.stdin.flush()
        answer = self._read(RENDER_SECONDS)
        if "error" in answer:
            raise ValueError(answer["error"])
        with wave.open(str(Path(self._folder.name) / "utterance.wav")) as sound:
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
