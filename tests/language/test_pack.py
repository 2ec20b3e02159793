"""A language is loaded once, and only as far as somebody needs it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from voice_coach.content_index import languages
from voice_coach.errors import ContentError
from voice_coach.language.pack import LanguagePack
from voice_coach.library import load_language, load_routine

if TYPE_CHECKING:
    from collections.abc import Mapping


class Shelf:
    """A reader that notes which files were asked for."""

    def __init__(self) -> None:
        self.read: list[str] = []

    def __call__(self, name: str) -> Mapping[str, object]:
        """Read a file."""
        self.read.append(name)
        return load_language("en").read(name)


@pytest.fixture
def shelf() -> Shelf:
    return Shelf()


@pytest.fixture
def pack(shelf: Shelf) -> LanguagePack:
    return LanguagePack("en", shelf)


def test_nothing_is_read_before_it_is_needed(pack: LanguagePack, shelf: Shelf) -> None:
    assert pack.code == "en"
    assert shelf.read == []


def test_a_start_reads_no_patterns_of_typed_text(pack: LanguagePack, shelf: Shelf) -> None:
    assert pack.phrase_book.phrases
    assert pack.wording.phrases
    assert pack.espeak_voices
    assert shelf.read == ["phrases", "wording", "language"]


@pytest.mark.parametrize("piece", ["phrase_book", "wording", "understander", "espeak_voices", "own_source"])
def test_each_piece_is_read_once(pack: LanguagePack, shelf: Shelf, piece: str) -> None:
    first = getattr(pack, piece)
    files = list(shelf.read)
    assert getattr(pack, piece) is first
    assert shelf.read == files != []


def test_who_loads_a_language_again_gets_the_same_pack() -> None:
    assert load_language("en") is load_language("en")
    assert len({load_language(code) for code in languages()}) == len(languages())


def test_an_unknown_language_is_told_when_it_is_loaded() -> None:
    with pytest.raises(ContentError, match='There is no language "tlh"; choose one of en, ko'):
        load_language("tlh")


def test_a_mistake_in_a_file_is_told_with_the_file_and_the_language() -> None:
    pack = LanguagePack("xx", lambda _name: {"espeak_voices": "en-us"})
    with pytest.raises(
        ContentError, match="In the language of language 'xx': espeak_voices must be a list of at least 1, each a text"
    ):
        _ = pack.espeak_voices


def test_the_names_of_the_steps_of_a_routine_come_on_top_of_what_ships(pack: LanguagePack) -> None:
    routine = load_routine("clay_mask", "en")
    book = pack.phrase_book_with(routine)
    assert book.shipped is pack.phrase_book
    assert set(book.texts) > set(pack.phrase_book.texts)
    assert set(pack.step_names(routine).by_step) <= {step.id for step in routine.steps}
