"""The terminal page on a real pseudo-terminal: what it shows, what its keys say, and that it gives all back."""

from __future__ import annotations

import fcntl
import json
import os
import pty
import re
import signal
import struct
import subprocess
import sys
import termios
import threading
import time
from typing import TYPE_CHECKING

import pytest

from tests.machine_sleep import SleepyMachine
from tests.patience import patient

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

_PATIENCE_SECONDS = patient(20.0)

_TAKE_OVER = """
import fcntl, json, signal, sys, termios, time
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
"""
_PROGRAM = """
from voice_coach import clock
from voice_coach.session.view import Attention, CountdownView, Suggestion, View
from voice_coach.routines import Phase
from voice_coach.face.base import load_texts
from voice_coach.face.line_output import PlainFace
from voice_coach.face.terminal import TerminalFace
from voice_coach.language.intents import Intent
from voice_coach.interruption import interrupt_on_signals
from voice_coach.library import load_language
view = View(
    phase=Phase.HOLDING, step_number=4, step_count=10, title="Let it work", saying="Breathe slowly.",
    heard="next step", suggestions=(Suggestion("time left", Intent.TIME_LEFT),), attention=Attention.LISTENING,
    countdown=CountdownView(600.0, clock.now() + 600.5, 900.0),
)
heard = open(sys.argv[1], "a", buffering=1)
texts = load_texts(load_language("en"))
face = TerminalFace(sys.stdout, texts) if sys.argv[3] == "page" else PlainFace(sys.stdout, texts)
interrupt_on_signals()
try:
    face.start(lambda event: heard.write(json.dumps([event.intent.value, event.via.value]) + "\\n"))
    face.show(view)
    if sys.argv[2] == "crash":
        raise RuntimeError("on purpose")
    if sys.argv[2] == "leave":
        sys.exit(0)
    while True:
        signal.pause()
finally:
    if sys.argv[2] != "forget":
        face.stop()
"""


class _Terminal:
    """A pseudo-terminal with the face's program in it."""

    def __init__(
        self,
        heard: Path,
        ending: str = "wait",
        *,
        face: str = "page",
        program: str = "",
        size: tuple[int, int] = (80, 24),
        **environment: str,
    ) -> None:
        self._master, self._slave = pty.openpty()
        self.resize(*size)
        self.before = termios.tcgetattr(self._slave)
        self.output = b""
        self.child = subprocess.Popen(
            [sys.executable, "-c", _TAKE_OVER + (program or _PROGRAM), str(heard), ending, face],
            stdin=self._slave,
            stdout=self._slave,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            env={**os.environ, "TERM": "xterm-256color", **environment},
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        while True:
            try:
                self.output += os.read(self._master, 65536)
            except OSError:
                return

    def resize(self, columns: int, lines: int) -> None:
        fcntl.ioctl(self._master, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))

    def type(self, keys: bytes) -> None:
        os.write(self._master, keys)

    @property
    def modes(self) -> list[object]:
        return termios.tcgetattr(self._slave)

    @property
    def is_as_before(self) -> bool:
        """Whether the settings are the old ones, the page's screen is left and the cursor is back."""
        return self.modes == self.before and self.output.rfind(b"\x1b[?1049l") >= self.output.rfind(b"\x1b[?1049h")

    def wait_until(self, condition: Callable[[], bool]) -> None:
        end = time.monotonic() + _PATIENCE_SECONDS
        while not condition():
            assert time.monotonic() < end, self.output[-2000:]
            time.sleep(0.02)

    def wait_for_page(self) -> None:
        self.wait_until(lambda: b"Let it work" in self.output and b"time left" in self.output)

    def close(self) -> None:
        self.child.kill()
        self.child.wait()
        os.close(self._slave)
        os.close(self._master)
        self._reader.join()


@pytest.fixture
def heard(tmp_path: Path) -> Path:
    """Where the program writes the events that its keys posted."""
    return tmp_path / "heard"


@pytest.fixture
def open_terminal(heard: Path, processes: None) -> Iterator[Callable[..., _Terminal]]:
    """Starts the program in a terminal of its own."""
    opened: list[_Terminal] = []

    def start(ending: str = "wait", **options: object) -> _Terminal:
        opened.append(_Terminal(heard, ending, **options))  # type: ignore[arg-type]
        return opened[-1]

    yield start
    for terminal in opened:
        terminal.close()


def _screen(output: bytes) -> str:
    return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", output.decode(errors="replace"))


def test_the_page_shows_step_countdown_speech_and_what_was_heard(open_terminal: Callable[..., _Terminal]) -> None:
    terminal = open_terminal()
    terminal.wait_for_page()
    screen = _screen(terminal.output)
    for words in ("Step 4 of 10", "Let it work", "Breathe slowly.", "next step", "time left", "listening", "██"):
        assert words in screen


def test_the_countdown_runs_by_itself_between_two_views(open_terminal: Callable[..., _Terminal]) -> None:
    terminal = open_terminal()
    terminal.wait_for_page()
    length = len(terminal.output)
    terminal.wait_until(lambda: terminal.output.count("██".encode(), length) > 0)


def test_keys_do_what_words_do(open_terminal: Callable[..., _Terminal], heard: Path) -> None:
    terminal = open_terminal()
    terminal.wait_for_page()
    terminal.type(b"n")
    terminal.wait_until(lambda: heard.read_text() != "")
    terminal.type(b" ")
    terminal.wait_until(lambda: heard.read_text().count("\n") == 2)
    events = [json.loads(line) for line in heard.read_text().splitlines()]
    assert events == [["next", "key"], ["pause", "key"]]


def test_arrows_and_pastes_are_no_commands(open_terminal: Callable[..., _Terminal], heard: Path) -> None:
    terminal = open_terminal()
    terminal.wait_for_page()
    terminal.type(b"\x1b[A")
    time.sleep(0.2)
    terminal.type(b"quite a long text")
    time.sleep(0.2)
    terminal.type(b"w")
    terminal.wait_until(lambda: heard.read_text() != "")
    assert json.loads(heard.read_text()) == ["why", "key"]


def test_a_pedal_that_turns_pages_goes_on_and_back(open_terminal: Callable[..., _Terminal], heard: Path) -> None:
    terminal = open_terminal()
    terminal.wait_for_page()
    told = 0

    def is_told() -> bool:
        return heard.read_text().count("\n") > told

    for key in (b"\x1b[6~", b"\x1b[5~", b"\r", b"b"):
        terminal.type(key)
        terminal.wait_until(is_told)
        told += 1
    events = [json.loads(line)[0] for line in heard.read_text().splitlines()]
    assert events == ["next", "back", "next", "back"]


def test_typed_keys_are_not_echoed_while_the_page_is_up(open_terminal: Callable[..., _Terminal]) -> None:
    terminal = open_terminal()
    terminal.wait_for_page()
    local_modes = terminal.modes[3]
    assert isinstance(local_modes, int)
    assert not local_modes & (termios.ECHO | termios.ICANON)


@pytest.mark.parametrize("ending", ["leave", "crash"])
def test_the_terminal_is_as_before_when_the_program_ends_or_crashes(
    open_terminal: Callable[..., _Terminal], ending: str
) -> None:
    terminal = open_terminal(ending)
    assert terminal.child.wait(_PATIENCE_SECONDS) == (1 if ending == "crash" else 0)
    terminal.wait_until(lambda: terminal.is_as_before)


def test_the_terminal_is_as_before_after_control_c(open_terminal: Callable[..., _Terminal]) -> None:
    terminal = open_terminal()
    terminal.wait_for_page()
    terminal.type(b"\x03")
    terminal.child.wait(_PATIENCE_SECONDS)
    terminal.wait_until(lambda: terminal.is_as_before)


def test_the_digits_count_the_sleep_of_the_machine(open_terminal: Callable[..., _Terminal], tmp_path: Path) -> None:
    machine = SleepyMachine(tmp_path / "machine")
    machine.sleep(3600)  # before the program was started
    terminal = open_terminal(size=(40, 12), **machine.variables)
    terminal.wait_until(lambda: re.search(rb"10:0\d|(?<!\d)9:\d\d", terminal.output) is not None)
    machine.sleep(300)
    terminal.wait_until(lambda: re.search(rb"(?<!\d)[54]:\d\d", terminal.output) is not None)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
@pytest.mark.parametrize("ending", ["wait", "forget"])
def test_the_terminal_is_as_before_after_a_signal_even_if_nobody_stops_the_face(
    open_terminal: Callable[..., _Terminal], number: signal.Signals, ending: str
) -> None:
    terminal = open_terminal(ending)
    terminal.wait_for_page()
    terminal.child.send_signal(number)
    terminal.child.wait(_PATIENCE_SECONDS)
    terminal.wait_until(lambda: terminal.is_as_before)


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSEGV])
def test_the_terminal_is_as_before_even_when_the_process_is_killed_outright(
    open_terminal: Callable[..., _Terminal], number: signal.Signals
) -> None:
    terminal = open_terminal()
    terminal.wait_for_page()
    terminal.child.send_signal(number)
    terminal.child.wait(_PATIENCE_SECONDS)
    terminal.wait_until(lambda: terminal.is_as_before)


def test_a_resized_terminal_is_drawn_anew(open_terminal: Callable[..., _Terminal]) -> None:
    terminal = open_terminal()
    terminal.wait_for_page()
    length = len(terminal.output)
    terminal.resize(120, 40)
    terminal.wait_until(lambda: "─" * 116 in _screen(terminal.output[length:]))


def test_without_colour_there_is_none(open_terminal: Callable[..., _Terminal]) -> None:
    terminal = open_terminal(NO_COLOR="1")
    terminal.wait_for_page()
    assert not re.search(rb"\x1b\[[0-9;]*3[0-7]m", terminal.output)


def test_without_a_page_keys_work_and_are_not_written_between_the_lines(
    open_terminal: Callable[..., _Terminal], heard: Path
) -> None:
    terminal = open_terminal(face="plain", TERM="dumb")
    terminal.wait_until(lambda: b"Keys:" in terminal.output)
    shown = terminal.output
    for typed in (b"n", b"z", b"\x1b[A", b"\r", b"quite a long text", b"w"):
        terminal.type(typed)
        time.sleep(0.1)
    terminal.wait_until(lambda: heard.read_text().count("\n") == 3)
    assert [json.loads(line)[0] for line in heard.read_text().splitlines()] == ["next", "next", "why"]
    assert terminal.output == shown
    assert b"\x1b" not in shown


@pytest.mark.parametrize("ending", ["leave", "crash", "forget"])
def test_without_a_page_the_terminal_is_as_before_too(open_terminal: Callable[..., _Terminal], ending: str) -> None:
    terminal = open_terminal(ending, face="plain")
    if ending == "forget":
        terminal.wait_until(lambda: b"Keys:" in terminal.output)
        terminal.child.send_signal(signal.SIGKILL)
    terminal.child.wait(_PATIENCE_SECONDS)
    terminal.wait_until(lambda: terminal.is_as_before)
    assert b"\x1b" not in terminal.output


def test_a_job_in_the_background_leaves_the_keys_to_the_shell(open_terminal: Callable[..., _Terminal]) -> None:
    job = """
import os, sys
from voice_coach.face.terminal.terminal_session import keyboard_of
own = keyboard_of(sys.stdin)
os.setpgid(0, 0) if os.fork() == 0 else os.wait()
print("KEYS", own, keyboard_of(sys.stdin), flush=True)
"""
    terminal = open_terminal(program=job)
    terminal.wait_until(lambda: len(re.findall(rb"KEYS \w+ \w+\r?\n", terminal.output)) == 2)
    assert re.findall(r"KEYS (\w+) (\w+)", terminal.output.decode()) == [("0", "None"), ("0", "0")]
