"""The real program tunes itself to recordings that flite made. The stiff lips are imitated, see tests/stiff_lips.py."""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import soundfile
from rich.console import Console

from tests.stiff_lips import with_stiff_lips
from voice_coach.content_index import languages
from voice_coach.ears import Tuning
from voice_coach.language.intents import Intent
from voice_coach.library import load_language
from voice_coach.memory.settings import load_settings
from voice_coach.rehearsal.dialogue import SPEAKING_LEVEL, render
from voice_coach.tuning.interview import load_script
from voice_coach.tuning.proposal import Clip, ClipOutcome, Manner
from voice_coach.tuning.tuner import ClipResult, TriedSetting, TuningResult, tell

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable
    from pathlib import Path

    Coach = Callable[..., subprocess.CompletedProcess[str]]

COMMANDS = ("next step", "hold on", "how much time is left")


@pytest.fixture(scope="module")
def quiet_person(tmp_path_factory: pytest.TempPathFactory, processes: None) -> Path:
    """A person 34 dB below the usual level, in a quiet room."""
    folder = tmp_path_factory.mktemp("person")
    for manner in ("normal", "stiff"):
        (folder / manner).mkdir()
        for text in COMMANDS:
            path = folder / manner / f"rms-{text.replace(' ', '_')}.wav"
            render("rms", text, path)
            sound, rate = soundfile.read(path, dtype="float32")
            said = sound if manner == "normal" else with_stiff_lips(sound, rate)
            soundfile.write(path, np.pad(said, rate // 4) * 0.02, rate, subtype="PCM_24")
    return folder


def _settings(home: Path) -> Path:
    return home / ".config" / "voice-coach" / "settings.toml"


def test_a_quiet_person_is_understood_better_and_it_is_kept_beside_all_other_settings(
    program: Coach, home: Path, quiet_person: Path
) -> None:
    _settings(home).parent.mkdir(parents=True)
    _settings(home).write_text("# mine\nminutes = 12  # short\n")
    done = program("tune", "--from", quiet_person, "--yes", "--json")
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    assert found["voice_dbfs"] == pytest.approx(20 * np.log10(SPEAKING_LEVEL * 0.02), abs=3.0)
    assert found["before"]["clips"] == found["after"]["clips"] == 2 * len(COMMANDS)
    assert found["after"]["understood"] > found["before"]["understood"]
    assert found["after"]["wrong"] <= found["before"]["wrong"]
    assert 0 < found["after"]["gain"] <= 20
    assert found["kept"]
    kept = load_settings(_settings(home))
    assert (kept.minutes, kept.sensitivity, kept.gain) == (12, found["after"]["sensitivity"], found["after"]["gain"])
    assert kept.favourites == found["favourites"]
    assert _settings(home).read_text().startswith("# mine\nminutes = 12  # short\n")
    again = json.loads(program("tune", "--from", quiet_person, "--json").stdout)
    assert again["before"] == found["after"]


def test_before_and_after_are_shown_and_without_a_yes_nothing_is_kept(
    program: Coach, home: Path, quiet_person: Path
) -> None:
    done = program("tune", "--from", quiet_person)
    assert done.returncode == 0, done.stderr
    for words in ("before", "after", "stiff lips", "sensitivity", "gain", "next step", "Your voice: -", "--yes keeps"):
        assert words in done.stdout
    assert not _settings(home).exists()


@pytest.mark.parametrize("language", languages())
def test_what_was_found_out_is_told_in_every_language(language: str) -> None:
    texts = load_script(load_language(language)).texts
    phrase = load_language(language).phrase_book.by_text[load_script(load_language(language)).commands[0]]
    results = tuple(
        ClipResult(Clip(f"{outcome.value}.wav", phrase, manner), outcome, ("x",))
        for outcome in ClipOutcome
        for manner in Manner
    )
    today = TriedSetting(Tuning(), results)
    told = Console(file=io.StringIO(), record=True, width=160)
    tell(TuningResult(-60.0, -26.0, 0.0, 0.05, today, today, (phrase.text,)), texts, told)
    shown = told.export_text()
    for name in (
        "said",
        "before",
        "after",
        "stiff_lips",
        "understood",
        "missed",
        "sensitivity",
        "gain",
        "settings_suit",
    ):
        assert texts.say(f"report.{name}") in shown
    assert texts.say("report.some_of", some=1, all=3) in shown
    assert texts.say("report.taken_for", phrases="x") in shown
    assert texts.say("report.favourites", phrases=phrase.text) in shown


def test_a_folder_without_commands_is_one_sentence(program: Coach, tmp_path: Path) -> None:
    done = program("tune", "--from", tmp_path)
    assert done.returncode == 2
    assert done.stderr.startswith("voice-coach: ")
    assert "holds no recording of a command" in done.stderr
    assert done.stderr.count("\n") == 1
    assert not done.stdout


def test_favourites_are_what_the_coach_suggests(home: Path) -> None:
    _settings(home).parent.mkdir(parents=True)
    _settings(home).write_text('favourites = ["move on"]\n')
    favourites = load_settings(_settings(home)).favourites
    book = load_language("en").phrase_book
    wording = load_language("en").wording.preferring(book.by_text[text] for text in favourites)
    assert wording.phrases[Intent.NEXT] == "move on"
    assert wording.phrases[Intent.BACK] == load_language("en").wording.phrases[Intent.BACK]
