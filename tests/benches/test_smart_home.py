"""The bench of commands to a smart home, on sentences of a synthetic voice."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from benches.smart_home.run import TABLE, book_of, in_words, measure, read_commands
from voice_coach.errors import ContentError
from voice_coach.rehearsal.dialogue import render

if TYPE_CHECKING:
    from pathlib import Path

SAID = {
    "real": ("set a timer for 3 hours and 10 minutes", "Turn on the Kitchen lights"),
    "made": ("what's the weather",),
    "foreign": ("my sister bought a new bicycle for the holidays",),
}


@pytest.fixture
def table(tmp_path: Path, models: None, processes: None) -> Path:
    """A table as the bench wants it; the last sentence that is "made" is another one than the table says."""
    lines = ["path\tsaid\tkind"]
    for kind, sentences in SAID.items():
        for number, sentence in enumerate(sentences):
            path = tmp_path / f"{kind}_{number}.wav"
            render("awb", sentence, path)
            lines.append(f"{path.name}\t{'' if kind == 'foreign' else sentence}\t{kind}")
    lines.append("real_1.wav\tclose the kitchen windows\tmade")
    (tmp_path / TABLE).write_text("\n".join(lines))
    return tmp_path / TABLE


def test_what_was_said_is_told_from_other_sentences_of_the_list_and_from_foreign_ones(table: Path) -> None:
    commands = read_commands(table)
    counts = measure(commands, book_of(one.said for one in commands if one.said))
    assert counts == {
        "real": {"right": 2, "another": 0, "none": 0},
        "made": {"right": 1, "another": 1, "none": 0},
        "foreign": {"right": 0, "another": 0, "none": 1},
    }


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("set a timer for 45 seconds", "set a timer for forty five seconds"),
        ("set Brightness to 100 percent", "set brightness to one hundred percent"),
        ("30 and 8", "thirty and eight"),
    ],
)
def test_numbers_are_written_as_words(text: str, words: str) -> None:
    assert in_words(text) == words


@pytest.mark.parametrize(("content", "complaint"), [(None, "cannot be read"), ("path\tsaid\n", 'no column "kind"')])
def test_a_bad_table_is_refused_with_its_place(tmp_path: Path, content: str | None, complaint: str) -> None:
    path = tmp_path / TABLE
    if content is not None:
        path.write_text(content)
    with pytest.raises(ContentError, match=complaint) as caught:
        read_commands(path)
    assert str(path) in str(caught.value)
