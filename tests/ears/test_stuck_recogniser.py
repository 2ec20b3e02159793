"""A recogniser that never answers, or fails, is replaced; its real recogniser is the one that is spoilt here."""

from __future__ import annotations

import itertools
import threading
import time
from typing import TYPE_CHECKING

import pytest

from tests.ears.live import began, listening, over
from tests.patience import patient
from voice_coach.ears import live as live_ears
from voice_coach.errors import EarsError
from voice_coach.session.events import (
    CommandHeard,
    CommandRejected,
    EarsReady,
    Fault,
    FaultRaised,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from voice_coach.ears.frontend import FrontEnd
    from voice_coach.ears.pipeline import RecognitionPipeline
    from voice_coach.ears.recognizers.recognizer import Hypothesis, NBest, Recognizer
    from voice_coach.rehearsal.virtual_card import VirtualCard

pytestmark = pytest.mark.usefixtures("models")

REPLACED_SECONDS = 8.0
"""Five are promised; tests share a machine."""


class Spoilt:
    """The real recogniser, which does something else before its first testimony."""

    def __init__(self, recognizer: Recognizer, before: Callable[[], object]) -> None:
        self._recognizer = recognizer
        self._before = before
        self.name = recognizer.name

    def begin(self, before: NDArray[np.float32]) -> None:
        """See Recognizer."""
        self._recognizer.begin(before)

    def feed(self, sound: NDArray[np.float32]) -> None:
        """See Recognizer."""
        self._recognizer.feed(sound)

    def hypotheses(self, *, is_final: bool) -> NBest:
        """See Recognizer."""
        self._before()
        return self._recognizer.hypotheses(is_final=is_final)

    def foresee(self) -> None:
        """See Recognizer."""

    def spot_silencer(self) -> Hypothesis | None:
        """See Recognizer."""
        return self._recognizer.spot_silencer()

    def close(self) -> None:
        """See Recognizer."""
        self._recognizer.close()


def only_the_first(before: Callable[[], object]) -> Callable[[Recognizer], Recognizer]:
    """Spoils the first recogniser that is loaded."""
    loaded = itertools.count()
    return lambda recognizer: Spoilt(recognizer, before) if next(loaded) == 0 else recognizer


def fail() -> None:
    raise RuntimeError("no more memory")


def compute(seconds: float, until: threading.Event | None = None) -> None:
    """Use the processor for some seconds, as a slow machine does; less if the event comes."""
    begun = time.thread_time()
    while time.thread_time() - begun < seconds and not (until and until.is_set()):
        pass


@pytest.fixture
def never() -> Iterator[threading.Event]:
    """Never comes, until the test is over."""
    event = threading.Event()
    yield event
    event.set()


def test_one_that_never_answers_is_replaced_and_its_late_answer_is_not_taken(
    never: threading.Event, sound_card: VirtualCard, tmp_path: Path
) -> None:
    with listening(sound_card, tmp_path, wrap=only_the_first(never.wait)) as live:
        live.wait_until_ready()
        live.person.say("awb", "say that again")
        came = live.wait_for(over(Fault.NO_RECOGNISER), patient(REPLACED_SECONDS))
        assert came == [began(Fault.NO_RECOGNISER), EarsReady(engine="moonshine"), over(Fault.NO_RECOGNISER)]
        never.set()
        assert live.hears_next_step()
        assert not any(isinstance(event, CommandHeard | CommandRejected) for event in live.news())


def test_one_that_computes_for_long_is_slow_and_does_not_hang(sound_card: VirtualCard, tmp_path: Path) -> None:
    has_computed = threading.Event()

    def compute_long() -> None:
        compute(1.5 * live_ears.ANSWER_SECONDS)
        has_computed.set()

    with listening(sound_card, tmp_path, wrap=only_the_first(compute_long)) as live:
        live.wait_until_ready()
        live.person.say("awb", "say that again")
        assert has_computed.wait(patient(4 * live_ears.ANSWER_SECONDS))
        live.person.say("awb", "next step")
        came = live.wait_for(CommandHeard)
        assert not any(isinstance(event, FaultRaised) for event in came)


def test_one_that_computes_for_ever_is_replaced(
    never: threading.Event, sound_card: VirtualCard, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live_ears, "BUSY_SECONDS", 4.0)
    with listening(sound_card, tmp_path, wrap=only_the_first(lambda: compute(60.0, never))) as live:
        live.wait_until_ready()
        live.person.say("awb", "say that again")
        live.wait_for(over(Fault.NO_RECOGNISER), patient(REPLACED_SECONDS))
        never.set()


def test_one_that_fails_is_replaced(sound_card: VirtualCard, tmp_path: Path) -> None:
    with listening(sound_card, tmp_path, wrap=only_the_first(fail)) as live:
        live.wait_until_ready()
        live.person.say("awb", "say that again")
        live.wait_for(over(Fault.NO_RECOGNISER), patient(REPLACED_SECONDS))
        assert live.hears_next_step()


def test_loading_that_never_ends_is_tried_again(
    never: threading.Event, sound_card: VirtualCard, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live_ears, "LOAD_SECONDS", 1.0)
    loads = itertools.count()

    def load(lent: FrontEnd, heartbeat: Callable[[], None]) -> RecognitionPipeline:
        if next(loads) == 0:
            never.wait()
        monkeypatch.undo()
        return live.load(lent, heartbeat)

    with listening(sound_card, tmp_path, load=load) as live:
        live.wait_for(over(Fault.NO_RECOGNISER), patient(REPLACED_SECONDS))
        assert live.hears_next_step()


def test_one_that_fails_again_and_again_ends_the_program_with_a_sentence(
    sound_card: VirtualCard, tmp_path: Path
) -> None:
    def load(_lent: FrontEnd, _heartbeat: Callable[[], None]) -> RecognitionPipeline:
        raise RuntimeError("no more memory")

    with listening(sound_card, tmp_path, load=load) as live:
        came = live.wait_for(EarsError)
        assert sum(isinstance(event, FaultRaised) for event in came) == 1
        assert str(came[-1]).startswith("The recogniser stopped with 'no more memory', again and again.")
