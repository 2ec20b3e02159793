"""A history whose disk is slow, or fails for a while: what the coach was told is written down all the same."""

from __future__ import annotations

import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from tests.memory.notes import keeper_in, live_through, lives_in_history
from voice_coach.memory.history.history_file import History
from voice_coach.routines.past_masks import Ending, SessionEnded, SessionStarted, StepReached
from voice_coach.session import commands
from voice_coach.session.events import Event, Fault, FaultCleared, FaultRaised

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import pytest

BEGAN, OVER = FaultRaised(fault=Fault.UNKEPT_NOTES), FaultCleared(fault=Fault.UNKEPT_NOTES)


@contextmanager
def slow_history(patch: pytest.MonkeyPatch, seconds: float) -> Iterator[None]:
    """Let each write of the history take so long."""
    real = History.record_all

    def record_all(history: History, facts: list[tuple[object, object]]) -> bool:
        time.sleep(seconds)
        return real(history, facts)  # type: ignore[arg-type]

    with patch.context() as inner:
        inner.setattr(History, "record_all", record_all)
        yield


def test_at_a_normal_stop_the_history_of_a_slow_disk_is_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with slow_history(monkeypatch, 1.2):
        live_through(tmp_path)
    assert lives_in_history(tmp_path) == 1


def test_what_failed_to_be_written_down_is_written_with_the_next_fact(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    events: list[Event] = []
    keeper = keeper_in(tmp_path)
    keeper.begin(is_daytime=True)
    keeper.start(events.append)

    def fail(_history: History, _facts: object) -> bool:
        raise OSError(5, "Input/output error")

    with monkeypatch.context() as patch:
        patch.setattr(History, "record_all", fail)
        keeper.record(commands.AppendHistory(SessionStarted("clay_mask", "Clay", "clay", 600.0)))
        keeper.recall()  # returns when what was before it is done
        assert events[0] == BEGAN
        assert OVER not in events
    for fact in (StepReached("relax", is_mask_on=True), SessionEnded(Ending.DONE)):
        keeper.record(commands.AppendHistory(fact))
    keeper.stop()
    assert lives_in_history(tmp_path) == 1
    assert events[-1] == OVER


def test_what_failed_to_be_written_down_is_tried_once_more_at_the_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keeper = keeper_in(tmp_path)
    keeper.begin(is_daytime=True)

    def fail(_history: History, _facts: object) -> bool:
        raise OSError(5, "Input/output error")

    with monkeypatch.context() as patch:
        patch.setattr(History, "record_all", fail)
        for fact in (
            SessionStarted("clay_mask", "Clay", "clay", 600.0),
            StepReached("relax", is_mask_on=True),
            SessionEnded(Ending.DONE),
        ):
            keeper.record(commands.AppendHistory(fact))
        keeper.recall()  # returns when what was before it is done
    keeper.stop()
    assert lives_in_history(tmp_path) == 1
