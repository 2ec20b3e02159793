"""The estimates for boards that nobody has measured follow from what was measured here."""

from __future__ import annotations

import pytest

from benches.performance.boards import BOARDS_PAGE, Cost, boards_section, cost_of
from benches.performance.page import PAGE

COST = Cost(idle_percent=5.0, resident_mb=500.0, reply_ms=210.0, decoding_ms=50.0)


def cells(section: str, what: str) -> list[str]:
    return next(line for line in section.splitlines() if line.startswith(f"| {what}"))[2:-2].split(" | ")[1:]


def test_the_page_has_the_estimates_that_follow_from_the_published_figures() -> None:
    section = boards_section(cost_of(PAGE.read_text(encoding="utf-8")))
    assert section.strip() in BOARDS_PAGE.read_text(encoding="utf-8")


def test_only_the_computing_grows_with_a_slower_processor() -> None:
    section = boards_section(COST)
    assert cells(section, "so many times slower")[0] == "2.5-4.0"
    assert cells(section, "from the end of a command")[0] == "0.3-0.4"  # 160 ms, and 50 ms times that
    assert cells(section, "idle listening")[0] == "12-20"


def test_a_small_board_leaves_out_what_does_not_fit() -> None:
    assert cells(boards_section(COST), "memory") == ["415-500", "415-500", "415", "297"]


def test_a_page_without_a_figure_is_refused() -> None:
    text = PAGE.read_text(encoding="utf-8").replace("reply, median", "reply, on average")
    with pytest.raises(ValueError, match="has no reply_ms"):
        cost_of(text)
