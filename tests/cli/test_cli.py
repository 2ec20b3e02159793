"""The command line, run as a person runs it."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import numpy as np
import pytest
import soundfile
import soxr
from rich.cells import cell_len

import voice_coach
from tests.patience import patient
from voice_coach.content_index import languages
from voice_coach.language.intents import Intent
from voice_coach.library import load_language

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from voice_coach.rehearsal.virtual_card import VirtualCard

    Coach = Callable[..., subprocess.CompletedProcess[str]]

_COMMANDS = (
    "start",
    "demo",
    "rehearse",
    "routine",
    "commands",
    "voices",
    "devices",
    "doctor",
    "hear",
    "understand",
    "fetch-model",
    "wyoming",
    "service",
    "completion",
)


def test_the_version_is_told(coach: Coach) -> None:
    assert coach("--version").stdout == f"voice-coach {voice_coach.__version__}\n"


@pytest.mark.parametrize("arguments", [[], ["--help"], ["-h"]])
def test_the_help_teaches_with_examples(coach: Coach, arguments: list[str]) -> None:
    done = coach(*arguments)
    assert done.returncode == 0
    assert "with examples: voice-coach start --help" in done.stdout
    for command in _COMMANDS:
        assert f"\n  {command} " in done.stdout


def test_the_help_has_three_groups_on_one_screen(coach: Coach) -> None:
    lines = coach("--help").stdout.splitlines()
    assert [line for line in lines if line.endswith(":")] == ["Every day:", "Make it yours:", "Look after it:"]
    assert len(lines) < 24, "the next prompt belongs to the screen"
    assert max(map(len, lines)) <= 80
    assert sum(line.startswith("Usage:") for line in lines) == 1


@pytest.mark.parametrize("group", ["page", "routine", "service"])
def test_a_group_alone_shows_its_help_and_nothing_else(coach: Coach, group: str) -> None:
    done, helped = coach(group), coach(group, "--help")
    assert (done.returncode, done.stdout, done.stderr) == (0, helped.stdout, "")


@pytest.mark.parametrize("command", _COMMANDS)
def test_every_command_has_help_with_an_example(coach: Coach, command: str) -> None:
    done = coach(command, "--help")
    assert done.returncode == 0
    assert f"voice-coach {command}" in done.stdout.replace("Usage: ", "", 1)


def test_help_loads_neither_recogniser_nor_sound_nor_page(program: Coach) -> None:
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "voice_coach", "--help"], capture_output=True, text=True, check=True
    )
    assert program("--help").stdout == done.stdout
    for module in ("numpy", "onnxruntime", "sounddevice", "soundfile", "rich", "pyttsx3", "vosk", "tomlkit"):
        assert f"| {module}\n" not in done.stderr.replace("  ", "")


def test_understand_prints_a_line_for_each_text(coach: Coach) -> None:
    done = coach("understand", "next step", "add five minutes", "the cat sat on the mat")
    assert [json.loads(line) for line in done.stdout.splitlines()] == [
        {"text": "next step", "intent": "next", "slots": {}},
        {"text": "add five minutes", "intent": "add_time", "slots": {"minutes": 5}},
        {"text": "the cat sat on the mat", "intent": None, "slots": {}},
    ]


def test_understand_reads_lines_from_standard_input(coach: Coach) -> None:
    done = coach("understand", "-", stdin="next step\n\nit stings\n")
    assert [json.loads(line)["intent"] for line in done.stdout.splitlines()] == ["next", None, "stings"]


@pytest.mark.parametrize("language", languages())
def test_the_table_of_commands_has_a_row_for_every_purpose_in_words_that_a_person_would_use(
    coach: Coach, language: str
) -> None:
    lines = coach("commands", "--lang", language).stdout.splitlines()
    purposes = load_language(language).purposes.values()
    assert len(set(purposes)) == len(Intent)
    for purpose in purposes:
        assert any(line.startswith(f"{purpose} ") for line in lines), purpose


@pytest.mark.parametrize("arguments", [("commands",), ("routine", "list"), ("routine", "show", "facial_mask")])
def test_a_table_of_wide_letters_fits_the_terminal_and_cuts_no_word(coach: Coach, arguments: tuple[str, ...]) -> None:
    for columns in (60, 80, 100):
        shown = coach(*arguments, "--lang", "ko", COLUMNS=str(columns)).stdout
        assert max(cell_len(line) for line in shown.splitlines()) <= columns
        assert "…" not in shown


def test_a_routine_is_shown_in_the_words_of_the_page(coach: Coach) -> None:
    english, korean = (coach("routine", "show", "clay_mask", "--lang", language).stdout for language in ("en", "ko"))
    assert {"getting ready", "putting it on", "taking it off"} <= set(re.findall("[a-z]+(?: [a-z]+)+", english))
    assert not {"briefing", "applying", "removing"} & set(re.findall(r"\w+", english))
    assert "바르는 중" in korean
    assert re.findall("Why:|For [a-z]+ skin|More:", korean) == []


def test_the_list_of_commands_has_every_phrase(coach: Coach) -> None:
    phrases = json.loads(coach("commands", "--json").stdout)
    assert {phrase["intent"] for phrase in phrases} == {intent.value for intent in Intent}
    assert {"intent": "next", "text": "next step", "minutes": None} in phrases
    always, sometimes = {"intent", "text", "minutes"}, {"about", "then"}
    assert all(always <= set(phrase) <= always | sometimes for phrase in phrases)


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_completion_script_names_the_program(program: Coach, shell: str) -> None:
    done = program("completion", shell)
    assert done.returncode == 0
    assert "voice-coach" in done.stdout
    assert "_VOICE_COACH_COMPLETE" in done.stdout


@pytest.mark.parametrize(
    ("typed", "completed"),
    [
        ("voice-coach st", "start"),
        ("voice-coach start --eng", "--engine"),
        ("voice-coach start --engine m", "moonshine"),
        ("voice-coach start --routine fa", "facial_mask"),
        ("voice-coach hear --phase qu", "question"),
    ],
)
def test_tab_completes_commands_options_and_values(coach: Coach, typed: str, completed: str) -> None:
    words = typed.split()
    done = coach(_VOICE_COACH_COMPLETE="bash_complete", COMP_WORDS=typed, COMP_CWORD=str(len(words) - 1))
    assert completed in done.stdout


@pytest.mark.usefixtures("processes")
def test_a_reader_that_goes_away_is_no_trouble() -> None:
    child = subprocess.Popen(
        [sys.executable, "-m", "voice_coach", "commands", "--json"], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert child.stdout is not None
    assert child.stderr is not None
    child.stdout.close()
    assert child.stderr.read() == b""
    child.wait(patient(20))


@pytest.mark.usefixtures("processes")
def test_control_c_ends_without_a_word() -> None:
    child = subprocess.Popen(
        [sys.executable, "-m", "voice_coach", "understand", "-"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )
    assert child.stdin is not None
    assert child.stdout is not None
    assert child.stderr is not None
    child.stdin.write(b"next step\n")
    child.stdin.flush()
    assert json.loads(child.stdout.readline())["intent"] == "next"
    child.send_signal(signal.SIGINT)
    assert child.wait(patient(20)) == 130
    assert child.stderr.read().strip() == b""


@pytest.fixture(scope="module")
def spoken(tmp_path_factory: pytest.TempPathFactory, processes: None) -> Path:
    """A person says "add five minutes": stereo FLAC at 44.1 kHz."""
    folder = tmp_path_factory.mktemp("spoken")
    subprocess.run(["flite", "-voice", "slt", "-t", "add five minutes", "-o", str(folder / "spoken.wav")], check=True)
    sound, rate = soundfile.read(folder / "spoken.wav")
    sound = soxr.resample(sound, rate, 44_100)
    soundfile.write(folder / "spoken.flac", np.column_stack([sound, sound]), 44_100)
    return folder / "spoken.flac"


def test_hear_prints_a_line_for_each_command_and_where_it_was(program: Coach, spoken: Path) -> None:
    done = program("hear", spoken)
    assert (done.returncode, done.stderr) == (0, "")
    line = json.loads(done.stdout)
    assert set(line) == {"file", "start_s", "end_s", "intent", "text", "engine", "score", "minutes"}
    assert (line["file"], line["intent"], line["minutes"]) == (str(spoken), "add_time", 5)
    assert 0 <= line["start_s"] < line["end_s"] < 3


def test_start_without_a_terminal_writes_plain_lines_and_leaves_on_control_c(card: VirtualCard, home: Path) -> None:
    child = subprocess.Popen(
        [sys.executable, "-m", "voice_coach", "start"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**card.environment, "HOME": str(home), "XDG_CONFIG_HOME": str(home)},
    )
    assert child.stdout is not None
    assert child.stderr is not None
    shown = [child.stdout.readline() for _ in range(3)]
    assert any(line.startswith("Coach: Hello") for line in shown), shown
    child.send_signal(signal.SIGINT)
    assert child.wait(patient(20)) == 130
    assert child.stderr.read().strip() == ""
