"""The synthesiser's process as the mouth sees it: text in, samples out; after a hang or a crash it tries once more."""

from __future__ import annotations

import os
import subprocess
import time
import wave
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, Self

import numpy as np

from voice_coach import set_up_again
from voice_coach.errors import MouthError, NoVoiceError
from voice_coach.supervised_process import ChildProcess, python_command

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import TracebackType

    from numpy.typing import NDArray

_PROGRAM = Path(__file__).with_name("synthesis_process.py")
SLOWEST, FASTEST = 80, 450
"""Words a minute between which a voice can speak; a pace beyond them is limited to them."""


@dataclass(frozen=True, slots=True, eq=False)
class Speech:
    """The sound of a rendered text."""

    samples: NDArray[np.int16]
    """The samples, shape (frames,), one channel."""
    rate: int
    """Frames a second."""
    is_fallback: bool = False
    """Whether another voice rendered it than the one asked for; then it must not be cached under that one's name."""


class SpeechVoice(Protocol):
    """Renders sentences. For one thread at a time."""

    @property
    def name(self) -> str:
        """The voice, as its engine names it."""

    @property
    def version(self) -> str:
        """All software that renders, with versions; together with `name` it is a part of the cache's key."""

    @property
    def pid(self) -> int:
        """The number of the process that renders now."""

    def is_ready(self, seconds: float = 0.0) -> bool:
        """Wait until the voice is loaded, at most so many seconds; return whether it is.

        Raises:
            MouthError: it cannot be loaded.
        """

    def render(self, text: str, words_per_minute: int) -> Speech:
        """Render a text that has at least one letter or digit.

        Raises:
            MouthError: it cannot be rendered.
        """

    def close(self) -> None:
        """End everything that renders."""


@dataclass(frozen=True, slots=True)
class Engine:
    """An engine for the process, the time limits for it, and the sentences for a person when it fails."""

    name: str
    """The engine's name in `synthesis_process.py`."""
    voices: str
    """Names of voices, separated by commas, best first."""
    start_seconds: float
    """Seconds that a new process may take to report that it is ready, on a small machine that is busy."""
    restart_seconds: float
    """Seconds that a replacement may take for the same: somebody waits for a sentence then."""
    render_seconds: float
    """Seconds that one sentence may take."""
    does_not_start: str
    """Sentence for a process that does not start in time."""
    faults: Mapping[str, str]
    """Sentences with {error} for each FAULT of the process that keeps it from starting."""
    did_not_render: str
    """Sentence with {text} and {error} for a text that was not rendered."""


class ProcessVoice:
    """A synthesiser in a process of its own that is replaced when it hangs or dies. Implements SpeechVoice.

    Args:
        engine: what runs in the process.
        is_awaited: whether to wait until it is loaded, here and after a hang; if not, it is loaded meanwhile, and
            `is_ready` tells.

    Raises:
        MouthError: it does not start, or something that it needs is missing.
    """

    def __init__(self, engine: Engine, *, is_awaited: bool = True) -> None:
        self._engine = engine
        self._is_awaited = is_awaited
        self._is_loading = False
        self._loaded_by = 0.0
        """Monotonic seconds by which the process must be loaded."""
        self._wav = os.fdopen(os.memfd_create("speech"), "rb")
        """File in memory into which the process writes its sound: no disk is needed to speak."""
        self.name = ""
        """The voice, as its engine names it (gmw/en-us)."""
        self.version = ""
        """All software that renders, with versions."""
        try:
            self._start(engine.start_seconds)
            if is_awaited:
                self.is_ready(engine.start_seconds)
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
        """The number of the process that renders now."""
        return self._child.pid

    def render(self, text: str, words_per_minute: int) -> Speech:
        """Render a text that has at least one letter or digit.

        Raises:
            MouthError: it failed twice, the second time with a new process; or once, and a new one is not awaited.
        """
        request = {"text": text, "words_per_minute": min(max(words_per_minute, SLOWEST), FASTEST)}
        self.is_ready(self._engine.start_seconds)
        try:
            return self._render(request)
        except (OSError, EOFError, ValueError) as error:
            self._child.end()
            if not self._is_awaited:
                self._start(self._engine.start_seconds)
                raise self._no_sound(text, error) from error
            self._start(self._engine.restart_seconds)
            self.is_ready(self._engine.restart_seconds)
        try:
            return self._render(request)
        except (OSError, EOFError, ValueError) as error:
            raise self._no_sound(text, error) from error

    def is_ready(self, seconds: float = 0.0) -> bool:
        """Wait until the process is loaded, at most so many seconds; return whether it is.

        Raises:
            MouthError: it has not been loaded in the time that it may take, or something that it needs is missing.
        """
        if not self._is_loading:
            return True  # or has failed: then `render` starts another one
        left = max(0.0, self._loaded_by - time.monotonic())
        try:
            hello = self._child.receive(min(seconds, left))
        except (OSError, EOFError) as error:
            if isinstance(error, TimeoutError) and seconds < left:
                return False
            self._is_loading = False
            self._child.end()
            raise MouthError(self._engine.does_not_start) from error
        self._is_loading = False
        if fault := hello.get("fault"):
            self._child.end()
            told = {"error": " ".join(hello["error"].split()), "set_up": set_up_again()}
            raise NoVoiceError(self._engine.faults[fault].format(**told), fault)
        self.name, self.version = hello["voice"], hello["version"]
        return True

    def close(self) -> None:
        """End the process."""
        self._child.end()
        self._wav.close()

    def _no_sound(self, text: str, error: Exception) -> MouthError:
        return MouthError(self._engine.did_not_render.format(text=text, error=error))

    def _start(self, seconds: float) -> None:
        """Start a process, which may take so many seconds to load.

        Raises:
            MouthError: there is no memory or no descriptor for it.
        """
        descriptor = self._wav.fileno()
        command = python_command(_PROGRAM, [self._engine.name, self._engine.voices, str(descriptor)])
        try:
            self._child = ChildProcess(command, descriptors=[descriptor], stderr=subprocess.DEVNULL)
        except OSError as error:
            raise MouthError(self._engine.does_not_start) from error
        self._is_loading, self._loaded_by = True, time.monotonic() + seconds

    def _render(self, request: dict[str, Any]) -> Speech:
        """Have the process render a text once.

        Raises:
            OSError: it hangs, and was ended.
            EOFError: it has ended.
            ValueError: it cannot render this.
        """
        answer = self._child.ask(request, self._engine.render_seconds)
        if "error" in answer:
            raise ValueError(answer["error"])
        with wave.open(f"/proc/self/fd/{self._wav.fileno()}") as sound:
            samples = np.frombuffer(sound.readframes(sound.getnframes()), np.int16)
            return Speech(samples, sound.getframerate())
