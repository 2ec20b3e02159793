"""The machine sleeps between two blocks of sound, of which the microphone's own clock knows nothing."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, cast

import numpy as np

from tests.machine_sleep import MachineSleep
from voice_coach.ears.channel_follower import Captured
from voice_coach.ears.frontend import PassThrough
from voice_coach.ears.live import RecognitionWorker
from voice_coach.ears.recognizers.recognizer import SAMPLE_RATE
from voice_coach.session.commands import Listen

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import pytest
    from numpy.typing import NDArray

    from voice_coach.ears.frontend import FrontEnd
    from voice_coach.ears.microphone import Microphone
    from voice_coach.ears.pipeline import Recognition, RecognitionPipeline

BLOCK_SECONDS = 0.02
BLOCKS = 6


class _Sound:
    """A microphone that delivers BLOCKS without a gap; the machine sleeps before one of them."""

    def __init__(self, before_block: Callable[[int], None]) -> None:
        self._before_block = before_block
        self._began = time.monotonic()
        self._count = 0

    def read(self) -> Captured | None:
        if self._count == BLOCKS:
            return None
        self._before_block(self._count)
        at = self._began + self._count * BLOCK_SECONDS
        self._count += 1
        return Captured(np.zeros(round(BLOCK_SECONDS * SAMPLE_RATE), np.float32), at)


class _Notes:
    """A hearing that writes down what is done to it."""

    is_in_utterance = False

    def __init__(self) -> None:
        self.done: list[str] = []

    def interrupt(self) -> None:
        self.done.append("interrupted")

    def feed(self, _sound: NDArray[np.float32], _listen: Listen, _echo: NDArray[np.float32]) -> Iterator[Recognition]:
        self.done.append("fed")
        return iter(())

    def close(self) -> None: ...


def heard_with(before_block: Callable[[int], None]) -> list[str]:
    notes = _Notes()

    def load(_front_end: FrontEnd, _sign: Callable[[], None]) -> RecognitionPipeline:
        return cast("RecognitionPipeline", notes)

    worker = RecognitionWorker(
        cast("Microphone", _Sound(before_block)),
        load,
        PassThrough(),
        lambda: Listen(frozenset()),
        on_ready=lambda: None,
        take=lambda _judged: None,
        on_activity=lambda _is_active: None,
    )
    worker.start()
    worker.join(20)
    assert worker.failure is None
    return notes.done[1:] if notes.done[0] == "interrupted" else notes.done  # what comes first follows on nothing


def test_half_a_command_from_before_a_sleep_is_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    machine = MachineSleep(monkeypatch)
    done = heard_with(lambda count: machine.sleep(1200) if count == 3 else None)
    assert done == ["fed"] * 3 + ["interrupted"] + ["fed"] * 3


def test_without_a_sleep_nothing_is_forgotten() -> None:
    assert heard_with(lambda _count: None) == ["fed"] * BLOCKS
