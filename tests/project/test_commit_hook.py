"""The hook that CONTRIBUTING.md offers refuses subjects that are no `room: imperative` of 72 characters at most."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest

from tests.patience import patient

if TYPE_CHECKING:
    from pathlib import Path


pytestmark = pytest.mark.usefixtures("processes")


def refusal_of(message: str, folder: Path, root: Path) -> str:
    """The sentence with which the hook refuses a message; empty when it takes it."""
    (folder / "message").write_text(message, encoding="utf-8")
    hook = [root / ".githooks" / "commit-msg", folder / "message"]
    done = subprocess.run(hook, capture_output=True, text=True, check=False, timeout=patient(60))
    assert done.returncode == bool(done.stderr)
    return done.stderr


@pytest.mark.parametrize(
    "message",
    [
        "memory: keep a journal that cannot be read\n\nIt was written anew.\n",
        "ears, mouth: hand the pack down\n",
        "tests/project: draw docstrings\n# a comment of git\n",
        "x: " + "a" * 69,
        "Merge branch 'g-face'",
        'Revert "face: keep one protocol"',
    ],
)
def test_a_good_subject_is_taken(message: str, tmp_path: Path, pytestconfig: pytest.Config) -> None:
    assert refusal_of(message, tmp_path, pytestconfig.rootpath) == ""


@pytest.mark.parametrize(
    ("message", "why"),
    [
        ("Keep a journal\n", 'no "room: imperative"'),
        ("memory: Keep a journal\n", 'no "room: imperative"'),
        ("memory:keep a journal\n", 'no "room: imperative"'),
        ("\nmemory: keep a journal\n", 'no "room: imperative"'),
        ("x: " + "a" * 70, "has 73 characters"),
    ],
)
def test_another_subject_is_refused_with_the_reason(
    message: str, why: str, tmp_path: Path, pytestconfig: pytest.Config
) -> None:
    assert why in refusal_of(message, tmp_path, pytestconfig.rootpath)
