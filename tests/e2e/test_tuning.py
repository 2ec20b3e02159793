"""A tuning by voice, whole: the real program asks, a scripted person answers on the virtual sound card."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
import soundfile

from tests.patience import patient
from tests.stiff_lips import with_stiff_lips
from voice_coach.memory.settings import load_settings
from voice_coach.rehearsal.dialogue import render

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from voice_coach.rehearsal.virtual_card import VirtualCard

CUE = "Say now: "
ECHO_DB = -20.0
SPEAKS_FAST = "words_per_minute = 300\n"
"""In the settings: the coach asks much, and the person waits for the end of it."""


@pytest.fixture
def echoing_card(card: VirtualCard) -> Iterator[VirtualCard]:
    card.let_microphone_hear_speaker(ECHO_DB)
    yield card
    card.deafen_microphone_to_speaker()


def test_a_person_is_asked_for_commands_and_keeps_the_result_by_voice(
    echoing_card: VirtualCard, tmp_path: Path
) -> None:
    environment = {
        **echoing_card.environment,
        "XDG_CONFIG_HOME": str(tmp_path / "config"),
        "XDG_STATE_HOME": str(tmp_path / "state"),
    }
    settings = tmp_path / "config" / "voice-coach" / "settings.toml"
    settings.parent.mkdir(parents=True)
    settings.write_text(SPEAKS_FAST, "utf-8")
    tuning = subprocess.Popen(
        [sys.executable, "-m", "voice_coach", "tune", "--commands", "2", "--keep", str(tmp_path / "kept")],
        env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert tuning.stdout is not None
    shown = []
    for line in tuning.stdout:
        shown.append(line)
        if line.startswith(CUE):
            echoing_card.say(_spoken(line.strip().removeprefix(CUE), tmp_path))
    _, complaints = tuning.communicate(timeout=patient(30))
    assert tuning.returncode == 0, complaints
    assert "heard at the microphone after" in "".join(shown)
    assert shown[-1] == "Kept.\n"
    assert load_settings(settings).favourites
    _assert_it_can_be_replayed(tmp_path / "kept", environment)


def _spoken(asked: str, folder: Path) -> Path:
    path = folder / "said.wav"
    text = "yes please" if asked.startswith("yes") else asked.removesuffix(" (stiff lips)")
    render("rms", text, path)
    if asked.endswith("(stiff lips)"):
        sound, rate = soundfile.read(path, dtype="float32")
        soundfile.write(path, with_stiff_lips(sound, rate), rate)
    return path


def _assert_it_can_be_replayed(folder: Path, environment: dict[str, str]) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "voice_coach", "tune", "--from", str(folder), "--json"],
        env=environment, capture_output=True, text=True, check=True,
    )  # fmt: skip
    found: dict[str, Any] = json.loads(done.stdout)
    assert {(clip["phrase"], clip["manner"]) for clip in found["clips"]} == {
        (phrase, manner) for phrase in ("next step", "move on") for manner in ("normal", "stiff")
    }
    assert found["after"]["understood"] >= 3
    assert found["after"]["wrong"] == 0
    assert abs(found["echo_delay_ms"]) < 200
