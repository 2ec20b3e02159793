"""The file of a person's own sentences, and the decision about what was heard of them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from voice_coach.ears.rejection import OWN_SENTENCE, sentence_of
from voice_coach.errors import ContentError
from voice_coach.integrations.wyoming_sentences import read_sentences, spellings_of
from voice_coach.library import load_language

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        ("turn on (the light", "line 1: ')' is missing"),
        ("turn on\nin the <cellar>", "line 2: unknown slot <cellar>"),
        ("[please]", "line 1: all of it may be left out"),
        ("# nothing\n", "it has no sentence"),
        ("turn on …", 'line 1: "…" cannot be said'),
        ("불을 켜", "cannot be said"),
        ("<a> = <number> <number>\n<b> = <a> <a>\n" + "<b> = <b> <b>\n" * 40 + "<b>", "too many sentences"),
        ("(" * 5_000, "line 1"),
    ],
)
def test_mistakes_of_the_file_are_told_with_their_lines(content: str, complaint: str, tmp_path: Path) -> None:
    path = tmp_path / "home.txt"
    path.write_text(content)
    with pytest.raises(ContentError, match=re.escape(complaint)):
        read_sentences(path, ())


def test_the_file_may_have_the_coach_s_sentences_too(tmp_path: Path) -> None:
    path = tmp_path / "home.txt"
    path.write_text("open the window\n<coach>\n")
    grammar = read_sentences(path, load_language("en").phrase_book.texts)
    reading = grammar.read(("start", "the", "mask"))
    assert reading is not None
    assert reading.slots == {"said": "start the mask", "coach": "start the mask"}
    assert grammar.read(("exit",)) is None


def test_a_part_holds_for_the_lines_below_it(tmp_path: Path) -> None:
    path = tmp_path / "home.txt"
    path.write_text("<room> = kitchen | bed room\nlights in the <room>\n<room> = office\nheat the <room>\n")
    grammar = read_sentences(path, ())
    assert grammar.read(("lights", "in", "the", "bed", "room")) is not None
    assert grammar.read(("heat", "the", "office")) is not None
    assert grammar.read(("heat", "the", "kitchen")) is None


def test_words_are_heard_however_a_transcript_may_spell_them() -> None:
    spellings = spellings_of(["TV", "25", "7", "100", "i'm", "the", "Jazz"])
    assert set(spellings["TV"]) == {"tv", "Tv"}
    assert set(spellings["25"]) == {"twenty five", "twenty-five"}
    assert spellings["7"] == ("seven",)
    assert spellings["100"] == ("one hundred", "a hundred")
    assert spellings["i'm"] == ("I'm",)
    assert "jazz" in spellings["Jazz"]
    assert "the" not in spellings


def test_a_sentence_is_taken_when_it_is_clear_and_no_other_is_as_probable() -> None:
    assert sentence_of({}) == ""
    assert sentence_of({"lights on": OWN_SENTENCE + 1, "lights off": -3.0}) == "lights on"
    assert sentence_of({"lights on": OWN_SENTENCE - 0.1}) == ""
    assert sentence_of({"lights on": OWN_SENTENCE + 1, "lights off": OWN_SENTENCE + 0.5}) == ""
