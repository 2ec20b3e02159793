from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from voice_coach.library import load_language
from voice_coach.mouth.speech_cache import SpeechCache
from voice_coach.mouth.speech_renderer import SpeechRenderer, trimmed
from voice_coach.mouth.synthesizer_client import Speech
from voice_coach.mouth.synthesizers import EspeakVoice

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

RATE = 48_000


@pytest.fixture
def voice(processes: None) -> Iterator[EspeakVoice]:
    with EspeakVoice(load_language("en")) as one:
        yield one


@pytest.fixture
def renderer(voice: EspeakVoice, tmp_path: Path) -> SpeechRenderer:
    return SpeechRenderer(voice, SpeechCache(tmp_path), RATE)


def test_silence_is_trimmed_at_both_ends() -> None:
    silence = np.zeros(22_050, np.int16)
    tone = np.full(2_205, 1_000, np.int16)
    short = trimmed(Speech(np.concatenate((silence, tone, silence)), 22_050))
    sounding = np.flatnonzero(short.samples)
    assert len(sounding) == len(tone)
    assert sounding[0] / short.rate < 0.02
    assert (len(short.samples) - sounding[-1]) / short.rate < 0.1


def test_silence_alone_stays_as_it_is() -> None:
    silence = Speech(np.zeros(100, np.int16), 22_050)
    assert trimmed(silence) is silence


def test_a_sentence_is_at_the_players_rate(renderer: SpeechRenderer) -> None:
    samples = renderer.get("Five minutes are left.", 165)
    assert samples.dtype == np.float32
    assert 0.8 < len(samples) / RATE < 2.0
    assert 0.2 < np.abs(samples).max() <= 1.0


def test_slower_takes_longer(renderer: SpeechRenderer) -> None:
    assert len(renderer.get("Five minutes are left.", 120)) > 1.2 * len(renderer.get("Five minutes are left.", 165))


def test_a_text_without_letters_is_silent(renderer: SpeechRenderer) -> None:
    assert [len(renderer.get(text, 165)) for text in ("", "  ", "...", "—")] == [0, 0, 0, 0]


def test_after_a_restart_sentences_come_from_disk(renderer: SpeechRenderer, voice: EspeakVoice, tmp_path: Path) -> None:
    first = renderer.get("Well done.", 165)
    voice.close()  # it could render nothing more
    assert np.array_equal(SpeechRenderer(voice, SpeechCache(tmp_path), RATE).get("Well done.", 165), first)


def test_a_damaged_sentence_is_rendered_again(renderer: SpeechRenderer, voice: EspeakVoice, tmp_path: Path) -> None:
    first = renderer.get("Well done.", 165)
    for path in tmp_path.iterdir():
        path.write_bytes(b"no sound")
    again = SpeechRenderer(voice, SpeechCache(tmp_path), RATE).get("Well done.", 165)
    assert len(again) == pytest.approx(len(first), rel=0.03)
