"""Sentences of one language by their names, such as "clock.set", with gaps to be filled."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from voice_coach.core.gaps import mistake_in_gaps
from voice_coach.errors import ContentError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from voice_coach.core.document import Document

    Gaps = Mapping[str, Mapping[str, str]]
    """By table and name: the gaps of a sentence, separated by spaces."""


@dataclass(frozen=True, slots=True)
class Sentences:
    """All sentences of a file."""

    texts: Mapping[str, str]
    """By table and name, joined by a dot."""

    def say(self, name: str, /, **gaps: object) -> str:
        """A sentence, its gaps filled."""
        return self.texts[name].format(**gaps)


def parse_sentences(file: Document, gaps: Gaps) -> Sentences:
    """Read sentences; they are complete and leave open what they should, or they can't be read.

    Args:
        file: with a table of sentences for each of `gaps`, and perhaps other things.
        gaps: of every sentence that there must be.

    Raises:
        ContentError: a sentence is missing, unknown or blank, or its gaps are wrong.
    """
    texts = {}
    for title, wanted in gaps.items():
        table = file.table(title)
        table.demand_known(wanted)
        for name, names in wanted.items():
            texts[f"{title}.{name}"] = text = table.text(name)
            if mistake := mistake_in_gaps(text, names.split()):
                raise ContentError(table.says(f"{name} {mistake}"))
    return Sentences(texts)
