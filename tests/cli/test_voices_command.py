"""`voice-coach voices`, and `--voice`, as a person uses them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import numpy as np
import pytest

from tests.patience import patient
from voice_coach.rehearsal.recorder import seconds_of_sound

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from voice_coach.rehearsal.virtual_card import VirtualCard

    Coach = Callable[..., subprocess.CompletedProcess[str]]


def settings_of(home: Path) -> Path:
    return home / ".config" / "voice-coach" / "settings.toml"


def test_the_voices_are_listed_and_the_current_one_is_marked(program: Coach) -> None:
    done = program("voices")
    assert (done.returncode, done.stderr) == (0, "")
    standard, natural = done.stdout.splitlines()
    assert standard.startswith("  standard   en")
    assert "eSpeak NG through pyttsx3 (pyttsx3 2.99)" in standard
    assert natural.startswith("* natural    en")
    assert natural.endswith("hibari, a neural voice (hibari-tts 0.2.1)")


def test_a_program_gets_the_same_as_json(program: Coach) -> None:
    standard, natural = json.loads(program("voices", "--json").stdout)
    assert natural == {
        "name": "natural",
        "languages": ["en"],
        "renders": "hibari, a neural voice",
        "version": "hibari-tts 0.2.1",
        "is_current": True,
        "speaks_language": True,
    }
    assert not standard["is_current"]
    assert "en" in standard["languages"]


def test_where_the_natural_voice_does_not_speak_the_language_the_standard_one_is_current(program: Coach) -> None:
    standard, natural = json.loads(program("voices", "--json", "--lang", "ko").stdout)
    assert (standard["is_current"], natural["is_current"]) == (True, False)


def test_a_choice_is_kept_beside_what_else_is_in_the_settings(program: Coach, home: Path) -> None:
    path = settings_of(home)
    path.parent.mkdir(parents=True)
    path.write_text("minutes = 12  # mine\n")
    done = program("voices", "use", "standard")
    assert done.returncode == 0
    assert "standard voice speaks from the next start on" in done.stdout
    assert path.read_text() == 'minutes = 12  # mine\nvoice = "standard"\n'
    assert [voice["is_current"] for voice in json.loads(program("voices", "--json").stdout)] == [True, False]
    program("voices", "use", "natural")
    assert 'voice = "natural"' in path.read_text()


def test_auto_says_which_voice_that_is(program: Coach, home: Path) -> None:
    done = program("voices", "use", "auto")
    assert (done.returncode, done.stderr) == (0, "")
    assert "the natural voice speaks from the next start on" in done.stdout
    assert settings_of(home).read_text() == 'voice = "auto"\n'


def test_a_voice_that_there_is_not_is_told_with_those_that_there_are(coach: Coach) -> None:
    for arguments, known in (
        (["voices", "use", "naturl"], "auto, standard, natural"),
        (["voices", "--play", "naturl"], "standard, natural"),
        (["start", "--voice", "naturl"], "auto, standard, natural"),
    ):
        done = coach(*arguments)
        assert done.returncode == 2
        assert f'must be one of {known}, not "naturl"; did you mean "natural"?' in done.stderr
        assert len(done.stderr.splitlines()) == 1


def test_playing_does_not_go_with_choosing(coach: Coach) -> None:
    done = coach("voices", "--json", "use", "natural")
    assert done.returncode == 2
    assert "leave them out" in done.stderr


def test_without_a_speaker_playing_is_one_sentence(program: Coach) -> None:
    done = program("voices", "--play", "natural")
    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 1
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(("chosen", "seconds"), [(["natural"], 3.0), ([], 6.0)])
def test_voices_are_heard(card: VirtualCard, tmp_path: Path, chosen: list[str], seconds: float) -> None:
    own = {"XDG_CONFIG_HOME": str(tmp_path / "config"), "XDG_CACHE_HOME": str(tmp_path / "cache")}
    card.start_recording()
    done = subprocess.run(
        [sys.executable, "-m", "voice_coach", "voices", "--play", *chosen],
        env={**card.environment, **own}, capture_output=True, text=True, timeout=patient(120), check=False,
    )  # fmt: skip
    recording = card.stop_recording()
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.count("Hello, I am your coach.") == len(chosen or ["standard", "natural"])
    assert seconds_of_sound(recording.speaker, recording.rate) > seconds
    assert np.abs(recording.speaker).max() > 0.1


def test_the_doctor_looks_at_the_chosen_voice(program: Coach, home: Path) -> None:
    program("voices", "use", "natural")
    assert settings_of(home).is_file()
    findings = json.loads(program("doctor", "voice", "--json").stdout)["findings"]
    (voice,) = findings
    assert voice["state"] == "ok"
    assert voice["figures"]["version"].startswith("hibari-tts 0.2.1")


def test_the_coach_starts_with_the_standard_voice_where_the_natural_one_cannot_be_loaded(
    card: VirtualCard, tmp_path: Path, broken_package: str
) -> None:
    own = {f"XDG_{name}_HOME": str(tmp_path / name) for name in ("CONFIG", "CACHE", "STATE", "DATA")}
    path = {"PYTHONPATH": os.pathsep.join([broken_package, os.environ.get("PYTHONPATH", "")])}
    with subprocess.Popen(
        [sys.executable, "-m", "voice_coach", "start", "--json", "--voice", "natural", "--words-per-minute", "300"],
        env={**card.environment, **own, **path}, stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    ) as coach:  # fmt: skip
        assert coach.stdout is not None
        for line in coach.stdout:
            if '"SpeechEnded"' in line:
                break
        coach.terminate()
        _, told = coach.communicate(timeout=patient(30))
    assert told == (
        "voice-coach: The natural voice cannot be loaded, so the standard voice speaks: "
        "`voice-coach doctor` tells more.\n"
    )
