"""Whatever a name holds, no byte of it orders a terminal about: it stands there as an escape, in words and in JSON."""

from __future__ import annotations

import dataclasses
import io
import json
from typing import TYPE_CHECKING

import click
import pytest
from rich.table import Table

from tests.face.test_page import _HOLDING
from voice_coach.face.base import Notice, load_texts
from voice_coach.face.console import SafeConsole, words
from voice_coach.face.line_output import JsonLines, PlainFace
from voice_coach.face.terminal.screen import DiffRenderer, Page
from voice_coach.language.intents import Intent
from voice_coach.library import load_language
from voice_coach.printable import beneath, on_a_line, printable, printable_stream
from voice_coach.routines import Phase
from voice_coach.session.commands import Show
from voice_coach.session.events import Ticked
from voice_coach.session.view import CountdownView, Suggestion, TimerView, View

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable

    Coach = Callable[..., subprocess.CompletedProcess[str]]

HOSTILE = "a\x1b[2Jb\x07c\x9b31md\u202ee\u2066f\u200bg\x7fh\u2028i\ufeffj\u061ck[bold]l"
ORDERS = [chr(code) for code in (*range(9), *range(0x0B, 0x20), *range(0x7F, 0xA0))]
MARKS = list("\u00ad\u061c\u200b\u200e\u200f\u2028\u2029\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff")


def assert_harmless(text: str) -> None:
    assert [character for character in text if character in {*ORDERS, *MARKS}] == []


@pytest.mark.parametrize("character", [*ORDERS, *MARKS, "\udcff", "\U000e0041"], ids=ascii)
def test_an_order_becomes_an_escape_that_json_knows(character: str) -> None:
    escaped = printable(f"a{character}b")
    assert escaped.isascii()
    assert escaped.isprintable()
    assert json.loads(f'"{escaped}"') == f"a{character}b"


PEOPLE_WRITE = [
    "a",
    "line\n\ttab",
    "크림을 발라요",
    "“ok”…",
    "\u0645\u06cc\u200c\u062e\u0648",
    "\U0001f469\u200d\U0001f9b0",
    "ﾊﾝｶｸ",
]


@pytest.mark.parametrize("text", PEOPLE_WRITE)
def test_what_people_write_stays_as_it_is(text: str) -> None:
    assert printable(text) == text


def test_what_belongs_on_a_line_stays_on_it() -> None:
    assert on_a_line("a\nb\r\n\tc\u2028d") == "a b c\\u2028d"


def test_a_stream_writes_no_orders_and_is_a_stream_otherwise() -> None:
    inner = io.TextIOWrapper(io.BytesIO(), encoding="utf-8")
    stream = printable_stream(inner)
    assert stream.write(HOSTILE) == len(HOSTILE)
    stream.writelines([HOSTILE, "\n"])
    print(HOSTILE, file=stream)
    click.echo(HOSTILE, file=stream)
    click.echo(HOSTILE.encode(), file=stream)
    stream.flush()
    assert stream.encoding == "utf-8"
    assert not stream.isatty()
    assert not hasattr(stream, "buffer"), "nobody writes bytes past it"
    assert printable_stream(stream) is stream
    assert beneath(stream) is inner
    written = inner.buffer.getvalue().decode()
    assert written.count("\\u001b[2J") == 4, "and click takes one out"
    assert_harmless(written)


def _drawn(console: SafeConsole) -> str:
    file = console.file
    file.flush()
    return str(file.buffer.getvalue().decode())  # type: ignore[attr-defined]


def _console(**further: bool) -> SafeConsole:
    stream = printable_stream(io.TextIOWrapper(io.BytesIO(), encoding="utf-8"))
    return SafeConsole(file=stream, width=200, **further)


def test_tables_and_texts_are_drawn_without_orders_and_as_wide_as_they_are() -> None:
    console = _console()
    table = Table("name", box=None)
    table.add_row(words(HOSTILE, "bold"))
    table.add_row(HOSTILE.replace("[bold]", ""))
    console.print(table)
    console.print(words(HOSTILE))
    console.print(HOSTILE, markup=False)
    narrow = Table("name", box=None)
    narrow.add_row("\u202e" * 10 + "end")
    console.print(narrow)
    assert_harmless(_drawn(console))
    assert "\\u202e" * 10 + "end" in _drawn(console)
    assert _drawn(console).count("k[bold]l") == 3, "nothing is cut off, and no name is markup"


def test_colours_of_our_own_reach_a_terminal() -> None:
    console = _console(force_terminal=True)
    console.print(words("ok", "bold"))
    assert "\x1b[1mok\x1b[0m" in _drawn(console)


TEXTS = load_texts(load_language("en"))
HOSTILE_VIEW = dataclasses.replace(
    _HOLDING,
    title=HOSTILE, instruction=f"{HOSTILE} {HOSTILE}", picture=HOSTILE, notes=(HOSTILE,), saying=HOSTILE,
    unspoken=HOSTILE, heard=HOSTILE, heard_note=HOSTILE, question=f"{HOSTILE}?",
    suggestions=(Suggestion(HOSTILE, Intent.HELP), Suggestion("yes", Intent.YES)), faults=(HOSTILE,),
    routine=HOSTILE, timers=(TimerView(HOSTILE, CountdownView(60, None, 60)),),
)  # fmt: skip


def test_every_text_of_a_view_is_tried() -> None:
    texts = [one.name for one in dataclasses.fields(View) if one.type in {"str", "tuple[str, ...]"}]
    assert [name for name in texts if HOSTILE not in getattr(HOSTILE_VIEW, name)] == []


@pytest.mark.parametrize("phase", [Phase.IDLE, Phase.HOLDING])
@pytest.mark.parametrize(("width", "height"), [(200, 60), (40, 12)])
def test_the_page_of_a_terminal_takes_no_orders(phase: Phase, width: int, height: int) -> None:
    console = SafeConsole(file=io.StringIO(), width=width, height=height, force_terminal=True, color_system=None)
    view = dataclasses.replace(HOSTILE_VIEW, phase=phase)
    lines = Page(console, TEXTS, Notice((HOSTILE,), (HOSTILE,))).lines(view, 547.8)
    for line in lines:
        assert_harmless("".join(segment.text for segment in line))
        assert sum(segment.cell_length for segment in line) == width
    painted = DiffRenderer(console).render(lines)
    assert painted.count("\x1b") == painted.count("\x1b[2J") + height, "only what moves from line to line"


def test_plain_lines_and_json_take_no_orders() -> None:
    stream = io.StringIO()
    face = PlainFace(stream, TEXTS, Notice((HOSTILE,)))
    face.start(lambda _heard: None)
    face.show(HOSTILE_VIEW)
    face.show(dataclasses.replace(HOSTILE_VIEW, faults=(), title="a\nCoach: b"))
    assert_harmless(stream.getvalue())
    assert "Step 4 of 10: a Coach: b\n" in stream.getvalue()
    stream = io.StringIO()
    JsonLines(stream).observe(Ticked(at=1.0), (Show(HOSTILE_VIEW),))
    assert_harmless(stream.getvalue())
    assert json.loads(stream.getvalue().splitlines()[1])["view"]["title"] == HOSTILE
