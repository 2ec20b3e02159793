"""All that is wrong in a person's own routine is told at once, each mistake with its line; and nothing else is."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tests.routines.broken_routines import BROKEN, GOOD
from voice_coach.errors import ContentError
from voice_coach.routine_folder import own_folder, own_names, own_path, read_routine_file

if TYPE_CHECKING:
    from pathlib import Path

OWN = "your own routine"


def told(path: Path) -> list[str]:
    mistakes = read_routine_file(path).mistakes
    return [f"line {one.line}: {one.sentence_with_table}" if one.line else one.sentence for one in mistakes]


def test_there_are_thirty_broken_files() -> None:
    assert len({name for name, _, _ in BROKEN}) == 30


@pytest.mark.parametrize(("name", "text", "mistakes"), BROKEN, ids=[name for name, _, _ in BROKEN])
def test_every_mistake_of_a_broken_file_is_named_and_nothing_else(
    tmp_path: Path, name: str, text: str | bytes, mistakes: tuple[str, ...]
) -> None:
    path = tmp_path / f"{name}.toml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    sentences = told(path)
    assert [part for part in mistakes if not any(part in sentence for sentence in sentences)] == [], sentences
    assert len(sentences) == len(mistakes), sentences
    assert all(re.search(r"; .*[.?]$", sentence) for sentence in sentences), "the remedy follows"
    with pytest.raises(ContentError, match=re.escape(str(path))):
        read_routine_file(path).routine(OWN)


def test_a_good_file_is_a_routine_even_with_a_byte_order_mark(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text("\ufeff" + GOOD + 'why = "It was on for long enough."\n', encoding="utf-8")
    routine = read_routine_file(path).routine(OWN)
    assert (routine.id, [step.id for step in routine.steps]) == ("mine", ["wash", "mask_on", "rest", "rinse"])
    assert routine.steps[3].why is not None
    assert routine.steps[3].why.source.name == OWN


def test_what_is_no_file_is_told_so(tmp_path: Path) -> None:
    assert told(tmp_path / "none.toml") == ["it does not exist; `voice-coach routine list` shows what there is."]
    assert told(tmp_path) == ["it cannot be read (Is a directory); name a text file that you may read."]
    assert told(tmp_path / "a\0b") == ["it cannot be read (embedded null byte); name a text file that you may read."]


def test_own_routines_are_the_toml_files_of_their_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    assert own_names() == ()
    own_folder().mkdir(parents=True)
    for name in ("b.toml", "a.toml", ".hidden.toml", "routine.schema.json"):
        (own_folder() / name).write_text("", encoding="utf-8")
    assert own_names() == ("a", "b")
    assert own_path("a") == tmp_path / "voice-coach" / "routines" / "a.toml"
