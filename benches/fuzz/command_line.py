"""Command lines: real commands and options with any values, in a home of their own, without sound card and network."""

from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
import tempfile
import wave
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from hypothesis import strategies as st

from benches.fuzz.targets import Target, demand
from voice_coach.cli.main import command_line

if TYPE_CHECKING:
    from collections.abc import Sequence


_STATUSES = {0, 1, 2, 3, 130}
"""The exit statuses that are allowed; 3 means a service that does not run."""
_ENDLESS = {"--wait", "--page", "--page-lan"}
"""Options with which a command goes on for ever: without a microphone, a coach that has a page can still be used."""
_LONG = {"demo", "wyoming"}
"""Commands that take most of a minute, or serve for ever, when nothing is wrong; only their help is asked for."""
_PATIENCE_SECONDS = 60.0
_FEWEST_WORDS = 3
_LAST_LINES, _LONGEST_LINE = 12, 200
_NOBODY = "http://127.0.0.1:9"
"""The port of the discard protocol: nobody answers."""
_FILES = ("noise.wav", "broken.wav", "missing.wav", "empty.wav", "folder", ".", "..", "/dev/null", "/nowhere/x.wav")
_VALUES = (
    "", " ", "-", "--", "0", "1", "12", "-5", "15", "20", "1e999", "nan", "inf", "0x10", "\uff11\uff15", "9" * 5_000,
    "true", "auto", "moonshine", "vosk", "en", "ko", "facial_mask", "question", "holding", "bash", "zsh", "next step",
    "default", "0.5", "x" * 100_000, "\0", "a\0b", "\udcff", "\ud800", "\u202e", "\u00e9", "\U0001f9d6", "\n", "%s",
    "{}", "$HOME", "~",
)  # fmt: skip
_STREAMS = st.one_of(st.just(b""), st.binary(max_size=60), st.text(max_size=60).map(str.encode))


def targets() -> tuple[Target, ...]:
    """The command line."""
    return (Target("command lines", st.tuples(_command_lines(), _STREAMS), check, weight=2),)


@st.composite
def _command_lines(draw: st.DrawFn) -> list[str]:
    """Mostly one of the commands with some of its options; nothing that could name a file outside the home."""
    garbage = st.text(max_size=15).map(lambda text: text.replace("/", ""))
    values = st.one_of(st.sampled_from(_VALUES), st.sampled_from(_FILES), garbage)
    name = draw(st.one_of(st.sampled_from(sorted(command_line.commands)), st.sampled_from(("strat", "", "-")), garbage))
    arguments = [name] if draw(st.integers(0, 9)) else []
    known = command_line.commands.get(name)
    if isinstance(known, click.Group) and draw(st.integers(0, 4)):
        arguments.append(draw(st.sampled_from(sorted(known.commands))))
        known = known.commands[arguments[-1]]
    options = [text for each in known.params for text in each.opts if text[:1] == "-"] if known else []
    options = sorted({*options} - _ENDLESS)
    options += ["--help", "-h", "--version", "--", "--no-such"]
    for _ in range(draw(st.integers(0, 6))):
        match draw(st.integers(0, 3)):
            case 0:
                arguments.append(draw(values))
            case 1:
                arguments.append(f"{draw(st.sampled_from(options))}={draw(values)}")
            case _:
                arguments += [draw(st.sampled_from(options)), draw(values)]
    return [*arguments, "--help"] if name in _LONG else arguments


def check(given: tuple[list[str], bytes], _folder: Path) -> None:
    """Demand a known exit status, a sentence where something is wrong, and no traceback."""
    arguments, stdin = given
    done = _program.run(arguments, stdin)
    demand(done["status"] is not None, "the program hangs")
    demand(done["status"] in _STATUSES, f"exit status {done['status']}: {done['stderr'][-300:]}")
    for text in (done["stdout"], done["stderr"]):
        demand("Traceback" not in text, f"a traceback: {text[-600:]}")
        demand("Something unexpected" not in text, f"something unexpected: {_program.log()}")
    if done["status"] in {1, 2}:
        said = (done["stderr"].rpartition("voice-coach: ")[2] or done["stdout"]).split()
        demand(len(said) > _FEWEST_WORDS, f"status {done['status']} without a sentence: {done['stderr']!r}")


class _Program:
    """The program, ready to be forked; started with the first command line."""

    def run(self, arguments: Sequence[str], stdin: bytes) -> dict[str, Any]:
        """Run one command line to its end."""
        wish = {"arguments": arguments, "stdin": base64.b64encode(stdin).decode(), "seconds": _PATIENCE_SECONDS}
        worker = self._worker
        assert worker.stdin is not None  # noqa: S101 - a pipe was asked for
        assert worker.stdout is not None  # noqa: S101 - a pipe was asked for
        worker.stdin.write(json.dumps(wish) + "\n")
        worker.stdin.flush()
        done: dict[str, Any] = json.loads(worker.stdout.readline())
        return done

    def log(self) -> str:
        """The end of the program's log, long lines cut short."""
        lines = [line for path in self._home.rglob("voice-coach.log") for line in path.read_text().splitlines()]
        return "\n".join(line[:_LONGEST_LINE] for line in lines[-_LAST_LINES:])

    @cached_property
    def _folder(self) -> tempfile.TemporaryDirectory[str]:
        """Removed when this process ends."""
        return tempfile.TemporaryDirectory(prefix="fuzz-home-")

    @property
    def _home(self) -> Path:
        return Path(self._folder.name) / "home"

    @cached_property
    def _worker(self) -> subprocess.Popen[str]:
        """Ends by itself when this process has ended, for then it reads the end of its input."""
        work = self._home / "work"
        (work / "folder").mkdir(parents=True)
        (work / "empty.wav").touch()
        (work / "broken.wav").write_bytes(b"RIFF\0\0\0\0WAVEfmt ")
        with wave.open(str(work / "noise.wav"), "wb") as sound:
            sound.setparams((1, 2, 16_000, 0, "NONE", ""))
            sound.writeframes(bytes(range(256)) * 20)
        (self._home / "asound.conf").write_text("pcm.unusable { type file }\n")
        return subprocess.Popen(
            [sys.executable, "-c", "from benches.fuzz.worker import main; main()"],
            cwd=work, env=self._environment(), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip

    def _environment(self) -> dict[str, str]:
        """No programs, no sound card, no network, nobody's own settings."""
        return {
            "ALSA_CONFIG_PATH": str(self._home / "asound.conf"),
            "HOME": str(self._home),
            "PATH": str(self._home / "work" / "folder"),
            "PULSE_SERVER": f"unix:{self._home}/no-server",
            "PYTHONIOENCODING": "utf-8:strict",
            "PYTHONPATH": os.pathsep.join(sys.path),
            "TMPDIR": str(self._home),
            "VOICE_COACH_MODELS": str(self._home / "models"),
            **dict.fromkeys(("http_proxy", "https_proxy"), _NOBODY),
        }


def command_names() -> list[str]:
    """The commands that are fuzzed: all there are."""
    assert isinstance(command_line, click.Group)  # noqa: S101 - as it is made
    return sorted(command_line.commands)


_program = _Program()
