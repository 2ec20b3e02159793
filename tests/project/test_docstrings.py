"""Docstrings are plain sentences: none shows a mechanical sign of a riddle."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from scripts.structure.docstrings import docstrings, draw, main, riddles, riddles_by_kind

if TYPE_CHECKING:
    from pathlib import Path

MODULE = '''
"""Head of a module."""
LIMIT_SECONDS = 2.0
"""Seconds before it ends."""
_HIDDEN: int = 1
"""A private number."""
if TYPE_CHECKING:
    Post = int
    """A type of the type checker."""

class Ear:
    """Hears."""

    rate = 1
    """Hz."""

    def __init__(self) -> None:
        self.gain = 1.0
        """In dB."""

    def hear(self) -> None:
        """Hear a piece.

        It has two paragraphs.
        """

    async def wait(self) -> None:
        """Wait."""
        text = call()
        "no docstring, but what a call gave is described in code like this"
'''


def test_no_docstring_is_a_riddle(pytestconfig: pytest.Config) -> None:
    """`scripts/draw-docstrings --riddles` lists them."""
    assert riddles_by_kind(docstrings(pytestconfig.rootpath / "voice_coach")) == {}


@pytest.mark.parametrize(
    "text",
    [
        "Seconds before another confirmation prompt after an unanswered one.",
        "Whether it hears.",
        "Return the text.\n\n    Args:\n        text: words\n    ",
        'The answer "yes."',
        "dBFS; an input without a microphone is softer.",
        "Whatever happens is told.",
        "Often it is so.",
        "Words that go on over\n    two lines.",
    ],
)
def test_a_plain_sentence_has_no_sign(text: str) -> None:
    assert riddles(text) == []


@pytest.mark.parametrize(
    ("text", "sign"),
    [
        ("What a press stands for.", "begins with 'What'"),
        ("What's next.", "begins with 'What'"),
        ("Of the countdown.", "begins with 'Of'"),
        ("Of a file.", "begins with 'Of'"),
        ("So long a question waits.", "begins with 'So long'"),
        ("So often it is replaced.", "begins with 'So often'"),
        ("... unless it is late.", "runs over '...'"),
        ("Dropped after two ...", "runs over '...'"),
        ("as rich's own.", "begins with a lowercase word"),
        ("A text", "has no final full stop"),
        ("A text\n\n    Args:\n        text: words.\n    ", "has no final full stop"),
    ],
)
def test_each_sign_is_found(text: str, sign: str) -> None:
    assert sign in riddles(text)


def made_up(folder: Path) -> Path:
    package = folder / "house"
    package.mkdir()
    (package / "ear.py").write_text(MODULE, encoding="utf-8")
    return package


def test_docstrings_of_modules_classes_functions_and_constants_are_all_there_with_their_lines(tmp_path: Path) -> None:
    found = docstrings(made_up(tmp_path))
    assert [(one.name, one.line, one.is_public) for one in found] == [
        ("ear", 2, True),
        ("LIMIT_SECONDS", 4, True),
        ("_HIDDEN", 6, False),
        ("Post", 9, True),
        ("Ear", 12, True),
        ("Ear.rate", 15, True),
        ("Ear.gain", 19, True),
        ("Ear.hear", 22, True),
        ("Ear.wait", 28, True),
        ("Ear.wait.text", 30, True),
    ]
    assert {one.path.as_posix() for one in found} == {"house/ear.py"}


def test_a_seed_draws_the_same_docstrings_again_and_none_twice(tmp_path: Path) -> None:
    found = docstrings(made_up(tmp_path))
    assert draw(found, 1, 4) == draw(found, 1, 4) != draw(found, 2, 4)
    assert len(set(draw(found, 1, 4))) == 4
    assert len(draw(found, 1, 100)) == len(found)


def test_the_script_prints_its_seed_and_draws_public_ones(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--seed", "7", "--count", "3"]) == 0
    printed = capsys.readouterr().out
    assert printed.startswith("seed 7: 3 of ")
    places = [line for line in printed.splitlines() if line.startswith("voice_coach/")]
    assert len(places) == 3
    assert not any(re.search(r"(  |\.)_(?!_)", line) for line in places)
