"""Who speaks when the chosen voice cannot."""

from __future__ import annotations

import os
import signal
from typing import TYPE_CHECKING

import numpy as np
import pytest

from voice_coach.errors import MouthError
from voice_coach.library import load_language
from voice_coach.mouth.speech_cache import SpeechCache
from voice_coach.mouth.speech_renderer import SpeechRenderer
from voice_coach.mouth.synthesizers import EspeakVoice, FallbackVoice, NaturalVoice, open_voice

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from voice_coach.mouth.synthesizer_client import Speech

FOREIGN = "다음 단계"
"""The natural voice has no sound for it, the standard one has."""


@pytest.fixture
def natural(processes: None) -> Iterator[NaturalVoice]:
    with NaturalVoice() as one:
        yield one


@pytest.fixture
def voice(natural: NaturalVoice) -> Iterator[FallbackVoice]:
    one = FallbackVoice(natural, lambda: EspeakVoice(load_language("en")))
    yield one
    one.close()


def test_the_standard_voice_says_what_the_natural_one_cannot(voice: FallbackVoice) -> None:
    stood_in = voice.render(FOREIGN, 165)
    assert np.any(stood_in.samples)
    assert stood_in.is_fallback
    assert not voice.render("Well done.", 165).is_fallback
    assert voice.name == "heart"


def test_what_another_voice_said_is_not_kept_on_disk(voice: FallbackVoice, tmp_path: Path) -> None:
    sentences = SpeechRenderer(voice, SpeechCache(tmp_path), 48_000)
    assert len(sentences.get(FOREIGN, 165))
    assert list(tmp_path.iterdir()) == []
    sentences.get("Well done.", 165)
    assert len(list(tmp_path.iterdir())) == 1


def test_after_two_failures_in_a_row_the_standard_voice_speaks_under_its_own_name(voice: FallbackVoice) -> None:
    for _ in range(2):
        voice.render(FOREIGN, 165)
    speech = voice.render("Well done.", 165)
    assert voice.name == "gmw/en-us"
    assert "eSpeak" in voice.version
    assert not speech.is_fallback


def test_failures_that_are_not_in_a_row_give_no_voice_up(voice: FallbackVoice) -> None:
    for text in (FOREIGN, "Well done.", FOREIGN, "Well done."):
        voice.render(text, 165)
    assert voice.name == "heart"


def test_both_processes_end(natural: NaturalVoice) -> None:
    standard = EspeakVoice(load_language("en"))
    voice = FallbackVoice(natural, lambda: standard)
    voice.render(FOREIGN, 165)
    pids = [natural.pid, standard.pid]
    voice.close()
    for pid in pids:
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)


def test_a_natural_voice_that_dies_is_replaced_without_a_stand_in(voice: FallbackVoice) -> None:
    os.kill(voice.pid, signal.SIGKILL)
    assert not voice.render("Well done.", 165).is_fallback


def test_two_voices_share_no_sentence_on_disk(natural: NaturalVoice, tmp_path: Path) -> None:
    cache = SpeechCache(tmp_path)
    with EspeakVoice(load_language("en")) as standard:
        spoken = [SpeechRenderer(each, cache, 48_000).get("Well done.", 165) for each in (standard, natural, standard)]
    assert not np.array_equal(spoken[0], spoken[1])
    assert np.array_equal(spoken[0], spoken[2])


@pytest.mark.usefixtures("processes")
def test_english_is_spoken_by_whom_one_chose() -> None:
    for name, spoken_by in (("standard", "gmw/en-us"), ("natural", "heart")):
        voice, fallback_notice = open_voice(name, load_language("en"))
        voice.close()
        assert (voice.name, fallback_notice) == (spoken_by, "")


@pytest.mark.usefixtures("processes")
def test_another_language_is_spoken_by_the_standard_voice_and_one_sentence_says_so() -> None:
    voice, fallback_notice = open_voice("natural", load_language("ko"))
    voice.close()
    assert voice.name == "ko"
    assert "natural" in fallback_notice


@pytest.mark.usefixtures("processes")
def test_without_its_package_the_standard_voice_speaks_and_one_sentence_says_so(
    monkeypatch: pytest.MonkeyPatch, broken_package: str
) -> None:
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([broken_package, os.environ.get("PYTHONPATH", "")]))
    voice, fallback_notice = open_voice("natural", load_language("en"))
    voice.close()
    assert voice.name == "gmw/en-us"
    assert "standard voice speaks" in fallback_notice


class _Mute:
    """A voice that can say nothing."""

    name, version, pid = "mute", "1", 1

    def render(self, text: str, words_per_minute: int) -> Speech:
        raise MouthError(f"{text} at {words_per_minute}")

    def close(self) -> None:
        """Nothing is open."""


def test_when_neither_can_speak_it_is_an_error() -> None:
    with pytest.raises(MouthError, match="Hello at 165"):
        FallbackVoice(_Mute(), _Mute).render("Hello", 165)
