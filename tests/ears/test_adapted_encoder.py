"""Moonshine's encoder may be an adapted one, if it was made for the model that is installed."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import numpy as np
import pytest

from voice_coach.ears.closed_grammar import fingerprint
from voice_coach.ears.closed_grammar.speech_model import FILES
from voice_coach.ears.recognizers import registry
from voice_coach.errors import ModelError
from voice_coach.library import load_language

if TYPE_CHECKING:
    from pathlib import Path


PUBLISHED = registry.moonshine_folder() / FILES[0]
NAME = f"{hashlib.sha256(fingerprint(PUBLISHED)).hexdigest()[:16]}.onnx"


@pytest.fixture
def adapted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The place of an encoder that was made for the installed model."""
    monkeypatch.setattr(registry, "_ENCODERS", tmp_path)
    return tmp_path / NAME


def test_the_shipped_encoder_was_made_for_the_model_that_is_installed() -> None:
    assert registry.encoder_of("moonshine").name == NAME
    assert registry.encoder_of("moonshine").stat().st_size < 10_000_000


def test_it_is_used_unless_the_published_one_is_wanted(adapted: Path) -> None:
    adapted.write_bytes(b"learned")
    assert registry.encoder_of("moonshine") == adapted
    assert registry.encoder_of("moonshine-published") == PUBLISHED


def test_where_there_is_none_for_the_installed_model_the_published_one_is_used(adapted: Path) -> None:
    assert registry.encoder_of("moonshine") == PUBLISHED
    adapted.with_stem("0" * 16).write_bytes(b"learned from another model")
    assert registry.encoder_of("moonshine") == PUBLISHED


def test_the_phrases_are_calibrated_for_each_encoder_by_itself() -> None:
    book = load_language("en").phrase_book
    assert registry.table_key(book, PUBLISHED) != registry.table_key(book)


@pytest.mark.usefixtures("models")
def test_it_says_of_a_sound_nearly_what_the_published_one_says_and_so_the_decoder_understands_it() -> None:
    sound = (0.1 * np.sin(np.arange(16_000) * 0.05)).astype(np.float32)
    models = [registry.load_speech_model(engine) for engine in ("moonshine", "moonshine-published")]
    mine, its = (model.listen(sound).sound.hidden for model in models)
    assert mine.shape == its.shape
    assert np.isfinite(mine).all()
    assert np.corrcoef(mine.ravel(), its.ravel())[0, 1] > 0.7


@pytest.mark.usefixtures("models")
def test_a_damaged_one_is_told_by_its_name(adapted: Path) -> None:
    adapted.write_bytes(b"no model")
    with pytest.raises(ModelError, match=adapted.name):
        registry.load_speech_model("moonshine")
