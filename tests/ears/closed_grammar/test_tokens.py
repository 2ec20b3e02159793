"""Tokens: the model's own alphabet."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voice_coach.ears.closed_grammar.speech_model import Tokenizer
from voice_coach.ears.recognizers.registry import moonshine_folder

if TYPE_CHECKING:
    from pathlib import Path

TOKENIZER = Tokenizer.read(moonshine_folder() / "tokenizer.bin")


@given(st.text(st.characters(codec="utf-8", exclude_characters=" \u2581"), min_size=1, max_size=12))
def test_any_word_comes_back_as_it_was(word: str) -> None:
    assert TOKENIZER.decode(TOKENIZER.encode_word(word)) == word


def test_common_words_are_one_token_with_their_space() -> None:
    assert len(TOKENIZER.encode_word("step")) == 1
    assert TOKENIZER.decode(TOKENIZER.encode_word("next") + TOKENIZER.encode_word("step.")) == "next step."


def test_a_vocabulary_cut_short_is_refused(tmp_path: Path) -> None:
    damaged = tmp_path / "tokenizer.bin"
    damaged.write_bytes((moonshine_folder() / "tokenizer.bin").read_bytes()[:-1])
    with pytest.raises(ValueError, match="cut short"):
        Tokenizer.read(damaged)
