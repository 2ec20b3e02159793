"""A trained wake word wakes the coach from its standby, and does nothing else."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import numpy as np
import pytest
import soundfile
import soxr

from voice_coach.ears.frontend import PassThrough
from voice_coach.ears.recognizers.recognizer import SAMPLE_RATE
from voice_coach.ears.rejection import DEFAULT, Accepted
from voice_coach.ears.wake_word import MicroWakeWord, WakingPipeline
from voice_coach.errors import EarsError
from voice_coach.language.intents import Intent
from voice_coach.library import load_language
from voice_coach.models import WAKE_WORDS
from voice_coach.rehearsal.dialogue import VOICES, render
from voice_coach.routines import Phase
from voice_coach.session.listening import listening

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from numpy.typing import NDArray

    Sound = NDArray[np.float32]
    Say = Callable[[str, str], Sound]

STANDBY = listening(Phase.HOLDING, is_on_standby=True)
PIECE = SAMPLE_RATE // 50


@pytest.fixture
def say(processes: None, tmp_path: Path) -> Say:
    """A voice says a text, with a second of a quiet room around it."""

    def rendered(voice: str, text: str) -> Sound:
        path = tmp_path / "said.wav"
        render(voice, text, path)
        said, rate = soundfile.read(path, dtype="float32")
        room = np.zeros(SAMPLE_RATE, np.float32)
        quiet = np.concatenate([room, soxr.resample(said, rate, SAMPLE_RATE), room])
        return quiet + np.random.default_rng(1).normal(0, 1e-4, len(quiet)).astype(np.float32)

    return rendered


def pieces(sound: Sound) -> Iterator[Sound]:
    for start in range(0, len(sound), PIECE):
        yield sound[start : start + PIECE]


@pytest.mark.parametrize("voice", VOICES)
@pytest.mark.parametrize("name", WAKE_WORDS)
def test_each_word_hears_itself_and_nothing_else(say: Say, voice: str, name: str) -> None:
    word = MicroWakeWord(name)
    others = [other.replace("_", " ") for other in WAKE_WORDS if other != name]
    for text in (word.text, "next step please", "it stings", *others):
        word.begin_anew()
        assert any(word.hears(piece) for piece in pieces(say(voice, text))) == (text == word.text), text


def heard(pipeline: WakingPipeline, sound: Sound, *, is_on_standby: bool) -> list[Intent]:
    listen = STANDBY if is_on_standby else listening(Phase.HOLDING)
    decisions = [one.decision for piece in pieces(sound) for one in pipeline.feed(piece, listen)]
    return [decision.phrase.intent for decision in decisions if isinstance(decision, Accepted)]


def test_it_counts_once_and_only_on_standby(say: Say) -> None:
    book = load_language("en").phrase_book
    pipeline = WakingPipeline([], book, DEFAULT, PassThrough(), MicroWakeWord("hey_jarvis"))
    sound = say("slt", "hey jarvis")
    assert heard(pipeline, sound, is_on_standby=False) == []
    assert heard(pipeline, sound, is_on_standby=True) == [Intent.WAKE]
    assert heard(pipeline, sound, is_on_standby=False) == []
    assert heard(pipeline, sound, is_on_standby=True) == [Intent.WAKE]


def test_what_was_said_before_the_standby_does_not_end_it(say: Say) -> None:
    book = load_language("en").phrase_book
    pipeline = WakingPipeline([], book, DEFAULT, PassThrough(), MicroWakeWord("hey_jarvis"))
    sound = say("slt", "hey jarvis")
    half = len(sound) // 2
    assert heard(pipeline, sound[:half], is_on_standby=True) == []
    assert heard(pipeline, sound, is_on_standby=False) == []
    assert heard(pipeline, sound[half:], is_on_standby=True) == []


def test_without_the_package_the_sentence_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pymicro_wakeword", None)
    with pytest.raises(EarsError, match=r"scripts/setup.*take wake_word out of the settings file\.$"):
        MicroWakeWord("alexa")
