"""The few files that the page is made of, by an explicit table: no folder is ever served."""

from __future__ import annotations

import json
from dataclasses import dataclass
from importlib.resources import files
from pathlib import PurePath
from typing import TYPE_CHECKING

from voice_coach.mirror.buttons import COMMANDS, TIMED
from voice_coach.mirror.texts import page_html

if TYPE_CHECKING:
    from collections.abc import Mapping

    from voice_coach.core.sentences import Sentences

_KINDS = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}
_PAGE = "index.html"


@dataclass(frozen=True, slots=True)
class StaticFile:
    """What is sent for a path, always the same."""

    content: bytes
    media_type: str


def read_files(texts: Sentences, language: str) -> Mapping[str, StaticFile]:
    """Read all of them once, by path; later no request reaches the disk.

    Args:
        texts: of the page.
        language: of two letters.
    """
    mirror = files("voice_coach") / "mirror"
    found = {
        "/": StaticFile(page_html(texts, language), "text/html; charset=utf-8"),
        "/openapi.json": StaticFile(_description(), "application/json"),
    }
    for file in (mirror / "static").iterdir():
        if file.name != _PAGE:
            found[f"/{file.name}"] = StaticFile(file.read_bytes(), _KINDS[PurePath(file.name).suffix])
    return found


def _description() -> bytes:
    """The description for other programs, with the intents that they can send filled in."""
    text = (files("voice_coach") / "mirror" / "openapi.json").read_text(encoding="utf-8")
    for name, intents in (("commands", COMMANDS), ("timed", sorted(TIMED, key=lambda intent: intent.value))):
        text = text.replace(f'"{{{{{name}}}}}"', json.dumps([intent.value for intent in intents]))
    return text.encode()
