"""RecognitionPipeline: real sound through gate, endpointing, the real recogniser and the decision."""

from __future__ import annotations

import subprocess
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import pytest

from voice_coach.audio.recordings import read_recording
from voice_coach.ears import hear_recording, load_recognizers, recognizer_names
from voice_coach.ears.rejection import Accepted, Rejected
from voice_coach.language.intents import Intent
from voice_coach.library import load_language
from voice_coach.session.commands import Listen
from voice_coach.session.events import RejectionReason
from voice_coach.session.listening import listening_in

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from voice_coach.ears.pipeline import Recognition
    from voice_coach.ears.recognizers.recognizer import Recognizer
    from voice_coach.language.phrases import PhraseBook

RATE = 16_000
RUNNING = listening_in("applying")


@pytest.fixture(scope="module")
def book() -> PhraseBook:
    return load_language("en").phrase_book


@pytest.fixture(scope="module")
def recognizers(book: PhraseBook, models: None) -> list[Recognizer]:
    return load_recognizers(
        recognizer_names("moonshine", "en"), book, lambda _done, _of: None, lambda: load_language("en").understander
    )


@pytest.fixture
def spoken(tmp_path: Path, processes: None) -> Spoken:
    return Spoken(tmp_path)


class Spoken:
    """A synthetic person in a quiet room."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def __call__(self, *sentences: str, voice: str = "rms", gap_seconds: float = 0.8) -> NDArray[np.float32]:
        """Sentences, with the room before, between and after them."""
        room = np.random.default_rng(0).normal(0, 1e-4, round(gap_seconds * RATE)).astype(np.float32)
        pieces = [room]
        for sentence in sentences:
            path = self._folder / "spoken.wav"
            subprocess.run(["flite", "-voice", voice, "-t", sentence, "-o", str(path)], check=True)
            pieces += [read_recording(path), room]
        return np.concatenate(pieces)


def intents(heard: list[Recognition]) -> list[Intent]:
    return [one.decision.phrase.intent for one in heard if isinstance(one.decision, Accepted)]


def hear(
    sound: NDArray[np.float32], recognizers: list[Recognizer], book: PhraseBook, listen: Listen = RUNNING
) -> list[Recognition]:
    return list(hear_recording(sound, recognizers, book, listen))


@pytest.mark.parametrize("voice", ["awb", "rms", "slt"])
def test_commands_are_heard_in_their_order_and_where_they_are(
    voice: str, spoken: Spoken, recognizers: list[Recognizer], book: PhraseBook
) -> None:
    sound = spoken("next step", "say that again", "how much time is left", "it stings", voice=voice)
    heard = hear(sound, recognizers, book)
    assert intents(heard) == [Intent.NEXT, Intent.REPEAT, Intent.TIME_LEFT, Intent.STINGS]
    assert all(early.end_seconds < late.start_seconds for early, late in pairwise(heard))
    for one in heard:
        piece = sound[round(one.start_seconds * RATE) : round(one.end_seconds * RATE)]
        assert 0.3 < len(piece) / RATE < 2.5
        assert np.abs(piece).max() > 0.05


def test_after_some_commands_it_is_known_how_loud_the_person_is(
    spoken: Spoken, recognizers: list[Recognizer], book: PhraseBook
) -> None:
    sound = spoken("next step", "say that again", "how much time is left", "next step")
    heard = [one.scores[-1] for one in hear(np.concatenate([sound, 0.1 * sound]), recognizers, book)]
    assert heard[0].usual_level is None
    assert heard[3].usual_level == pytest.approx(heard[3].level, abs=6.0)
    assert heard[4].usual_level == pytest.approx(heard[4].level + 20.0, abs=6.0)


def test_the_number_of_minutes_is_heard(spoken: Spoken, recognizers: list[Recognizer], book: PhraseBook) -> None:
    (one,) = hear(spoken("add five minutes"), recognizers, book)
    assert isinstance(one.decision, Accepted)
    assert (one.decision.phrase.intent, one.decision.phrase.minutes) == (Intent.ADD_TIME, 5)


def test_other_talk_is_not_obeyed(spoken: Spoken, recognizers: list[Recognizer], book: PhraseBook) -> None:
    talk = spoken(
        "the train leaves at seven in the morning",
        "my sister bought a new car last week",
        "did you feed the cat",
        "I think the weather will be nice tomorrow",
    )
    assert intents(hear(talk, recognizers, book)) == []


def test_a_command_inside_a_sentence_is_not_obeyed(
    spoken: Spoken, recognizers: list[Recognizer], book: PhraseBook
) -> None:
    talk = spoken("the next step in my career is to quit this job and pause for a year")
    assert intents(hear(talk, recognizers, book)) == []


def test_yes_is_heard_only_while_a_question_is_open(
    spoken: Spoken, recognizers: list[Recognizer], book: PhraseBook
) -> None:
    sound = spoken("yes please")
    assert intents(hear(sound, recognizers, book)) == []
    assert intents(hear(sound, recognizers, book, listening_in("question"))) == [Intent.YES]


def test_its_own_words_do_not_command_it(spoken: Spoken, recognizers: list[Recognizer], book: PhraseBook) -> None:
    sentence = "Say next step when you are ready."
    speaking = Listen(RUNNING.intents, speaking=sentence)
    heard = hear(spoken("next step"), recognizers, book, speaking)
    assert [one.decision.reason for one in heard if isinstance(one.decision, Rejected)] == [RejectionReason.OWN_WORDS]
    assert intents(heard) == []


def test_its_own_last_words_are_still_its_own_when_it_has_just_fallen_silent(
    spoken: Spoken, recognizers: list[Recognizer], book: PhraseBook
) -> None:
    from voice_coach.ears.pipeline import RecognitionPipeline  # noqa: PLC0415 - only this test feeds piece by piece

    sound = spoken("next step")
    half = len(sound) // 2
    hearing = RecognitionPipeline(recognizers, book)
    heard = list(hearing.feed(sound[:half], Listen(RUNNING.intents, speaking="Say next step when you are ready.")))
    heard += hearing.feed(sound[half:], RUNNING)
    assert intents(heard) == []


def test_noise_is_no_command(recognizers: list[Recognizer], book: PhraseBook) -> None:
    generator = np.random.default_rng(3)
    bursts = [
        generator.normal(0, level, round(seconds * RATE)).astype(np.float32)
        for level, seconds in [(0.0001, 1), (0.1, 0.4), (0.0001, 1), (0.05, 1.2), (0.0001, 1), (0.3, 0.2), (0.0001, 1)]
    ]
    assert intents(hear(np.concatenate(bursts), recognizers, book)) == []


def test_a_recording_may_begin_and_end_with_the_command_itself(
    spoken: Spoken, recognizers: list[Recognizer], book: PhraseBook
) -> None:
    sound = spoken("next step")
    loud = np.flatnonzero(np.abs(sound) > 0.02)
    assert intents(hear(sound[loud[0] : loud[-1]], recognizers, book)) == [Intent.NEXT]
