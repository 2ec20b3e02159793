"""What is there and does not work is not told as missing: the true reason is, and what helps against it."""

from __future__ import annotations

import builtins
import os
import sys
from typing import TYPE_CHECKING, Any

import pytest

from voice_coach.audio.devices import portaudio
from voice_coach.ears import load_recognizers
from voice_coach.errors import EarsError, FaceError, ModelError
from voice_coach.face.gpio import GpioFace
from voice_coach.library import load_language
from voice_coach.service import systemd

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable
    from pathlib import Path

    Coach = Callable[..., subprocess.CompletedProcess[str]]


def refuse(monkeypatch: pytest.MonkeyPatch, module: str, error: Exception) -> None:
    """Let the import of a module fail."""
    real = builtins.__import__

    def load(name: str, *rest: Any) -> object:  # noqa: ANN401 - takes what __import__ takes
        if name == module:
            raise error
        return real(name, *rest)

    monkeypatch.delitem(sys.modules, module, raising=False)
    monkeypatch.setattr(builtins, "__import__", load)


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (OSError("PortAudio library not found"), r"is missing: install it with apt install libportaudio2\.$"),
        (
            OSError("cannot load library '/lib/libportaudio.so.2': libjack.so.0: cannot open shared object file"),
            r"does not work \(cannot load .*libjack.*\): reinstall it with apt install --reinstall libportaudio2\.$",
        ),
        (RuntimeError("Error initializing\nPortAudio"), r"does not work \(Error initializing PortAudio\): reinstall"),
        (
            ModuleNotFoundError("No module named 'cffi'"),
            r"sounddevice cannot be loaded \(.*cffi.*\): run scripts/setup",
        ),
    ],
)
def test_a_portaudio_that_does_not_work_is_told_with_its_reason(
    monkeypatch: pytest.MonkeyPatch, error: Exception, sentence: str
) -> None:
    refuse(monkeypatch, "sounddevice", error)
    with pytest.raises(EarsError, match=sentence):
        portaudio(EarsError)


def test_the_doctor_tells_the_reason_too(program: Coach, tmp_path: Path) -> None:
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "sounddevice.py").write_text("raise OSError('cannot load library: libjack.so.0')\n")
    told = program("doctor", "portaudio", PYTHONPATH=str(tmp_path / "broken")).stdout
    assert "does not work (cannot load library: libjack.so.0)" in told
    assert "sudo apt install --reinstall libportaudio2" in told


@pytest.mark.parametrize(
    ("lacking", "sentence"),
    [
        ("gpiozero", r"need the Python package gpiozero: install it with pip install 'gpiozero>=2' lgpio, or"),
        ("colorzero", r"cannot use the Python package gpiozero \(no colorzero\): install it with pip install --force-"),
    ],
)
def test_a_gpiozero_that_cannot_be_loaded_is_told_with_its_reason(
    monkeypatch: pytest.MonkeyPatch, lacking: str, sentence: str
) -> None:
    refuse(monkeypatch, "gpiozero", ModuleNotFoundError(f"no {lacking}", name=lacking))
    with pytest.raises(FaceError, match=sentence):
        GpioFace(button_pin=17).start(lambda _heard: None)


@pytest.mark.parametrize(
    ("name", "module", "error"),
    [
        ("vosk", "voice_coach.ears.recognizers.vosk", OSError("libatomic.so.1: cannot open shared object file")),
        ("moonshine", "voice_coach.ears.closed_grammar", ImportError("libatomic.so.1: cannot open shared object")),
    ],
)
def test_a_recogniser_whose_library_cannot_be_loaded_is_told(
    monkeypatch: pytest.MonkeyPatch, name: str, module: str, error: Exception
) -> None:
    refuse(monkeypatch, module, error)
    with pytest.raises(ModelError, match=r"library can't be loaded \(libatomic.*\)\. Run: scripts/setup"):
        load_recognizers((name,), load_language("en").phrase_book, lambda _done, _of: None)


def test_a_package_that_cannot_be_loaded_is_one_sentence(program: Coach, tmp_path: Path) -> None:
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "rich.py").write_text("raise ImportError('half of it is missing')\n")
    done = program("commands", PYTHONPATH=str(tmp_path / "broken"))
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "voice-coach: a Python package cannot be loaded (half of it is missing): run scripts/setup.\n"


@pytest.mark.usefixtures("processes")
@pytest.mark.parametrize(
    ("program", "reason"),
    [
        (None, "systemctl is not installed"),
        ("no program", "systemctl cannot be run (Exec format error)"),
        ("#!/bin/sh\nexit 1\n", "your own systemd cannot be reached from here"),
    ],
)
def test_why_systemd_cannot_be_told_anything(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, program: str | None, reason: str
) -> None:
    if program:
        (tmp_path / "systemctl").write_text(program)
        (tmp_path / "systemctl").chmod(0o755)
    monkeypatch.setattr(systemd, "_BOOTED", tmp_path)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}/nowhere")
    assert systemd.why_unreachable().startswith(reason)
