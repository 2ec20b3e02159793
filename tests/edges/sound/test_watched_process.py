from __future__ import annotations

import queue
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

from voice_coach.sound.watched_process import WatchedProcess

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.usefixtures("processes")

PATIENT_SECONDS = 20.0


class Watcher:
    """A watched child, and what was told of it."""

    def __init__(self, *arguments: str) -> None:
        self.said: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self.gone: queue.SimpleQueue[float] = queue.SimpleQueue()
        self.process = WatchedProcess(
            "tests.edges.sound.chatty_child", list(arguments), self.said.put, lambda: self.gone.put(time.monotonic())
        )

    def next_other_than(self, *known: object) -> object:
        """What the child says next that is none of these."""
        while (said := self.said.get(timeout=PATIENT_SECONDS)) in known:
            pass
        return said


@contextmanager
def watching(*arguments: str) -> Iterator[Watcher]:
    watcher = Watcher(*arguments)
    watcher.process.start()
    try:
        yield watcher
    finally:
        watcher.process.stop()


def test_what_is_sent_reaches_the_child_and_what_it_says_comes_back() -> None:
    with watching() as watcher:
        first = watcher.next_other_than()
        watcher.process.send("hello")
        assert watcher.next_other_than(first) == "hello"
        assert first == watcher.process.pid


def test_a_child_that_ends_is_replaced() -> None:
    with watching() as watcher:
        first = watcher.next_other_than()
        watcher.process.send("end")
        assert watcher.gone.get(timeout=PATIENT_SECONDS)
        assert isinstance(watcher.next_other_than(first), int)


def test_a_child_that_hangs_is_killed_and_replaced() -> None:
    with watching() as watcher:
        first = watcher.next_other_than()
        watcher.process.send("hang")
        second = watcher.next_other_than(first)
        assert isinstance(second, int)
        assert watcher.gone.qsize() == 1


def test_sending_to_a_child_that_takes_nothing_does_not_block() -> None:
    with watching() as watcher:
        first = watcher.next_other_than()
        watcher.process.send("hang")
        for _ in range(10):
            watcher.process.send(bytes(1_000_000))
        assert isinstance(watcher.next_other_than(first), int)


def test_a_child_that_never_says_a_word_is_tried_less_and_less_often() -> None:
    with watching("dumb") as watcher:
        times = [watcher.gone.get(timeout=PATIENT_SECONDS) for _ in range(4)]
    assert times[3] - times[2] > times[1] - times[0]


def test_a_stopped_watcher_leaves_no_child() -> None:
    with watching() as watcher:
        watcher.next_other_than()
    assert watcher.process.pid is None


def test_a_child_that_ends_again_and_again_complains_once(capfd: pytest.CaptureFixture[str]) -> None:
    gone: queue.SimpleQueue[None] = queue.SimpleQueue()
    process = WatchedProcess("voice_coach", ["nonsense"], lambda _message: None, lambda: gone.put(None))
    process.start()
    for _ in range(3):
        gone.get(timeout=PATIENT_SECONDS)
    process.stop()
    assert capfd.readouterr().err.count('there is no command "nonsense"') == 1


def test_a_child_that_cannot_be_started_is_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr("sys.executable", "/nowhere/python")
        watcher = Watcher()
    watcher.process.start()
    for _ in range(2):
        assert watcher.gone.get(timeout=PATIENT_SECONDS)
    watcher.process.stop()
