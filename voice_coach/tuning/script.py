"""What is said in a tuning by voice."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

from voice_coach.library import load_document

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Sentences:
    """What the coach says; {gaps} are filled in."""

    greeting: str
    normal: str
    stiff: str
    again: str
    one_moment: str
    better: str
    same: str
    kept: str
    not_kept: str


@dataclass(frozen=True, slots=True)
class Script:
    """A tuning in one language."""

    commands: tuple[str, ...]
    """Phrases that the person is asked to say, once normally and once with stiff lips."""
    sentences: Sentences


def load_script(language: str) -> Script:
    """Read the script of a language.

    Raises:
        ContentError: the language is unknown or its file is wrong.
    """
    file = load_document(language, "tuning")
    file.demand_known(("language", "commands", "sentences"))
    table = file.table("sentences")
    names = [field.name for field in fields(Sentences)]
    table.demand_known(names)
    said: Mapping[str, str] = {name: table.text(name) for name in names}
    return Script(file.texts("commands"), Sentences(**said))
