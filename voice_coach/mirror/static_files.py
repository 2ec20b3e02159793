"""The files of the page, with its texts filled in in the person's language."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from html import escape
from importlib.resources import files
from pathlib import PurePath
from typing import TYPE_CHECKING

from voice_coach.language.intents import TIMER_INTENTS, Intent
from voice_coach.mirror.page_commands import BUTTONS, COMMANDS, TIMED, VALUES
from voice_coach.routines import PICTURES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from voice_coach.language.pack import LanguagePack
    from voice_coach.language.wording import Sentences


PLACEHOLDERS: Mapping[str, Mapping[str, str]] = {
    "page": {
        "name": "", "needs_script": "", "steps": "", "buttons": "", "may_say": "", "may_touch": "", "only_touch": "",
        "heard": "", "question": "", "welcome": "", "ready": "", "done": "", "goodbye": "", "wake": "",
        "masks": "", "skins": "", "feelings": "", "timers": "",
        "greeting_morning": "", "greeting_day": "", "greeting_evening": "",
    },
    "phase": {
        "idle": "", "briefing": "", "applying": "", "holding": "", "paused": "", "removing": "", "aftercare": "",
        "done": "",
    },
    "activity": {
        "closed": "", "loading": "", "standby": "", "deaf": "", "speaking": "", "hearing": "", "paused": "",
        "listening": "",
    },
    "step": {"place": "number count", "done": "", "left_out": ""},
    "button": {intent.value: "" for intent in BUTTONS},
    "pain": {"title": "", "yes": "", "no": ""},
    "timer": {"name": "", "minutes": "minutes", "one_minute": "", "over": ""},
    "connection": {"connecting": "", "lost": "", "lost_counting": "", "closed": "", "closed_counting": "", "full": ""},
    "command": {"failed": "", "too_fast": "", "keys_off": "", "keys_on": ""},
    "mode": {"name": "", "auto": "", "light": "", "dark": "", "mirror": ""},
    "first": {"scan": "", "type": "url code", "languages": ""},
    "pairing": dict.fromkeys(("title", "how", "code", "connect", "checking", "wrong", "too_often", "failed"), ""),
}  # fmt: skip
_PAGE = "index.html"
_DRAWINGS = "drawings.svg"
_DRAWINGS_HERE = "<!-- drawings -->"
"""The place in the page for the drawings, which have to be inside it to take its colours."""
_WORD = re.compile(r"\{\{([a-z_.]+)\}\}")
"""Finds a placeholder in the page, such as {{button.next}}; single braces are left to the page's script."""


def load_texts(pack: LanguagePack) -> Sentences:
    """Read the texts of the mirror in a language.

    Raises:
        ContentError: the language's file is missing or wrong.
    """
    return pack.sentences("mirror", PLACEHOLDERS)


def page_html(texts: Sentences, language: str) -> bytes:
    """Return the HTML of the page with its texts filled in.

    Args:
        texts: the texts from load_texts.
        language: the language of the texts, such as "en".
    """
    words = {**texts.texts, "language": language}
    static = files("voice_coach") / "mirror" / "static"
    page = _WORD.sub(lambda found: escape(words[found[1]]), (static / _PAGE).read_text(encoding="utf-8"))
    return page.replace(_DRAWINGS_HERE, (static / _DRAWINGS).read_text(encoding="utf-8")).encode()


_KINDS = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
    ".woff2": "font/woff2",
}
_LONG_KEPT = {".woff2"}
"""The kinds of file that a browser may keep for a day; it asks for all others anew, so that an update is seen."""


@dataclass(frozen=True, slots=True)
class StaticFile:
    """The content that is sent for a path; it never changes while the server runs."""

    content: bytes
    media_type: str
    cache_control: str = "no-cache"


def read_files(texts: Sentences, language: str) -> Mapping[str, StaticFile]:
    """Read all files of the page into memory, by path, so that no request has to wait for the disk.

    Args:
        texts: the texts of the page.
        language: the language of the texts, such as "en".
    """
    mirror = files("voice_coach") / "mirror"
    found = {
        "/": StaticFile(page_html(texts, language), "text/html; charset=utf-8"),
        "/openapi.json": StaticFile(_description(), "application/json"),
    }
    for file in (mirror / "static").iterdir():
        kind = PurePath(file.name).suffix
        if file.name not in {_PAGE, _DRAWINGS}:
            kept = "max-age=86400" if kind in _LONG_KEPT else "no-cache"
            found[f"/{file.name}"] = StaticFile(file.read_bytes(), _KINDS[kind], kept)
    return found


def _description() -> bytes:
    """Return the OpenAPI description with the intents filled in that a program can send, and the pictures."""
    text = (files("voice_coach") / "mirror" / "openapi.json").read_text(encoding="utf-8")
    values = {
        "commands": [intent.value for intent in COMMANDS],
        "timed": sorted(intent.value for intent in TIMED),
        "valued": [intent.value for intent in VALUES],
        "named": [intent.value for intent in TIMER_INTENTS],
        "skins": list(VALUES[Intent.SKIN]),
        "feelings": list(VALUES[Intent.FELT]),
        "people": list(VALUES[Intent.PERSON]),
        "pictures": ["", *PICTURES],
    }
    for name, allowed in values.items():
        text = text.replace(f'"{{{{{name}}}}}"', json.dumps(allowed))
    return text.encode()
