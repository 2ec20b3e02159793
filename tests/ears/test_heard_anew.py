"""What is heard anew on another channel counts once: the real recogniser, and a microphone that delivers at once."""

from __future__ import annotations

import queue
import time
from typing import TYPE_CHECKING

import numpy as np
import pytest

from voice_coach.audio.recordings import RATE, read_recording
from voice_coach.ears import load_recognizers
from voice_coach.ears.channel_follower import Captured
from voice_coach.ears.frontend import PassThrough
from voice_coach.ears.live import RecognitionWorker
from voice_coach.ears.pipeline import RecognitionPipeline
from voice_coach.ears.rejection import Accepted
from voice_coach.library import load_language
from voice_coach.rehearsal.dialogue import render
from voice_coach.session.listening import listening_in

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from voice_coach.ears.pipeline import Recognition

    Sound = NDArray[np.float32]

pytestmark = pytest.mark.usefixtures("models", "processes")

BLOCK = RATE // 50
BEFORE_SECONDS, AFTER_SECONDS = 0.4, 0.4


class Delivering:
    """A microphone whose blocks are all there."""

    def __init__(self, blocks: list[Captured]) -> None:
        self._blocks = iter(blocks)

    def read(self) -> Captured | None:
        """The next one."""
        return next(self._blocks, None)


def captured(sound: Sound, at: float, channel: int) -> list[Captured]:
    return [
        Captured(sound[start : start + BLOCK], at + start / RATE, channel)
        for start in range(0, len(sound) - BLOCK, BLOCK)
    ]


@pytest.mark.parametrize("first", ["the same command", "noise"])
def test_a_command_that_two_channels_have_is_taken_once(tmp_path: Path, first: str) -> None:
    render("awb", "next step", tmp_path / "next-step.wav")
    said = read_recording(tmp_path / "next-step.wav")
    pause = np.random.default_rng(1).normal(0, 1e-3, round(BEFORE_SECONDS * RATE)).astype(np.float32)
    said = np.concatenate([pause, said, pause])
    noise = np.random.default_rng(2).normal(0, 1e-3, len(said)).astype(np.float32)
    book = load_language("en").phrase_book
    hearing = RecognitionPipeline(load_recognizers(("moonshine",), book, lambda _done, _of: None), book)
    at = time.monotonic() - 1.0
    blocks = [*captured(said if first == "the same command" else noise, at, 0), *captured(said, at, 1)]
    taken: queue.SimpleQueue[Recognition] = queue.SimpleQueue()
    worker = RecognitionWorker(
        Delivering(blocks),  # type: ignore[arg-type]  # all that a worker does with one is read
        lambda _front_end, _heartbeat: hearing,
        PassThrough(),
        lambda: listening_in("applying"),
        on_ready=lambda: None,
        take=taken.put,
        on_activity=lambda _is_active: None,
    )
    worker.start()
    worker.join(30.0)
    assert worker.failure is None
    decisions = []
    while not taken.empty():
        decisions.append(taken.get().decision)
    accepted = [decision.phrase.text for decision in decisions if isinstance(decision, Accepted)]
    assert accepted == ["next step"]
