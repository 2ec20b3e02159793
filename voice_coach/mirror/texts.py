"""The words of the mirror: their names in content/<language>/mirror.toml, and the page with them in it."""

from __future__ import annotations

import re
from html import escape
from importlib.resources import files
from typing import TYPE_CHECKING

from voice_coach.core.sentences import read_sentences, sentences_schema
from voice_coach.mirror.buttons import BUTTONS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from voice_coach.core.sentences import Sentences
    from voice_coach.language.pack import LanguagePack

PLACEHOLDERS: Mapping[str, Mapping[str, str]] = {
    "page": {
        "name": "", "needs_script": "", "steps": "", "buttons": "", "may_say": "", "heard": "", "question": "",
        "welcome": "",
    },
    "phase": {
        "idle": "", "briefing": "", "applying": "", "holding": "", "paused": "", "removing": "", "aftercare": "",
        "done": "",
    },
    "activity": {
        "closed": "", "loading": "", "deaf": "", "speaking": "", "hearing": "", "paused": "", "listening": "",
    },
    "step": {"place": "number count", "done": "", "left_out": ""},
    "button": {intent.value: "" for intent in BUTTONS},
    "timer": {"name": "", "minutes": "minutes", "one_minute": "", "over": ""},
    "connection": {"connecting": "", "lost": "", "lost_counting": "", "closed": "", "closed_counting": "", "full": ""},
    "command": {"failed": "", "too_fast": ""},
    "mode": {"name": "", "auto": "", "light": "", "dark": "", "mirror": ""},
    "pairing": {"title": "", "how": "", "code": "", "connect": "", "wrong": "", "too_often": "", "failed": ""},
}  # fmt: skip
_WORD = re.compile(r"\{\{([a-z_.]+)\}\}")
"""A placeholder of the page, such as {{button.next}}; a single pair of braces is left to its script."""


def load_texts(pack: LanguagePack) -> Sentences:
    """Read the words of the mirror in a language.

    Raises:
        ContentError: the language's file is missing or wrong.
    """
    return read_sentences(pack.document("mirror", sentences_schema(PLACEHOLDERS)), PLACEHOLDERS)


def page_html(texts: Sentences, language: str) -> bytes:
    """The page, its words filled in.

    Args:
        texts: as load_texts read them.
        language: theirs, such as "en".
    """
    words = {**texts.texts, "language": language}
    page = (files("voice_coach") / "mirror" / "static" / "index.html").read_text(encoding="utf-8")
    return _WORD.sub(lambda found: escape(words[found[1]]), page).encode()
