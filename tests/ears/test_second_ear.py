"""The second ear: a model that has learned from other sounds is asked about what the first one leaves unclear."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import numpy as np
import pytest

from benches.common.speakers import VOICES, say
from tests.doctor.circumstances import circumstances_with
from voice_coach.doctor.engine_checks import check_models
from voice_coach.doctor.finding import CheckState
from voice_coach.ears.closed_grammar.decoder import Scored
from voice_coach.ears.recognizers import registry
from voice_coach.ears.recognizers.moonshine import MoonshineRecognizer
from voice_coach.ears.recognizers.open_path import transcribe
from voice_coach.ears.recognizers.recognizer import SAMPLE_RATE, Hypothesis
from voice_coach.ears.recognizers.second_ear import FILES, SecondEar, Whisper, log_mel
from voice_coach.language.intents import Intent
from voice_coach.language.phrases import Phrase
from voice_coach.library import load_language
from voice_coach.models.integrity import SEAL_NAME

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

PACK = load_language("en")
MADE = registry.find_second_ear()
SPEAKERS = ("rms", "hibari")


@pytest.fixture(scope="module")
def whisper(models: None, processes: None) -> Whisper:
    assert MADE is not None, "scripts/setup makes it"
    return Whisper(MADE)


@pytest.fixture(scope="module")
def second_ear(whisper: Whisper) -> SecondEar:
    return SecondEar(whisper, PACK.understander)


def said(text: str, speaker: str) -> NDArray[np.float32]:
    voice = next(voice for voice in VOICES if voice.name == speaker)
    return say(text, voice).astype(np.float32)


def scores(ear: SecondEar, sound: NDArray[np.float32], *texts: str) -> dict[str, float]:
    """The scores of texts that the first ear finds equally likely."""
    return {one.text: one.score for one in ear.rescored(sound, [Hypothesis(text, 5.0) for text in texts])}


@pytest.mark.parametrize("speaker", SPEAKERS)
@pytest.mark.parametrize("text", ["how much time is left", "i'm done with this step", "go back please"])
def test_it_writes_what_was_said(whisper: Whisper, text: str, speaker: str) -> None:
    tokens, _score = transcribe(whisper, said(text, speaker))[0]
    normalise = PACK.understander.normaliser.normalise
    assert normalise(whisper.tokenizer.decode(tokens)) == normalise(text)


@pytest.mark.parametrize("speaker", SPEAKERS)
def test_what_was_said_gains_and_what_sounds_like_it_loses(second_ear: SecondEar, speaker: str) -> None:
    found = scores(second_ear, said("skip this step", speaker), "skip this step", "which step is this", "keep it on")
    assert found["skip this step"] > 5.0
    assert max(found["which step is this"], found["keep it on"]) < 5.0


def test_a_sentence_that_no_list_has_needs_a_better_witness(second_ear: SecondEar) -> None:
    sound = said("what comes after this", "rms")
    listed = Hypothesis("what comes after this", 10.0)
    unlisted = Hypothesis(listed.text, 10.0, Phrase(listed.text, Intent.WHATS_NEXT))
    assert second_ear.rescored(sound, [unlisted])[0].score < second_ear.rescored(sound, [listed])[0].score


@pytest.mark.parametrize("speaker", SPEAKERS)
def test_a_number_that_it_writes_in_digits_is_the_same_number(second_ear: SecondEar, speaker: str) -> None:
    found = scores(second_ear, said("twenty five minutes", speaker), "twenty five minutes", "twenty nine minutes")
    assert found["twenty five minutes"] > max(5.0, found["twenty nine minutes"] + 1.0)


def test_of_water_alone_it_says_nothing_for_any_command(second_ear: SecondEar) -> None:
    water = np.random.default_rng(3).normal(0, 0.05, SAMPLE_RATE).astype(np.float32)
    assert max(scores(second_ear, water, "next step", "pause", "go back").values()) <= 5.0


@pytest.mark.parametrize("seconds", [0.02, 0.3, 12.0])
def test_a_sound_of_any_length_can_be_scored(second_ear: SecondEar, seconds: float) -> None:
    sound = np.zeros(round(seconds * SAMPLE_RATE), np.float32)
    assert np.isfinite(list(scores(second_ear, sound, "next step").values())).all()


def test_the_order_follows_the_scores_and_nothing_is_lost(second_ear: SecondEar) -> None:
    given = [Hypothesis("keep it on", 5.2), *(Hypothesis(f"skip step {n}", 5.0 - n) for n in range(4))]
    found = second_ear.rescored(said("skip this step", "rms"), given)
    assert sorted(one.text for one in found) == sorted(one.text for one in given)
    assert [one.score for one in found] == sorted((one.score for one in found), reverse=True)


@pytest.mark.parametrize(("hertz", "band"), [(1000, 25), (250, 6)])
def test_a_tone_is_loudest_in_its_band(hertz: int, band: int) -> None:
    tone = np.sin(2 * np.pi * hertz * np.arange(SAMPLE_RATE) / SAMPLE_RATE).astype(np.float32)
    spectrum = log_mel(tone)
    assert spectrum.shape == (80, 100)
    assert abs(int(spectrum.mean(axis=1).argmax()) - band) <= 1


class Listener:
    """Stands for the second ear, and notes what it is asked about."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def rescored(self, _sound: NDArray[np.float32], hypotheses: Sequence[Hypothesis]) -> list[Hypothesis]:
        """Prefer what nobody else has heard."""
        self.asked.append(hypotheses[0].text)
        return [Hypothesis("heard better", 20.0), *hypotheses]


class OneAnswer:
    """Stands for the decoder, and finds one phrase with one score."""

    def __init__(self, score: float) -> None:
        self._score = score

    def decode(self, _sound: NDArray[np.float32]) -> tuple[Scored, ...]:
        """Find it in any sound."""
        return (Scored("next step", self._score),)


@pytest.mark.parametrize(("score", "is_asked"), [(1.9, False), (2.0, True), (8.9, True), (9.0, False)])
def test_it_is_asked_at_the_end_about_what_is_neither_clear_nor_hopeless(score: float, *, is_asked: bool) -> None:
    listener = Listener()
    recognizer = MoonshineRecognizer(OneAnswer(score), second_ear=listener)  # type: ignore[arg-type]
    recognizer.begin(np.zeros(0, np.float32))
    recognizer.feed(np.zeros(SAMPLE_RATE, np.float32))
    assert recognizer.hypotheses(is_final=False).hypotheses[0].text == "next step"
    assert listener.asked == []
    assert recognizer.hypotheses(is_final=True).hypotheses[0].text == ("heard better" if is_asked else "next step")
    assert listener.asked == (["next step"] if is_asked else [])


@pytest.fixture
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The only folder in which a second ear may be."""
    monkeypatch.setattr(registry, "second_ear_folders", lambda: (tmp_path / "second-ear-en",))
    return tmp_path / "second-ear-en"


def second_ear_of(engine: str) -> object:
    (recognizer,) = registry.load_recognizers((engine,), PACK.phrase_book, lambda _done, _of: None)
    return recognizer._second_ear  # type: ignore[attr-defined]  # noqa: SLF001 - whether there is one shows nowhere else


@pytest.mark.usefixtures("models", "whisper")
def test_the_usual_engine_has_one_and_the_others_do_without(monkeypatch: pytest.MonkeyPatch) -> None:
    assert second_ear_of("moonshine") is not None
    assert second_ear_of("moonshine-alone") is None
    monkeypatch.setattr(registry, "_LEAST_MEMORY", 10**15)
    assert second_ear_of("moonshine") is None, "memory is short"


@pytest.mark.usefixtures("models")
def test_without_its_files_or_with_damaged_ones_the_coach_hears_alone(elsewhere: Path) -> None:
    assert second_ear_of("moonshine") is None
    elsewhere.mkdir()
    for name in FILES:
        (elsewhere / name).write_bytes(b"damaged")
    assert second_ear_of("moonshine") is None


@pytest.mark.usefixtures("whisper")
def test_the_doctor_finds_a_flipped_bit_in_its_files_and_says_how_to_make_them_anew(elsewhere: Path) -> None:
    assert MADE is not None
    shutil.copytree(MADE, elsewhere)
    assert check_models(circumstances_with()).state is CheckState.OK
    file = elsewhere / "encoder.onnx"
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)
    found = check_models(circumstances_with())
    assert found.state is CheckState.WARNING
    assert "encoder.onnx" in found.meaning
    assert found.remedy == f"rm -r {elsewhere} && scripts/setup"
    (elsewhere / SEAL_NAME).unlink()
    assert SEAL_NAME in check_models(circumstances_with()).meaning


@pytest.mark.usefixtures("models")
def test_of_another_model_nothing_is_made(tmp_path: Path) -> None:
    from scripts.second_ear import OtherModelError, make  # noqa: PLC0415 - onnx, which the quick tests lack

    source = tmp_path / "model"
    source.mkdir()
    (source / "model.bin").write_bytes(b"another")
    with pytest.raises(OtherModelError, match="install the version"):
        make(source, tmp_path / "second-ear-en")
    assert list(tmp_path.iterdir()) == [source]
