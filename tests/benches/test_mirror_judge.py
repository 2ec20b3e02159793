"""What the watchers of a rehearsal saw is judged rightly."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from benches.mirror.audience import FollowedFeed
from benches.mirror.judge import (
    beyond_limits,
    longest_silence,
    missed,
    phases_shown,
    ring_errors,
    spread,
    steps_shown,
    unseen,
)
from benches.mirror.observations import Observations

if TYPE_CHECKING:
    from pathlib import Path

ENDS_AT, TOTAL = 130.0, 30.0


def show(at: float, saying: str = "", ends_at: float | None = ENDS_AT) -> dict[str, Any]:
    countdown = {"remaining_seconds": 0.0, "ends_at": ends_at, "total_seconds": TOTAL}
    view = {"phase": "holding", "step_number": 4, "step_count": 10, "title": "Relax", "saying": saying, "question": ""}
    return {"name": "Show", "at": at, "view": view | {"countdown": countdown}}


def glance(at: float, caption: str = "", *, late: float = 0.0) -> dict[str, Any]:
    """What a page shows whose countdown is late by so many seconds."""
    left = ENDS_AT - at + late
    digits = f"00:{int(left + 0.999):02d}"
    texts = {"phase": "holding", "place": "Step 4 of 10", "title": "Relax", "caption": caption, "question": ""}
    return texts | {"at": at, "digits": digits, "ring": left / TOTAL}


def test_what_stood_and_was_never_shown_is_found() -> None:
    lines = [show(100.0, "Lean back."), show(104.0), show(104.5, "Too short."), show(105.0)]
    assert unseen(Observations(lines=lines, glances=[glance(100.0), glance(101.0, "Lean back."), glance(104.2)])) == []
    (line,) = unseen(Observations(lines=lines, glances=[glance(100.0), glance(101.0, "Lean"), glance(104.2)]))
    assert "Lean back." in line


@pytest.mark.parametrize("late", [0.0, 0.15, -0.3, 1.0])
def test_a_ring_that_is_late_is_off_by_as_much(late: float) -> None:
    lines = [show(100.0), show(125.0, ends_at=None)]
    ring, digits = ring_errors(
        Observations(lines=lines, glances=[glance(101.0 + step / 10, late=late) for step in range(200)])
    )
    assert len(ring) == 200
    assert max(ring) == pytest.approx(abs(late), abs=0.01)
    assert max(digits) == pytest.approx(abs(late), abs=0.1)


def test_a_countdown_that_stands_still_is_not_held_to_a_clock() -> None:
    lines = [show(100.0, ends_at=None), show(110.0, ends_at=None)]
    assert ring_errors(Observations(lines=lines, glances=[glance(105.0)])) == ([], [])


def test_steps_and_phases_are_told_once_each() -> None:
    seen = Observations(glances=[glance(1.0), glance(2.0), glance(3.0) | {"place": "", "phase": "done"}])
    assert steps_shown(seen) == [(4, "Relax")]
    assert phases_shown(seen) == ["holding", "done"]


def test_a_client_may_miss_what_was_replaced_at_once_and_nothing_else() -> None:
    whole = FollowedFeed(revisions=[(1, 0.0), (2, 5.0), (3, 5.1), (4, 9.0)])
    assert missed([whole, FollowedFeed(revisions=[(1, 0.0), (3, 5.1), (4, 9.0)])]) == 0
    assert missed([whole, FollowedFeed(revisions=[(1, 0.0), (2, 5.0), (4, 9.0)])]) == 1
    assert missed([whole, FollowedFeed(revisions=[(3, 5.2), (4, 9.0)])]) == 0, "it came later"


def test_silence_and_spread_are_measured_between_events() -> None:
    assert longest_silence(FollowedFeed(revisions=[(1, 0.0), (2, 9.0)], beats=[5.0])) == 5.0
    assert spread([FollowedFeed(revisions=[(1, 0.0), (2, 1.0)]), FollowedFeed(revisions=[(1, 0.5), (2, 1.25)])]) == [
        0.25
    ]


def test_each_limit_that_is_broken_is_named() -> None:
    good = {"exit_status": 0, "ring_error_s": 0.1, "likeness_in_crowd": 1.0, "reply_ms_p95": 300}
    assert beyond_limits({"page_kb": 42, "rehearsals": {"many": good}}) == []
    bad = {"exit_status": 1, "ring_error_s": 0.3, "likeness_in_crowd": 0.5}
    assert len(beyond_limits({"page_kb": 201, "rehearsals": {"one": good, "many": bad}})) == 4


def test_what_was_seen_can_be_written_and_read(tmp_path: Path) -> None:
    seen = Observations(lines=[show(1.0)], feeds=[FollowedFeed(200, [(1, 2.0)])], latecomer=FollowedFeed(503))
    seen.write(tmp_path / "seen")
    again = Observations.read(tmp_path / "seen")
    assert again.latecomer == seen.latecomer
    assert again.feeds[0].status == 200
    assert again.lines == seen.lines
