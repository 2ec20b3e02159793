"""No command hands on a name that orders a terminal about, wherever it comes from."""

from __future__ import annotations

import ast
import contextlib
import json
import os
import pty
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click
import pytest

from tests.patience import patient
from tests.routines.broken_routines import GOOD
from tests.test_printable import HOSTILE, assert_harmless
from voice_coach.cli.main import command_line
from voice_coach.routine_folder import read_routine_file

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Coach = Callable[..., subprocess.CompletedProcess[str]]


def _paths(command: click.Command, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    yield path
    if isinstance(command, click.Group):
        for name, one in command.commands.items():
            yield from _paths(one, (*path, name))


IN_FORKS = """
import json, os, sys
from tests.test_printable import HOSTILE, assert_harmless
from voice_coach.cli.main import command_line, main
from voice_coach.errors import ModelError

def refuse(*arguments, **more):
    raise ModelError(f"The server answered 404 {sys.argv[1]}: try again.")

for arguments in json.load(sys.stdin):
    print("==", json.dumps(arguments), file=sys.stderr, flush=True)
    if (child := os.fork()) == 0:
        if arguments is None:
            command_line.main = refuse
        main(arguments or ["fetch-model"])
    os.waitpid(child, 0)
"""
ROOT = Path(__file__).parents[2]
OPTIONS = (
    "start --routine", "start --skin", "start --lang", "start --page", "start --input", "start --hold-seconds",
    "hear x.wav --phase", "rehearse --noise", "tune --from", "history --svg", "history --year", "page pair --url",
)  # fmt: skip


@pytest.mark.usefixtures("processes")
def test_no_command_hands_an_order_on(home: Path) -> None:
    calls: list[list[str] | None] = [None, *([*one.split(), HOSTILE] for one in OPTIONS)]
    for path in _paths(command_line):
        calls += [[*path, HOSTILE], [*path, f"--{HOSTILE}"]]
    done = subprocess.run(
        [sys.executable, "-c", IN_FORKS, HOSTILE],
        env={"PATH": os.environ["PATH"], "HOME": str(home), "ALSA_CONFIG_PATH": os.devnull, "PYTHONPATH": str(ROOT)},
        cwd=home,  # one of them draws a picture
        input=json.dumps(calls), capture_output=True, text=True, check=True, timeout=patient(200),
    )  # fmt: skip
    told = done.stderr.split("== ")[1:]
    assert len(told) == len(calls)
    assert "404 ab\\u0007c\\u009b31m" in told[0], "a server may answer anything"
    for one in (done.stdout, *told):
        assert_harmless(one)
        assert "Something unexpected" not in one


def test_no_name_of_a_file_is_handed_on(program: Coach, home: Path, tmp_path: Path) -> None:
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
        done = program(*arguments)
        assert_harmless(done.stdout + done.stderr)
        assert "Something unexpected" not in done.stderr
    assert "k[bold]l" in program("routine", "list", COLUMNS="400").stdout
    names = [row["name"] for row in json.loads(program("routine", "list", "--json").stdout)]
    assert HOSTILE in names, "JSON says the same"


def _on_a_terminal(home: Path, *arguments: str) -> str:
    """What a real terminal is given, but for colours."""
    master, slave = pty.openpty()
    environment = {"PATH": os.environ["PATH"], "HOME": str(home), "TERM": "xterm", "COLUMNS": "300"}
    command = [sys.executable, "-m", "voice_coach", *arguments]
    with subprocess.Popen(command, env=environment, stdin=slave, stdout=slave, stderr=slave):
        os.close(slave)
        told = b""
        with contextlib.suppress(OSError):  # the other end has gone
            while part := os.read(master, 4096):
                told += part
    os.close(master)
    return re.sub(r"\x1b\[[0-9;]*m", "", told.decode()).replace("\r\n", "\n")


@pytest.mark.usefixtures("processes")
def test_on_a_terminal_there_are_colours_and_no_other_orders(home: Path) -> None:
    folder = home / ".config" / "voice-coach" / "routines"
    folder.mkdir(parents=True)
    (folder / f"{HOSTILE}.toml").write_text(GOOD)
    for arguments in (["routine", "list"], ["routine", "check", HOSTILE], [HOSTILE], ["understand", HOSTILE]):
        told = _on_a_terminal(home, *arguments)
        assert "a\\u001b[2Jb" in told
        assert_harmless(told)


def test_no_key_or_value_of_the_settings_is_handed_on(program: Coach, home: Path) -> None:
    path = home / ".config" / "voice-coach" / "settings.toml"
    path.parent.mkdir(parents=True)
    text = json.dumps(HOSTILE)
    path.write_text(f"{text} = 1\nengine = {text}\n", encoding="utf-8")
    for arguments in (["start"], ["doctor"], ["service", "install"]):
        done = program(*arguments)
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
    (mistake,) = read_routine_file(path).mistakes
    assert mistake.line == at + 1
    assert f"U+{character[2:].upper()}" in mistake.sentence


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


@pytest.mark.usefixtures("processes")
def test_a_shell_that_knows_no_utf8_gets_no_orders_either(home: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "voice_coach", "understand", HOSTILE],
        env={"PATH": os.environ["PATH"], "HOME": str(home), "PYTHONIOENCODING": "ascii"},
        capture_output=True,
        check=True,
        timeout=patient(60),
    )
    assert_harmless(done.stdout.decode("ascii"))
    assert json.loads(done.stdout)["text"] == HOSTILE
