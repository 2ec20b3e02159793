"""Runs the real coach as a child process in a rehearsal, and follows its state by the JSON lines that it prints."""

from __future__ import annotations

import contextlib
import json
import signal
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field
from typing import IO, TYPE_CHECKING, Any, Self

from voice_coach import clock
from voice_coach.routines import Phase
from voice_coach.session.commands import Sound
from voice_coach.session.events import Fault

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path
    from types import TracebackType

Line = dict[str, Any]
"""One event or command of the coach as a JSON object, with `kind`, `name`, `at` and its own fields."""

_POLL_SECONDS = 0.01
_BELL_SECONDS = 1.6
"""Seconds for which the bell rings; the person does not speak during them."""
_EXIT_SECONDS = 5.0
"""Seconds to wait for the coach to exit after each signal."""


@dataclass
class CoachState:
    """The state of the coach, derived from the lines that it has printed so far."""

    phase: Phase = Phase.IDLE
    step_number: int = 0
    question: str = ""
    is_listening: bool = False
    speaking_since: float | None = None
    """Monotonic seconds at which the current speech began; None while the coach is silent."""
    stirred_at: float = 0.0
    """Monotonic seconds of the last sound heard, or start or end of speech; in the future while the bell rings."""
    engine: str = ""
    lines: list[Line] = field(default_factory=list)
    phases: set[Phase] = field(default_factory=set)
    _utterance_id: int = -1

    @property
    def is_silent(self) -> bool:
        """Whether the coach is silent now, after it has spoken or heard something."""
        return bool(self.stirred_at) and self.speaking_since is None

    def has_spoken_for(self, seconds: float) -> bool:
        """Return whether the coach is speaking and has been for at least this time."""
        return self.speaking_since is not None and clock.now() - self.speaking_since >= seconds

    def take(self, line: Line) -> None:
        """Update the state by one more line of the coach."""
        self.lines.append(line)
        match line["name"]:
            case "Show":
                view = line["view"]
                self.phase = Phase(view["phase"])
                self.phases.add(self.phase)
                self.step_number = view["step_number"]
                self.question = view["question"]
            case "EarsReady":
                self.is_listening = True
                self.engine = line["engine"]
            case "Speak":
                self.speaking_since = self.stirred_at = line["at"]
                self._utterance_id = line["utterance_id"]
            case "Hush":
                self.speaking_since = None
                self.stirred_at = line["at"]
            case "SpeechEnded" if line["utterance_id"] == self._utterance_id:
                self.speaking_since = None
                self.stirred_at = line["at"]
            case "Cue" if line["sound"] == Sound.BELL.value:
                self.stirred_at = line["due"] + _BELL_SECONDS
            case "FaultRaised" if line["fault"] == Fault.NO_SPEAKER.value:
                self.speaking_since = None  # a sentence that was cut off gets no SpeechEnded
            case "CommandHeard" | "CommandRejected":
                self.stirred_at = line["at"]


class CoachProcess:
    """The child process `python -m voice_coach start --json`, which runs for as long as the `with` block lasts."""

    def __init__(
        self, arguments: list[str], environment: Mapping[str, str], log: Path, on_line: Callable[[Line], None]
    ) -> None:
        """Start the coach.

        Args:
            arguments: Further arguments of `start`.
            environment: The child's complete environment.
            log: File for what the child writes to stderr.
            on_line: Function that the reading thread calls with each line.
        """
        self.state = CoachState()
        self.noise: list[str] = []
        """Lines on the child's stdout that are not JSON; there should be none."""
        self._on_line = on_line
        self._log = log
        with log.open("wb") as errors:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "voice_coach", "start", "--json", *arguments],
                env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=errors, text=True,
                start_new_session=True,
            )  # fmt: skip
        assert self._process.stdout is not None  # noqa: S101 - a pipe was asked for
        self._reader = threading.Thread(target=self._read, args=(self._process.stdout,), daemon=True)

    def __enter__(self) -> Self:
        """Start the thread that reads the child's lines."""
        self._reader.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End the child if it still runs: by SIGTERM, since a background job ignores Ctrl-C, and then by SIGKILL."""
        for ending in (signal.SIGTERM, signal.SIGKILL):
            if self.exit_status(0.0) is not None:
                break
            self._process.send_signal(ending)
            self.exit_status(_EXIT_SECONDS)
        self._reader.join(_EXIT_SECONDS)

    @property
    def pid(self) -> int:
        """The child's process id."""
        return self._process.pid

    def wait_until(self, condition: Callable[[CoachState], bool], seconds: float) -> bool:
        """Wait until a condition holds; return False when the time is up or the child has ended before it did."""
        deadline = time.monotonic() + seconds
        while not condition(self.state):
            if time.monotonic() > deadline or not self._reader.is_alive():
                return condition(self.state)
            time.sleep(_POLL_SECONDS)
        return True

    def exit_status(self, seconds: float) -> int | None:
        """Wait up to `seconds` for the child to exit by itself; return its exit status, or None when it still runs."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            return self._process.wait(seconds)
        return None

    def wait_until_read(self, seconds: float) -> bool:
        """Wait until all output of an ended child is read; return False when another process still holds the pipe."""
        self._reader.join(seconds)
        return not self._reader.is_alive()

    def complaint(self) -> str:
        """Return the child's last line on stderr, without the program's name; empty when there is none."""
        lines = self._log.read_text(errors="replace").strip().splitlines()
        return lines[-1].removeprefix("voice-coach: ") if lines else ""

    def _read(self, pipe: IO[str]) -> None:
        with pipe:
            for text in pipe:
                try:
                    line = json.loads(text)
                except ValueError:
                    self.noise.append(text.rstrip())
                    continue
                self.state.take(line)
                self._on_line(line)
