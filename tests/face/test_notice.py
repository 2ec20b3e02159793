"""What the terminal tells of the mirror, until the routine begins."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from voice_coach.face.base import Notice, load_texts
from voice_coach.face.line_output import PlainFace
from voice_coach.face.terminal.screen import Page
from voice_coach.library import load_language
from voice_coach.routines import Phase
from voice_coach.session.view import View

TEXTS = load_texts(load_language("en"))
NOTICE = Notice(
    ("The mirror: http://127.0.0.1:8765/", "Code: ABCD-2345"), ("█▀▀▀█", "█   █", "▀▀▀▀▀") * 5, "Point the camera here:"
)
IDLE, APPLYING = View(phase=Phase.IDLE), View(phase=Phase.APPLYING, step_number=3, step_count=10, title="Put it on")


def drawn(view: View, height: int, notice: Notice = NOTICE) -> str:
    console = Console(file=io.StringIO(), force_terminal=True, width=80, height=height)
    return "\n".join(
        "".join(segment.text for segment in line) for line in Page(console, TEXTS, notice).lines(view, 0.0)
    )


def test_it_stands_on_the_page_while_nothing_has_begun_and_then_no_more() -> None:
    assert all(line in drawn(IDLE, 40) for line in (*NOTICE.lines, NOTICE.caption, *NOTICE.picture))
    assert not any(line in drawn(APPLYING, 40) for line in (*NOTICE.lines, "▀▀▀▀▀"))


def test_a_picture_that_does_not_fit_is_left_out_and_the_lines_stay() -> None:
    page = drawn(IDLE, 16)
    assert all(line in page for line in NOTICE.lines)
    assert "█" not in page
    assert NOTICE.caption not in page


@pytest.mark.parametrize("height", [5, 10, 24, 60])
def test_the_page_is_as_high_as_the_terminal_all_the_same(height: int) -> None:
    assert len(drawn(IDLE, height).splitlines()) == height


def test_without_one_nothing_is_added() -> None:
    assert "mirror" not in drawn(IDLE, 40, Notice(()))


def test_plain_lines_begin_with_it() -> None:
    stream = io.StringIO()
    PlainFace(stream, TEXTS, NOTICE).start(lambda _heard: None)
    assert stream.getvalue().splitlines() == [*NOTICE.lines, NOTICE.caption, *NOTICE.picture]
