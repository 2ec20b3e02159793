"""Sentences of one language by their names, such as "clock.set", with placeholders to be filled."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from voice_coach.schema import Field, Table, Template, Text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from voice_coach.schema import Document

    Placeholders = Mapping[str, Mapping[str, str]]
    """By table and name: the placeholders of a sentence, separated by spaces."""


@dataclass(frozen=True, slots=True)
class Sentences:
    """All sentences of a file."""

    texts: Mapping[str, str]
    """By table and name, joined by a dot."""

    def say(self, name: str, /, **values: object) -> str:
        """A sentence, its placeholders filled with these values."""
        return self.texts[name].format(**values)


def sentences_schema(placeholders: Placeholders, **others: Field) -> Table:
    """The schema of a file of sentences: a table of complete sentences for each of `placeholders`.

    Args:
        placeholders: of every sentence that there must be.
        others: what else stands in the file.
    """
    tables = {
        title: Table(
            {name: Field(Template(frozenset(names.split())), is_required=True) for name, names in table.items()}
        )
        for title, table in placeholders.items()
    }
    return Table(
        {"language": Field(Text(2), is_required=True), **others}
        | {title: Field(table, is_required=True) for title, table in tables.items()}
    )


def read_sentences(file: Document, placeholders: Placeholders) -> Sentences:
    """The sentences of a file that `sentences_schema` allows."""
    return Sentences(
        {f"{title}.{name}": file.table(title).text(name) for title, table in placeholders.items() for name in table}
    )
