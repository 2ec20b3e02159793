"""What is said and shown in a tuning, and what the person is asked to say."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from voice_coach.core.sentences import read_sentences, sentences_schema
from voice_coach.schema import Array, Field, Text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from voice_coach.core.sentences import Sentences
    from voice_coach.language.pack import LanguagePack

PLACEHOLDERS: Mapping[str, Mapping[str, str]] = {
    "spoken": {
        "greeting": "", "normal": "", "stiff": "", "command": "phrase", "again": "phrase", "one_moment": "",
        "better": "before after count", "same": "after count", "kept": "", "not_kept": "",
    },
    "shown": {
        "be_quiet": "", "say_now": "phrase", "say_now_stiffly": "phrase", "answer_now": "", "hearing": "",
        "not_used": "reason", "keep_this": "", "kept": "", "not_kept": "",
    },
    "report": {
        "said": "", "before": "", "after": "", "stiff_lips": "", "understood": "", "understood_stiff_lips": "",
        "missed": "", "taken_for": "phrases", "taken_for_another": "", "some_of": "some all", "sensitivity": "",
        "gain": "", "voice": "voice distance room", "echo": "milliseconds", "too_loud": "", "favourites": "phrases",
        "settings_suit": "",
    },
}  # fmt: skip
"""The sentences of content/<language>/tuning.toml, and their placeholders."""


@dataclass(frozen=True, slots=True)
class Script:
    """A tuning in one language."""

    commands: tuple[str, ...]
    """Phrases that the person is asked to say, once normally and once with stiff lips."""
    texts: Sentences


def load_script(pack: LanguagePack) -> Script:
    """Read the script of a language.

    Raises:
        ContentError: the language's file is missing or wrong.
    """
    commands = Field(Array(Text()), is_required=True)
    file = pack.document("tuning", sentences_schema(PLACEHOLDERS, commands=commands))
    return Script(file.texts("commands"), read_sentences(file, PLACEHOLDERS))
