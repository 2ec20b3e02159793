"""Who speaks when the chosen voice cannot."""

from __future__ import annotations

import contextlib
import os
import signal
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from tests.patience import patient
from voice_coach.errors import MouthError
from voice_coach.library import load_language
from voice_coach.models import catalogue
from voice_coach.mouth.speech_cache import SpeechCache
from voice_coach.mouth.speech_renderer import SpeechRenderer
from voice_coach.mouth.synthesizers import EspeakVoice, FallbackVoice, NaturalVoice, open_voice

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from voice_coach.mouth.synthesizer_client import Speech

LOADING_SECONDS = patient(30.0)
SHORT = "Well done."
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
    voice.render("Well done.", 165)
    with pytest.raises(ProcessLookupError):
        os.kill(pids[1], 0)  # it stood in, and is needed no more
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


def espeak() -> EspeakVoice:
    return EspeakVoice(load_language("en"))


@pytest.fixture
def loading(processes: None) -> Iterator[NaturalVoice]:
    """A natural voice that is loaded when it is told to go on."""
    one = NaturalVoice(is_awaited=False)
    os.kill(one.pid, signal.SIGSTOP)
    yield one
    one.close()


def impatient(voice: NaturalVoice, open_fallback: Callable[[], EspeakVoice] = espeak) -> FallbackVoice:
    return FallbackVoice(voice, open_fallback, patience_seconds=0.0)


def let_go_on(voice: NaturalVoice) -> None:
    os.kill(voice.pid, signal.SIGCONT)


def test_while_the_natural_voice_is_loaded_the_standard_one_stands_in_at_once(loading: NaturalVoice) -> None:
    with contextlib.closing(impatient(loading)) as voice:
        assert not voice.is_ready()
        assert [voice.render(SHORT, 165).is_fallback for _ in range(3)] == [True, True, True]
        let_go_on(loading)
        assert voice.is_ready(LOADING_SECONDS)
        assert not voice.render(SHORT, 165).is_fallback
        assert voice.name == "heart"


def test_a_sentence_waits_a_moment_for_the_natural_voice(loading: NaturalVoice) -> None:
    with contextlib.closing(FallbackVoice(loading, espeak, patience_seconds=LOADING_SECONDS)) as voice:
        let_go_on(loading)
        assert not voice.render(SHORT, 165).is_fallback


def test_what_stood_in_is_said_by_the_natural_voice_the_next_time(loading: NaturalVoice, tmp_path: Path) -> None:
    with contextlib.closing(impatient(loading)) as voice:
        renderer = SpeechRenderer(voice, SpeechCache(tmp_path), 48_000)
        stood_in = renderer.get(SHORT, 165)
        assert list(tmp_path.iterdir()) == []
        let_go_on(loading)
        assert voice.is_ready(LOADING_SECONDS)
        assert not np.array_equal(renderer.get(SHORT, 165), stood_in)


def test_a_sentence_of_an_earlier_start_is_said_by_the_natural_voice_before_it_is_loaded(
    natural: NaturalVoice, loading: NaturalVoice, tmp_path: Path
) -> None:
    kept = SpeechRenderer(natural, SpeechCache(tmp_path), 48_000).get(SHORT, 165)
    with contextlib.closing(impatient(loading)) as voice:
        assert np.array_equal(SpeechRenderer(voice, SpeechCache(tmp_path), 48_000).get(SHORT, 165), kept)
        assert not voice.is_ready()


def test_when_the_natural_voice_hangs_another_one_speaks_while_a_new_one_is_loaded(
    loading: NaturalVoice, monkeypatch: pytest.MonkeyPatch
) -> None:
    with contextlib.closing(impatient(loading)) as voice:
        let_go_on(loading)
        assert voice.is_ready(LOADING_SECONDS)
        assert not voice.render(SHORT, 165).is_fallback
        hung = loading.pid
        monkeypatch.setattr(loading, "_engine", replace(loading._engine, render_seconds=0.5))  # noqa: SLF001 - hurried
        os.kill(hung, signal.SIGSTOP)
        assert voice.render(SHORT, 165).is_fallback
        monkeypatch.undo()
        assert voice.is_ready(LOADING_SECONDS)
        assert not voice.render(SHORT, 165).is_fallback
        assert loading.pid != hung


def test_where_no_voice_can_stand_in_the_natural_one_is_waited_for(loading: NaturalVoice) -> None:
    def nobody() -> EspeakVoice:
        let_go_on(loading)
        raise MouthError("no eSpeak NG")

    with contextlib.closing(impatient(loading, nobody)) as voice:
        assert not voice.render(SHORT, 165).is_fallback


def test_a_natural_voice_that_ends_while_it_is_loaded_is_given_up_and_one_sentence_says_so(
    loading: NaturalVoice, tmp_path: Path
) -> None:
    with contextlib.closing(FallbackVoice(loading, espeak, LOADING_SECONDS, notice="Another one speaks.")) as voice:
        assert voice.notice == ""
        os.kill(loading.pid, signal.SIGKILL)
        assert voice.render(SHORT, 165).is_fallback  # the key in a cache was the natural voice's
        assert (voice.name, voice.notice) == ("gmw/en-us", "Another one speaks.")
        assert not voice.render(SHORT, 165).is_fallback
        assert len(SpeechRenderer(voice, SpeechCache(tmp_path), 48_000).get(SHORT, 165))


def test_auto_is_the_natural_voice_where_it_can_run(monkeypatch: pytest.MonkeyPatch) -> None:
    assert catalogue.voice_for("auto", "en") == "natural"
    assert catalogue.voice_for("auto", "ko") == "standard"
    monkeypatch.setattr(catalogue, "_LEAST_MEMORY", 1 << 50)
    assert catalogue.voice_for("auto", "en") == "standard"
    assert catalogue.voice_for("natural", "en") == "natural"  # a person may want it all the same


def test_auto_is_the_standard_voice_where_the_natural_one_is_not_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("voice_coach.models.catalogue.importlib.util.find_spec", lambda _name: None)
    assert catalogue.voice_for("auto", "en") == "standard"


@pytest.mark.usefixtures("processes")
def test_auto_in_another_language_is_no_reason_for_a_notice() -> None:
    voice, fallback_notice = open_voice("auto", load_language("ko"))
    voice.close()
    assert (voice.name, fallback_notice) == ("ko", "")


@pytest.mark.usefixtures("processes")
def test_english_is_spoken_by_whom_one_chose() -> None:
    for name, spoken_by in (("standard", "gmw/en-us"), ("natural", "heart"), ("auto", "heart")):
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

    def is_ready(self, seconds: float = 0.0) -> bool:
        return seconds >= 0.0

    def render(self, text: str, words_per_minute: int) -> Speech:
        raise MouthError(f"{text} at {words_per_minute}")

    def close(self) -> None:
        """Nothing is open."""


def test_when_neither_can_speak_it_is_an_error() -> None:
    with pytest.raises(MouthError, match="Hello at 165"):
        FallbackVoice(_Mute(), _Mute).render("Hello", 165)
