"""Whatever a name holds, no byte of it orders a terminal about: it stands there as an escape, in words and in JSON."""

from __future__ import annotations

import ast
import dataclasses
import io
import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import click
import pytest
from rich.table import Table

from tests.core.broken_routines import GOOD
from tests.edges.test_page import _HOLDING
from voice_coach.cli.main import _cli
from voice_coach.core.commands import Show
from voice_coach.core.events import Ticked
from voice_coach.core.view import Phase, View
from voice_coach.face.console import SafeConsole, words
from voice_coach.face.json_lines import JsonLines
from voice_coach.face.notice import Notice
from voice_coach.face.page import Page
from voice_coach.face.painter import Painter
from voice_coach.face.plain import PlainFace
from voice_coach.printable import beneath, on_a_line, printable, printable_stream
from voice_coach.routine_folder import read_routine_file

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

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
    stream.flush()
    assert stream.encoding == "utf-8"
    assert not stream.isatty()
    assert not hasattr(stream, "buffer"), "nobody writes bytes past it"
    assert printable_stream(stream) is stream
    assert beneath(stream) is inner
    written = inner.buffer.getvalue().decode()  # type: ignore[attr-defined]
    assert written.count("\\u001b[2J") == 3, "and click takes it out"
    assert_harmless(written)


def _drawn(console: SafeConsole) -> str:
    file = console.file
    file.flush()
    return file.buffer.getvalue().decode()  # type: ignore[attr-defined]


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
    assert_harmless(_drawn(console))
    assert _drawn(console).count("k[bold]l") == 3, "nothing is cut off, and no name is markup"


def test_colours_of_our_own_reach_a_terminal() -> None:
    console = _console(force_terminal=True)
    console.print(words("ok", "bold"))
    assert "\x1b[1mok\x1b[0m" in _drawn(console)


HOSTILE_VIEW = dataclasses.replace(
    _HOLDING,
    title=HOSTILE, saying=HOSTILE, heard=HOSTILE, heard_note=HOSTILE, question=HOSTILE,
    may_say=(HOSTILE, "yes"), troubles=(HOSTILE,),
)  # fmt: skip


def test_every_text_of_a_view_is_tried() -> None:
    texts = [one.name for one in dataclasses.fields(View) if one.type in {"str", "tuple[str, ...]"}]
    assert [name for name in texts if HOSTILE not in getattr(HOSTILE_VIEW, name)] == []


@pytest.mark.parametrize("phase", [Phase.IDLE, Phase.HOLDING])
@pytest.mark.parametrize(("width", "height"), [(200, 60), (40, 12)])
def test_the_page_of_a_terminal_takes_no_orders(phase: Phase, width: int, height: int) -> None:
    console = SafeConsole(file=io.StringIO(), width=width, height=height, force_terminal=True, color_system=None)
    view = dataclasses.replace(HOSTILE_VIEW, phase=phase)
    lines = Page(console, Notice((HOSTILE,), (HOSTILE,))).lines(view, 547.8)
    for line in lines:
        assert_harmless("".join(segment.text for segment in line))
        assert sum(segment.cell_length for segment in line) == width
    painted = Painter(console).paint(lines)
    assert painted.count("\x1b") == painted.count("\x1b[2J") + height, "only what moves from line to line"


def test_plain_lines_and_json_take_no_orders() -> None:
    stream = io.StringIO()
    face = PlainFace(stream, Notice((HOSTILE,)))
    face.start(lambda _heard: None)
    face.show(HOSTILE_VIEW)
    face.show(dataclasses.replace(HOSTILE_VIEW, troubles=(), title="a\nCoach: b"))
    assert_harmless(stream.getvalue())
    assert "Step 4 of 10: a Coach: b\n" in stream.getvalue()
    stream = io.StringIO()
    JsonLines(stream).observe(Ticked(at=1.0), (Show(HOSTILE_VIEW),))
    assert_harmless(stream.getvalue())
    assert json.loads(stream.getvalue().splitlines()[1])["view"]["title"] == HOSTILE


def _paths(command: click.Command, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    yield path
    if isinstance(command, click.Group):
        for name, one in command.commands.items():
            yield from _paths(one, (*path, name))


IN_FORKS = """
import json, os, sys
from voice_coach.cli.main import _cli, main
from voice_coach.errors import ModelError

def refuse(*arguments, **more):
    raise ModelError(f"The server answered 404 {sys.argv[1]}: try again.")

for arguments in json.load(sys.stdin):
    print("==", json.dumps(arguments), file=sys.stderr, flush=True)
    if (child := os.fork()) == 0:
        if arguments is None:
            _cli.main = refuse
        main(arguments or ["fetch-model"])
    os.waitpid(child, 0)
"""
OPTIONS = (
    "start --routine", "start --skin", "start --lang", "start --page", "start --input", "start --hold-seconds",
    "hear x.wav --phase", "rehearse --noise", "tune --from", "history --svg", "history --year", "page pair --url",
)  # fmt: skip


def test_no_command_hands_an_order_on(home: Path) -> None:
    calls: list[list[str] | None] = [None, *([*one.split(), HOSTILE] for one in OPTIONS)]
    for path in _paths(_cli):
        calls += [[*path, HOSTILE], [*path, f"--{HOSTILE}"]]
    done = subprocess.run(
        [sys.executable, "-c", IN_FORKS, HOSTILE],
        env={"PATH": os.environ["PATH"], "HOME": str(home), "ALSA_CONFIG_PATH": os.devnull},
        input=json.dumps(calls), capture_output=True, text=True, check=True, timeout=200,
    )  # fmt: skip
    told = done.stderr.split("== ")[1:]
    assert len(told) == len(calls)
    assert "404 a\\u001b[2J" in told[0], "a server may answer anything"
    for one in (done.stdout, *told):
        assert_harmless(one)
        assert "Something unexpected" not in one


def test_no_name_of_a_file_is_handed_on(coach: Coach, home: Path, tmp_path: Path) -> None:
    folder = home / ".config" / "voice-coach" / "routines"
    folder.mkdir(parents=True)
    (folder / f"{HOSTILE}.toml").write_text(GOOD)
    (folder / f"x{HOSTILE}.toml").write_text("name = 3")
    sound = tmp_path / f"{HOSTILE}.wav"
    sound.write_bytes(b"none")
    for arguments in (
        ["routine", "list"], ["routine", "show", HOSTILE], ["routine", "try", HOSTILE], ["routine", "check", HOSTILE],
        ["routine", "check", f"x{HOSTILE}"], ["start", "--routine", "nothing"], ["hear", sound],
        ["tune", "--from", tmp_path], ["rehearse", "--noise", sound],
    ):  # fmt: skip
        done = coach(*arguments)
        assert_harmless(done.stdout + done.stderr)
        assert "Something unexpected" not in done.stderr
    assert "k[bold]l" in coach("routine", "list", COLUMNS="400").stdout
    names = [row["name"] for row in json.loads(coach("routine", "list", "--json").stdout)]
    assert HOSTILE in names, "JSON says the same"


def test_no_key_or_value_of_the_settings_is_handed_on(coach: Coach, home: Path) -> None:
    path = home / ".config" / "voice-coach" / "settings.toml"
    path.parent.mkdir(parents=True)
    text = json.dumps(HOSTILE)
    path.write_text(f"{text} = 1\nengine = {text}\n", encoding="utf-8")
    for arguments in (["start"], ["doctor"], ["service", "install"]):
        done = coach(*arguments)
        assert "\\u001b" in done.stdout + done.stderr
        assert_harmless(done.stdout + done.stderr)


@pytest.mark.parametrize("key", ["name", "title", "say"])
@pytest.mark.parametrize("character", ["\\u001b", "\\u009b", "\\u202e", "\\u2066", "\\u2028", "\\u200f"])
def test_a_routine_with_such_a_text_has_a_mistake_with_its_line(tmp_path: Path, key: str, character: str) -> None:
    path = tmp_path / "mine.toml"
    lines = GOOD.splitlines()
    at = next(number for number, line in enumerate(lines) if line.startswith(key))
    lines[at] = f'{key} = "a{character}b"'
    path.write_text("\n".join(lines))
    ((line, told),) = read_routine_file(path).mistakes
    assert line == at + 1
    assert f"U+{character[2:].upper()}" in told


MAY_MAKE_A_CONSOLE = {"voice_coach/face/console.py"}


def _ways_past(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and ast.unparse(node.func).split(".")[-1] == "Console":
            yield "makes a console of rich"
        if isinstance(node, ast.Attribute) and ast.unparse(node) in {"sys.stdout.buffer", "sys.stderr.buffer"}:
            yield "writes bytes to a terminal"
        if isinstance(node, ast.Attribute) and ast.unparse(node) in {"sys.__stderr__", "click.style", "click.secho"}:
            yield "writes past the stream, or orders of its own"


def test_nobody_writes_to_a_terminal_past_the_one_place(pytestconfig: pytest.Config) -> None:
    root = pytestconfig.rootpath
    ways = {
        str(path.relative_to(root)): found
        for path in (root / "voice_coach").rglob("*.py")
        if (found := list(_ways_past(path)))
    }
    assert {name: found for name, found in ways.items() if name not in MAY_MAKE_A_CONSOLE} == {}


def test_a_shell_that_knows_no_utf8_gets_no_orders_either(home: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "voice_coach", "understand", HOSTILE],
        env={"PATH": os.environ["PATH"], "HOME": str(home), "PYTHONIOENCODING": "ascii"},
        capture_output=True,
        check=True,
        timeout=60,
    )
    assert_harmless(done.stdout.decode("ascii"))
    assert json.loads(done.stdout)["text"] == HOSTILE
