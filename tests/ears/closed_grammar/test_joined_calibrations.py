"""Further phrases are calibrated alone, and the table is the one that calibrating all of them would make."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from voice_coach.ears.closed_grammar import (
    Decoder,
    Grammar,
    TokenAutomaton,
    calibrate,
    calibration,
    joined,
)
from voice_coach.ears.recognizers.registry import calibration_of, model_and_automaton, spellings
from voice_coach.language.intents import Intent
from voice_coach.language.phrases import Phrase, PhraseBook

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from voice_coach.ears.closed_grammar import SpeechModel

    Speak = Callable[[str], NDArray[np.float32]]

KNOWN = ("go", "go back", "go to the toner", "add five minutes")
NEW = ("go to the rose water", "add five drops")
ROUNDING = 1e-3
"""Nats: the model computes in single precision."""


@pytest.fixture(autouse=True)
def one_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """The model's numbers have 8 bits, scaled for a whole batch: what it says of one depends a little on the others."""
    monkeypatch.setattr(calibration, "BATCH", 1)
    sounds = calibration.sounds_without_speech()[:3]  # which sounds does not matter here, and each costs seconds
    monkeypatch.setattr(calibration, "sounds_without_speech", lambda: sounds)


def of(model: SpeechModel, *phrases: str) -> TokenAutomaton:
    return TokenAutomaton(Grammar.of_phrases(phrases), model.tokenizer, spellings((*KNOWN, *NEW), "en"))


def test_a_joined_table_is_that_of_the_whole(model: SpeechModel, speak: Speak) -> None:
    whole, known, new = of(model, *KNOWN, *NEW), of(model, *KNOWN), of(model, *NEW)
    quick = joined(whole, [(known, calibrate(model, known)), (new, calibrate(model, new))])
    slow = calibrate(model, whole)
    assert quick.by_state == pytest.approx(slow.by_state, abs=ROUNDING)
    assert quick.by_sentence.keys() == slow.by_sentence.keys()
    assert quick.by_sentence == pytest.approx(slow.by_sentence, abs=ROUNDING)
    best = Decoder(model, whole, quick).decode(speak("go to the rose water"))[0]
    same = Decoder(model, whole, slow).decode(speak("go to the rose water"))[0]
    assert best.rule == same.rule == "go to the rose water"
    assert best.score == pytest.approx(same.score, abs=ROUNDING)


def test_parts_that_lack_a_sentence_are_refused(model: SpeechModel) -> None:
    known = of(model, *KNOWN)
    with pytest.raises(ValueError, match="not all sentences"):
        joined(of(model, *KNOWN, *NEW), [(known, calibrate(model, known))])


@pytest.mark.usefixtures("models")
def test_a_book_with_further_phrases_asks_the_model_about_these_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    small = PhraseBook("en", tuple(Phrase(text, Intent.NEXT) for text in KNOWN))
    book = PhraseBook("en", (*small.phrases, *(Phrase(text, Intent.NEXT) for text in NEW)), small)
    model, automaton = model_and_automaton(book)
    calls: list[tuple[int, int]] = []
    quick = calibration_of(model, automaton, book, lambda done, of: calls.append((done, of)))
    assert quick.by_state == pytest.approx(calibrate(model, automaton).by_state, abs=ROUNDING)
    assert len(list((tmp_path / "voice-coach" / "calibrations").iterdir())) == 1, "the known phrases' table is kept"
    first = len(calls)
    calibration_of(model, automaton, book, lambda done, of: calls.append((done, of)))
    assert len(calls) - first == first // 2
