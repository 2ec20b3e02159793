"""Every routine that ships, as its file has it and as the coach reads it."""

from __future__ import annotations

import tomllib
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import pytest

from voice_coach.content_index import languages
from voice_coach.library import routine_names

if TYPE_CHECKING:
    from collections.abc import Iterator

SHIPPED = [(language, name) for language in languages() for name in routine_names(language)]
"""Every language with every routine."""
_TRANSLATED = [(language, name) for language, name in SHIPPED if language != "en"]


def _parametrised(pairs: list[tuple[str, str]]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize(("language", "name"), pairs, ids=[f"{name}-{language}" for language, name in pairs])


every_routine = _parametrised(SHIPPED)
every_translation = _parametrised(_TRANSLATED)


def document_of(language: str, name: str) -> dict[str, Any]:
    """The file of a routine, not yet read as one."""
    file = files("voice_coach") / "content" / language / "routines" / f"{name}.toml"
    return tomllib.loads(file.read_text(encoding="utf-8"))


def facts_of(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any], str]]:
    """Every fact of a routine's file: where it stands, its table, and the key of its sentence."""
    for key in ("often", "warning"):
        yield key, document[key], "say"
    for skin, table in document["skin"].items():
        yield f"skin {skin}", table, "say"
    for step in document["steps"]:
        yield f"{step['id']}, why", step, "why"
        for number, table in enumerate(step["more"], start=1):
            yield f"{step['id']}, more {number}", table, "say"
        for skin, table in step.get("skin", {}).items():
            yield f"{step['id']}, skin {skin}", table, "how"
