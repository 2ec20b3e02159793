"""The first minute of somebody without sound devices: `env -i`, an empty home, and what a terminal or a page offers."""

from __future__ import annotations

import fcntl
import json
import os
import pty
import re
import struct
import subprocess
import sys
import termios
import threading
import time
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest

from tests.led_by_buttons import NULL_CARD, Buttons, free_port
from tests.patience import patient
from voice_coach.cli.start_command import _last_kind
from voice_coach.library import load_language, load_routines, load_shipped_routine
from voice_coach.rehearsal.rehearsal_script import DEMO_ROUTINE, demo_routine, load_demo
from voice_coach.routines.past_masks import HistorySummary, LastMask
from voice_coach.session.events import Started

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    Done = subprocess.CompletedProcess[str]
    Coach = Callable[..., Done]
    Open = Callable[..., "Terminal"]

_PATIENCE_SECONDS = patient(30.0)
_DEMO_SECONDS = 60.0
_SHORT_HOLD = ("--hold-seconds", "3", "--daytime")
_ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


_NO_CARD = "pcm.unusable { type file }\n"


def bare(home: Path, card: str = _NO_CARD) -> dict[str, str]:
    """All that `env -i` leaves; and no sound card but the one given is found, whatever the machine has."""
    alsa = home.parent / "asound.conf"
    alsa.write_text(card)
    return {"PATH": "/usr/bin:/bin", "HOME": str(home), "TERM": "xterm-256color", "ALSA_CONFIG_PATH": str(alsa)}


class Terminal:
    """The program on a pseudo-terminal of 80 columns and 24 lines."""

    def __init__(self, home: Path, *arguments: str, card: str = _NO_CARD) -> None:
        self._master, slave = pty.openpty()
        fcntl.ioctl(self._master, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
        self._output = b""
        self._child = subprocess.Popen(
            [sys.executable, "-m", "voice_coach", *arguments],
            stdin=slave, stdout=slave, stderr=slave, start_new_session=True, env=bare(home, card),
        )  # fmt: skip
        os.close(slave)
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        while True:
            try:
                self._output += os.read(self._master, 65536)
            except OSError:
                return

    @property
    def shown(self) -> str:
        """Everything that was ever shown, without colours."""
        return _ESCAPES.sub(" ", self._output.decode(errors="replace"))

    def wait_for(self, *words: str) -> None:
        """Wait until all these words were shown."""
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while not all(word in self.shown for word in words):
            assert time.monotonic() < deadline, (words, self.shown[-2000:])
            time.sleep(0.05)

    def type(self, key: str) -> None:
        """Press a key."""
        os.write(self._master, key.encode())

    def end(self, seconds: float, meanwhile: str = "") -> int:
        """Wait for the program to end by itself, and press a key now and then, if one is given; return its status."""
        deadline = time.monotonic() + seconds
        while self._child.poll() is None:
            assert time.monotonic() < deadline, self.shown[-2000:]
            time.sleep(0.2)
            self.type(meanwhile)
        self._reader.join(_PATIENCE_SECONDS)
        return self._child.returncode

    def close(self) -> None:
        """End the program if it still runs."""
        self._child.kill()
        self._child.wait()
        os.close(self._master)


@pytest.fixture
def open_terminal(home: Path, processes: None) -> Iterator[Open]:
    """Starts the program on a terminal of its own."""
    opened: list[Terminal] = []

    def start(*arguments: str, card: str = _NO_CARD) -> Terminal:
        opened.append(Terminal(home, *arguments, card=card))
        return opened[-1]

    yield start
    for terminal in opened:
        terminal.close()


def test_keys_carry_a_person_through_a_routine_to_its_end(open_terminal: Open) -> None:
    terminal = open_terminal("start", *_SHORT_HOLD)
    terminal.wait_for("No microphone and no speaker were found: use the keys", "plug them in at any time")
    terminal.type("s")
    terminal.wait_for("Step 1 of 10")
    for step in (2, 3, 4):
        terminal.type("n")
        terminal.wait_for(f"Step {step} of 10")
    terminal.wait_for("Step 5 of 10")  # the countdown is over by itself
    for step in (6, 7, 8, 9, 10):
        terminal.type("n")
        terminal.wait_for(f"Step {step} of 10")
    terminal.type("n")
    terminal.wait_for("all done")
    terminal.type("q")
    assert terminal.end(_PATIENCE_SECONDS, meanwhile="y") == 0
    assert "Traceback" not in terminal.shown


@pytest.mark.usefixtures("processes")
def test_the_page_carries_a_person_through_a_routine_to_its_end(home: Path, tmp_path: Path) -> None:
    port = free_port()
    with (tmp_path / "told").open("wb") as told:
        child = subprocess.Popen(
            [sys.executable, "-m", "voice_coach", "start", "--page", str(port), *_SHORT_HOLD],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=told, env=bare(home), start_new_session=True,
        )  # fmt: skip
    try:
        buttons = Buttons(port)
        for intent in ("start", "next", "next", "next"):
            buttons.post(intent)
        buttons.wait_for_phase("removing")
        for _ in range(6):
            buttons.post("next")
        buttons.wait_for_phase("done")
        buttons.post("quit")
        with suppress(subprocess.TimeoutExpired):
            child.wait(patient(3.0))
        if child.poll() is None:  # it asks first
            buttons.post("yes")
        assert child.wait(_PATIENCE_SECONDS) == 0
    finally:
        child.kill()
        child.wait()
    said = (tmp_path / "told").read_text()
    assert said.startswith("voice-coach: No microphone and no speaker were found: use the buttons of the page")
    assert said.count("\n") == 1


@pytest.mark.parametrize(("flag", "noun"), [("--input", "microphone"), ("--output", "speaker")])
def test_a_wrong_name_is_an_error_also_where_keys_would_do(open_terminal: Open, flag: str, noun: str) -> None:
    terminal = open_terminal("start", flag, "defualt", card=NULL_CARD)
    assert terminal.end(_PATIENCE_SECONDS) == 1
    assert f'There is no {noun} “defualt”: did you mean "default"?' in terminal.shown


@pytest.mark.usefixtures("processes")
def test_a_service_still_begins_without_devices_and_without_a_word(home: Path, tmp_path: Path) -> None:
    with (tmp_path / "told").open("wb") as told:
        child = subprocess.Popen(
            [sys.executable, "-m", "voice_coach", "start", "--wait", "--json"],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=told, env=bare(home), start_new_session=True,
        )  # fmt: skip
    try:
        assert child.stdout is not None
        faults: set[str] = set()
        while faults != {"no_microphone", "no_speaker"}:
            line = json.loads(child.stdout.readline())
            faults |= {line["fault"]} if line["name"] == "FaultRaised" else set()
    finally:
        child.kill()
        child.communicate()
    assert (tmp_path / "told").read_text() == ""


def kept(home: Path) -> set[str]:
    """The names of what the coach keeps of a person."""
    return {path.name for path in home.rglob("*") if path.is_file() and path.suffix != ".log"}


def test_the_demo_ends_in_time_on_a_terminal_and_keeps_nothing(open_terminal: Open, home: Path) -> None:
    began = time.monotonic()
    terminal = open_terminal("demo", "--lang", "ko")
    assert terminal.end(patient(_DEMO_SECONDS)) == 0
    assert time.monotonic() - began < patient(_DEMO_SECONDS) - 5.0, "it was ended by its limit"
    script = load_demo(load_language("ko"))
    for turn in script.turns:
        assert turn.heard.text in terminal.shown
    assert "http://127.0.0.1:" in terminal.shown
    assert "voice-coach start" in terminal.shown.splitlines()[-3]
    assert kept(home) == set()


def test_a_wish_for_more_minutes_than_the_mask_bears_is_answered(open_terminal: Open) -> None:
    terminal = open_terminal("start", "--minutes", "20", "--routine", "clay_mask")
    terminal.wait_for("Clay mask: fifteen minutes, which is as long as it may stay on for you.")


def test_the_coach_begins_with_the_kind_of_the_last_mask() -> None:
    past = HistorySummary(LastMask(3, 1, "gel_mask"), in_week=1, in_month=1, total=1)
    kind = _last_kind(Started(is_daytime=True, past=past), load_routines("en"))
    assert kind is not None
    assert kind.id == "gel_mask"
    assert _last_kind(Started(is_daytime=True), load_routines("en")) is None


def test_the_demo_tells_all_in_lines_where_there_is_no_terminal(program: Coach, home: Path) -> None:
    done = program("demo")
    assert (done.returncode, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    assert [line.split(":")[0] for line in lines if line.startswith("Step")] == [
        "Step 1 of 4", "Step 2 of 4", "Step 3 of 4", "Step 4 of 4",
    ]  # fmt: skip
    assert "Clock: 0:10, running" in lines
    assert sum(line.startswith("Coach: ") for line in lines) >= 6
    assert [line.removeprefix("You:   ") for line in lines if line.startswith("You: ")][:2] == [
        "start the mask", "next step",
    ]  # fmt: skip
    assert "The coach is closed." in lines
    assert kept(home) == set()


@pytest.mark.usefixtures("processes")
def test_the_demo_s_page_is_a_real_one_beside_a_coach_that_runs(home: Path) -> None:
    port = free_port()
    coach = subprocess.Popen(
        [sys.executable, "-m", "voice_coach", "start", "--page", str(port), "--daytime"],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=bare(home),
    )  # fmt: skip
    assert coach.stdout is not None
    coach.stdout.readline()
    demo = subprocess.Popen(
        [sys.executable, "-m", "voice_coach", "demo"],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=bare(home),
    )  # fmt: skip
    try:
        assert demo.stdout is not None
        while not (found := re.search(r"http://127\.0\.0\.1:(\d+)/", line := demo.stdout.readline())):
            assert line, "it has ended"
        assert found[1] != str(port)
        Buttons(int(found[1])).wait_for_phase("holding")
    finally:
        for child in (demo, coach):
            child.kill()
            child.communicate()


@pytest.mark.usefixtures("processes")
def test_the_demo_opens_a_browser_only_where_there_is_a_screen(home: Path, tmp_path: Path) -> None:
    browser = tmp_path / "browser"
    browser.write_text(f'#!/bin/sh\necho "$1" >> {tmp_path}/opened\n')
    browser.chmod(0o755)
    for further in ({"DISPLAY": ":9"}, {}):
        child = subprocess.Popen(
            [sys.executable, "-m", "voice_coach", "demo"],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True,
            env={**bare(home), "BROWSER": f"{browser} %s", **further},
        )  # fmt: skip
        try:
            assert child.stdout is not None
            while "Step 1 of 4" not in (line := child.stdout.readline()):
                assert line, "it has ended"
        finally:
            child.kill()
            child.communicate()
    assert re.fullmatch(r"http://127\.0\.0\.1:\d+/\n", (tmp_path / "opened").read_text())


@pytest.mark.parametrize("language", ["en", "ko"])
def test_the_demo_has_four_steps_of_a_real_routine_and_says_only_what_can_be_said(language: str) -> None:
    routine = demo_routine(load_shipped_routine(DEMO_ROUTINE, language))
    assert [step.id for step in routine.steps] == ["apply", "relax", "rinse", "moisturizer"]
    script = load_demo(load_language(language))
    said = [turn.heard for turn in script.turns] + [script.leave, script.yes]
    assert all(len(heard.text.split()) > 1 for heard in said), "before and after a mask one word is too short"
