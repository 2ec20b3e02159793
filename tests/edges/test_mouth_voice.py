from __future__ import annotations

import itertools
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from voice_coach.errors import MouthError
from voice_coach.mouth.voice import EspeakVoice

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SHORT = "Cleanse your face."
LONG = "Spread the mask evenly over your whole face, and keep away from your eyes and your mouth."


@pytest.fixture
def voice() -> Iterator[EspeakVoice]:
    with EspeakVoice("en") as one:
        yield one


@pytest.fixture
def broken_libraries(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """EspeakVoice finds libraries that are empty files."""
    for name in ("libespeak-ng.so.1", "libespeak.so.1"):
        (tmp_path / name).touch()
    monkeypatch.setenv("LD_LIBRARY_PATH", str(tmp_path))


def seconds(voice: EspeakVoice, text: str, words_per_minute: int) -> float:
    speech = voice.render(text, words_per_minute)
    return len(speech.samples) / speech.rate


def test_every_change_of_text_and_rate_is_heard_in_the_very_next_render(voice: EspeakVoice) -> None:
    first = {(text, rate): seconds(voice, text, rate) for text in (SHORT, LONG) for rate in (120, 165, 220)}
    for text, rate in itertools.islice(itertools.cycle(first), 5, 45, 2):
        assert seconds(voice, text, rate) == pytest.approx(first[text, rate], rel=0.03)
    assert first[LONG, 120] > 1.2 * first[LONG, 165] > 1.4 * first[LONG, 220]
    assert first[LONG, 165] > 2 * first[SHORT, 165]


def test_rendering_prints_nothing(voice: EspeakVoice, capfd: pytest.CaptureFixture[str]) -> None:
    voice.render(SHORT, 165)
    assert capfd.readouterr() == ("", "")


def test_english_is_american_and_korean_is_korean() -> None:
    with EspeakVoice("en") as english, EspeakVoice("ko") as korean:
        assert english.name == "gmw/en-us"
        assert korean.name == "ko"
        assert np.any(korean.render("다음 단계로 갈까요?", 165).samples)


def test_the_version_names_what_renders(voice: EspeakVoice) -> None:
    assert voice.version.startswith("pyttsx3 2.99, eSpeak NG 1.")


def test_a_language_without_a_voice_is_told() -> None:
    with pytest.raises(MouthError, match="no voice for the language “xx”"):
        EspeakVoice("xx")


@pytest.mark.usefixtures("broken_libraries")
def test_without_espeak_the_remedy_is_told() -> None:
    with pytest.raises(MouthError, match="apt install espeak-ng"):
        EspeakVoice("en")


def test_a_synthesiser_that_dies_is_replaced(voice: EspeakVoice) -> None:
    died = voice.pid
    os.kill(died, signal.SIGKILL)
    assert seconds(voice, SHORT, 165) > 1.0
    assert voice.pid != died


def test_a_synthesiser_that_hangs_is_replaced(voice: EspeakVoice, monkeypatch: pytest.MonkeyPatch) -> None:
    hung = voice.pid
    monkeypatch.setattr(voice, "_engine", replace(voice._engine, render_seconds=0.3))  # noqa: SLF001 - hurried
    os.kill(hung, signal.SIGSTOP)
    assert seconds(voice, SHORT, 165) > 1.0
    assert voice.pid != hung


@pytest.mark.usefixtures("broken_libraries")
def test_a_synthesiser_that_stays_broken_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LD_LIBRARY_PATH")
    with EspeakVoice("en") as voice:
        monkeypatch.setenv("LD_LIBRARY_PATH", str(tmp_path))
        os.kill(voice.pid, signal.SIGKILL)
        with pytest.raises(MouthError, match="espeak-ng"):
            voice.render(SHORT, 165)


def test_a_killed_coach_leaves_no_folder_behind(tmp_path: Path) -> None:
    program = "import os; from voice_coach.mouth.voice import EspeakVoice as V; v = V('en'); os.kill(os.getpid(), 9)"
    subprocess.run([sys.executable, "-c", program], env={**os.environ, "TMPDIR": str(tmp_path)}, check=False)
    deadline = time.monotonic() + 10.0
    while list(tmp_path.iterdir()) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not list(tmp_path.iterdir())


def test_closing_leaves_no_process(voice: EspeakVoice) -> None:
    pid = voice.pid
    voice.close()
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
