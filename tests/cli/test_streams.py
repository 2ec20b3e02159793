"""Standard output may be full, closed or without a reader: a sentence, a right status, and the coach goes on."""

from __future__ import annotations

import contextlib
import json
import os
import shlex
import signal
import socket
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.patience import patient
from voice_coach.cli.model_commands import _progress_bar

if TYPE_CHECKING:
    from collections.abc import Callable

    from voice_coach.rehearsal.virtual_card import VirtualCard

    Shell = Callable[[str], subprocess.CompletedProcess[str]]

_FULL = (
    "voice-coach: standard output cannot be written (No space left on device): "
    "make room there, or let it go elsewhere.\n"
)
_CLOSED = "voice-coach: standard output cannot be written (it is closed): let it go somewhere, even to /dev/null.\n"
_PRINTING = (
    "--version",
    "history",
    "history --csv",
    "history --json",
    "history --svg -",
    "history forget --all --yes",
    "commands",
    "commands --json",
    "routine list",
    "routine list --json",
    "routine show facial_mask",
    "routine try facial_mask",
    "understand 'next step'",
    "page list --json",
    "service status",
    "service status --json",
    "voices",
    "voices --json",
    "doctor --json",
    "completion bash",
    "completion zsh",
    "completion fish",
)
"""Whatever prints and needs neither sound nor network."""


@pytest.fixture
def shell(home: Path, processes: None) -> Shell:
    """Runs a command line of the shell in which $COACH is the program."""

    def run(line: str) -> subprocess.CompletedProcess[str]:
        coach = shlex.join([sys.executable, "-m", "voice_coach"])
        return subprocess.run(
            ["bash", "-c", line.replace("$COACH", coach)],
            env={"PATH": os.environ["PATH"], "HOME": str(home)},
            capture_output=True,
            text=True,
            check=False,
            timeout=patient(120),
        )

    return run


@pytest.mark.parametrize("command", [*_PRINTING, *(f"{path} --help" for path in ("", "start", "routine new"))])
def test_a_full_disk_is_one_sentence(shell: Shell, command: str) -> None:
    done = shell(f"$COACH {command} > /dev/full")
    assert (done.returncode, done.stderr) == (1, _FULL)


def test_a_full_disk_is_one_sentence_for_what_completes_in_a_shell(shell: Shell) -> None:
    asked = "_VOICE_COACH_COMPLETE=bash_complete COMP_WORDS='voice-coach st' COMP_CWORD=1"
    done = shell(f"{asked} $COACH > /dev/full")
    assert (done.returncode, done.stderr) == (1, _FULL)


@pytest.mark.parametrize("command", ["--version", "--help", "history --csv", "commands", "commands --json"])
def test_a_closed_output_is_one_sentence(shell: Shell, command: str) -> None:
    done = shell(f"$COACH {command} >&-")
    assert (done.returncode, done.stderr) == (1, _CLOSED)


@pytest.mark.parametrize("redirection", ["2>&-", "2>/dev/full", "2>&- <&-", "<&- >/dev/full 2>&1", ">&- 2>&- <&-"])
def test_a_complaint_that_cannot_be_written_keeps_its_status(shell: Shell, redirection: str) -> None:
    assert shell(f"$COACH nonsense {redirection}").returncode == 2
    done = shell(f"$COACH history --svg /nowhere/at-all {redirection}")
    assert (done.returncode, done.stdout, done.stderr) == (1, "", "")


@pytest.mark.parametrize("redirection", ["2>&-", "2>/dev/full"])
def test_what_needs_no_error_stream_works_without_one(shell: Shell, redirection: str) -> None:
    done = shell(f"$COACH voices --json {redirection}")
    assert done.returncode == 0
    assert json.loads(done.stdout)


def test_a_closed_input_is_an_empty_one(shell: Shell) -> None:
    done = shell("$COACH understand - <&-")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@pytest.mark.usefixtures("processes")
@pytest.mark.parametrize("command", ["--version", "history --csv", "commands", "commands --json", "routine list"])
def test_a_reader_that_has_gone_is_no_word_but_no_success(command: str) -> None:
    read, write = os.pipe()
    os.close(read)
    child = subprocess.run(
        [sys.executable, "-m", "voice_coach", *command.split()], stdout=write, stderr=subprocess.PIPE, check=False
    )
    os.close(write)
    assert (child.returncode, child.stderr) == (1, b"")


@pytest.mark.usefixtures("processes")
def test_a_pipe_that_refuses_to_wait_is_waited_for() -> None:
    read, write = os.pipe()
    os.set_blocking(write, False)
    with subprocess.Popen([sys.executable, "-m", "voice_coach", "commands", "--json"], stdout=write) as child:
        os.close(write)
        with os.fdopen(read, encoding="utf-8") as reader:
            assert json.load(reader)
    assert child.returncode == 0


@pytest.mark.usefixtures("processes")
@pytest.mark.parametrize("closed", [">&-", "2>&-", "<&-", ">&- 2>&- <&-"])
def test_no_file_of_the_program_becomes_its_closed_output(tmp_path: Path, closed: str) -> None:
    """A file that is opened gets the lowest number that is free: that of the closed stream."""
    program = tmp_path / "program.py"
    program.write_text(
        "import sys, voice_coach.cli.streams as streams\n"
        "streams.take_standard_streams()\n"
        "with open(sys.argv[1], 'w') as file: file.write(str(file.fileno()))\n"
    )
    line = shlex.join([sys.executable, str(program), str(tmp_path / "number")])
    subprocess.run(["bash", "-c", f"{line} {closed}"], check=True)
    assert int((tmp_path / "number").read_text()) > 2


def _await_status(notified: socket.socket, wanted: str) -> str:
    notified.settimeout(60)
    while wanted not in (message := notified.recv(4096).decode()):
        pass
    return message


@pytest.mark.parametrize("face", ["--plain", "--json"])
def test_a_full_disk_below_its_output_does_not_end_the_coach(
    card: VirtualCard, home: Path, tmp_path: Path, face: str
) -> None:
    with contextlib.closing(socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)) as notified:
        notified.bind(str(tmp_path / "notify"))
        with Path("/dev/full").open("wb") as full:
            child = subprocess.Popen(
                [sys.executable, "-m", "voice_coach", "start", face],
                stdout=full,
                stderr=subprocess.PIPE,
                text=True,
                env={**card.environment, "HOME": str(home), "NOTIFY_SOCKET": str(tmp_path / "notify")},
            )
        try:
            _await_status(notified, "; listening")
            assert child.poll() is None
        finally:
            child.send_signal(signal.SIGINT)
            _, complaints = child.communicate(timeout=patient(30))
    assert (child.returncode, complaints.strip()) == (130, _FULL.strip())


def test_a_bar_that_cannot_be_shown_does_not_end_a_download(monkeypatch: pytest.MonkeyPatch) -> None:
    with Path("/dev/full").open("w") as full:
        monkeypatch.setattr(sys, "stdout", full)
        with contextlib.suppress(OSError), contextlib.ExitStack() as until_done:
            show = _progress_bar(until_done, "a model")
            for done in range(3):
                show(done, 3)
            showed = True
        monkeypatch.undo()
        with contextlib.suppress(OSError):
            full.close()
    assert showed
