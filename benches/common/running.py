"""The cost of the running coach: its processor time and memory when idle, and the time to its first sound."""

from __future__ import annotations

import tempfile
import time
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from benches.common.process_tree import family, processor_seconds, resident_bytes
from voice_coach.rehearsal.coach_process import CoachProcess
from voice_coach.rehearsal.noise import playing
from voice_coach.rehearsal.recorder import first_sound
from voice_coach.rehearsal.virtual_card import VirtualCard

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from voice_coach.rehearsal.noise import Noise


_READY_SECONDS = 120.0
_SETTLING_SECONDS = 5.0
_FIRST_SOUND_SECONDS = 30.0
_POLL_SECONDS = 0.05
_OWN_FOLDERS = ("XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME")


@dataclass(frozen=True, slots=True)
class Idle:
    """The coach while it listens and nobody speaks; all its processes together."""

    percent_of_a_core: float
    resident_mb: float
    processes: int
    seconds: float


def measure_idle(engine: str, seconds: float, noise: Noise | None = None) -> Idle:
    """Let the coach listen, after its greeting, while nobody speaks.

    Args:
        engine: of the ears.
        seconds: for how long.
        noise: what its microphone hears all the time; nothing by default.
    """
    with _coach(engine, noise) as coach:
        coach.wait_until(lambda state: state.is_listening, _READY_SECONDS)
        coach.wait_until(lambda state: state.is_silent, _READY_SECONDS)
        time.sleep(_SETTLING_SECONDS)
        percent = percent_of_a_core([coach.pid], seconds)
        members = family(coach.pid)
        return Idle(percent, resident_bytes(members) / 1e6, len(members), seconds)


def percent_of_a_core(pids: Sequence[int], seconds: float) -> float:
    """Watch processes, each with its descendants, for so many seconds; return what all of them use of one core."""

    def used() -> float:
        return sum(processor_seconds(family(pid)) for pid in pids)

    begun, before = time.monotonic(), used()
    time.sleep(seconds)
    return 100 * (used() - before) / (time.monotonic() - begun)


def measure_first_sounds(starts: int, arguments: Sequence[str] = ()) -> list[float]:
    """Seconds from the start of the process to the first sound at the speaker.

    The first start finds nothing rendered by an earlier one; the others find the first one's sentences.

    Args:
        starts: how many.
        arguments: further ones of `start`.
    """
    with VirtualCard() as card, tempfile.TemporaryDirectory() as folder:
        environment = environment_of(card, folder)
        return [_first_sound_after(card, environment, Path(folder), arguments) for _ in range(starts)]


def _first_sound_after(
    card: VirtualCard, environment: Mapping[str, str], folder: Path, arguments: Sequence[str]
) -> float:
    card.start_recording()
    begun = time.monotonic()
    with CoachProcess(list(arguments), environment, folder / "log", lambda _line: None) as coach:
        while time.monotonic() < begun + _FIRST_SOUND_SECONDS and coach.exit_status(0.0) is None:
            time.sleep(_POLL_SECONDS)
            recording = card.recorder.so_far()
            start = recording.seconds_at(begun)
            if (heard := first_sound(recording.speaker, recording.rate, after=start)) is not None:
                return heard - start
        message = f"the coach was not heard: {coach.complaint()}"
        raise RuntimeError(message)


@contextmanager
def _coach(engine: str, noise: Noise | None) -> Iterator[CoachProcess]:
    with ExitStack() as stack:
        card, folder = stack.enter_context(VirtualCard()), stack.enter_context(tempfile.TemporaryDirectory())
        if noise is not None:
            stack.enter_context(playing(noise, card))
        environment = environment_of(card, folder)
        with CoachProcess(["--engine", engine], environment, Path(folder) / "log", lambda _line: None) as coach:
            yield coach


def environment_of(card: VirtualCard, folder: str) -> dict[str, str]:
    """The environment of the card, with settings and caches of its own."""
    return {**card.environment, **dict.fromkeys(_OWN_FOLDERS, folder)}
