"""How long the mask has been on is understood when it is asked for, and means nothing at any other time."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
import soundfile
import soxr

from voice_coach.ears import hear_recording, load_recognizers
from voice_coach.ears.recognizers.recognizer import SAMPLE_RATE
from voice_coach.ears.rejection import Accepted, Rejected
from voice_coach.language.intents import Intent
from voice_coach.library import load_language
from voice_coach.rehearsal.dialogue import VOICES, render
from voice_coach.session.events import RejectionReason
from voice_coach.session.listening import listening_in

if TYPE_CHECKING:
    from pathlib import Path

    from voice_coach.ears.recognizers.recognizer import Recognizer

SAID = {"ten minutes": 10, "about five minutes": 5, "for fifteen minutes": 15}


@pytest.fixture(scope="module")
def recognizers(models: None, processes: None) -> list[Recognizer]:
    return load_recognizers(
        ("moonshine",),
        load_language("en").phrase_book,
        lambda _done, _of: None,
        lambda: load_language("en").understander,
    )


def taken_or_asked_about(recognizers: list[Recognizer], path: Path, situation: str) -> list[tuple[Intent, int | None]]:
    """What is taken, and what the coach asks about first: one voice's fifteen may be fifty as well."""
    sound, rate = soundfile.read(path, dtype="float32")
    padded = np.pad(soxr.resample(sound, rate, SAMPLE_RATE), (SAMPLE_RATE // 2, 0)).astype(np.float32)
    judged = hear_recording(padded, recognizers, load_language("en").phrase_book, listening_in(situation))
    decisions = [one.decision for one in judged]
    phrases = [
        one.phrase
        for one in decisions
        if isinstance(one, Accepted) or (isinstance(one, Rejected) and one.reason is RejectionReason.AMBIGUOUS)
    ]
    return [(phrase.intent, phrase.minutes) for phrase in phrases if phrase]


@pytest.mark.parametrize("voice", VOICES)
@pytest.mark.parametrize("text", SAID)
def test_minutes_are_an_answer_only_when_they_are_asked_for(
    recognizers: list[Recognizer], tmp_path: Path, voice: str, text: str
) -> None:
    render(voice, text, tmp_path / "said.wav")
    assert taken_or_asked_about(recognizers, tmp_path / "said.wav", "how_long") == [(Intent.ON_FOR, SAID[text])]
    assert taken_or_asked_about(recognizers, tmp_path / "said.wav", "holding") == []
