"""Parsed TOML documents that are checked by a schema, and then read by the names of their values."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, cast

from voice_coach.errors import ContentError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from voice_coach.schema.scalars import Mistake
    from voice_coach.schema.structures import Table

MOST_MISTAKES = 100
"""Mistakes after which a document is not checked any further."""


@dataclass(frozen=True, slots=True)
class Document:
    """A table of a document, with methods that return its values by name.

    The methods check nothing, since `read_document` has checked the whole document. Missing values are empty or None.
    """

    content: Mapping[str, object]
    title: str
    """The place of the table, for errors: the document's title and the names of the tables around it."""

    def __contains__(self, name: str) -> bool:
        return name in self.content

    def text(self, name: str) -> str:
        """Return a text; empty when it is missing."""
        return cast("str", self.content.get(name, ""))

    def texts(self, name: str) -> tuple[str, ...]:
        """Return a list of texts; empty when it is missing."""
        return tuple(cast("list[str]", self.content.get(name, [])))

    def texts_by_name(self) -> dict[str, str]:
        """Return all texts of this table by their names, without the values of other types."""
        return {name: value for name, value in self.content.items() if isinstance(value, str)}

    def boolean(self, name: str) -> bool:
        """Return a truth value; False when it is missing."""
        return self.content.get(name) is True

    def integer(self, name: str) -> int | None:
        """Return a whole number; None when it is missing."""
        return cast("int | None", self.content.get(name))

    def number(self, name: str) -> float | None:
        """Return a number; None when it is missing."""
        return cast("float | None", self.content.get(name))

    def numbers(self, name: str) -> dict[str, int]:
        """Return the whole numbers of a table inside this one, by their names; empty when it is missing."""
        return dict(cast("Mapping[str, int]", self.content.get(name, {})))

    def measures(self, name: str) -> dict[str, float]:
        """Return the numbers, whole or not, of a table inside this one, by their names; empty when it is missing."""
        return {key: float(value) for key, value in cast("Mapping[str, float]", self.content.get(name, {})).items()}

    def table(self, name: str) -> Document:
        """Return a table inside this one; empty when it is missing."""
        return Document(cast("Mapping[str, object]", self.content.get(name, {})), f"{self.title}, {name}")

    def tables(self, name: str) -> tuple[Document, ...]:
        """Return a list of tables; empty when it is missing."""
        tables = cast("list[Mapping[str, object]]", self.content.get(name, []))
        return tuple(Document(one, f"{self.title}, {name} {number}") for number, one in enumerate(tables, start=1))

    def named_tables(self, name: str) -> dict[str, Document]:
        """Return all tables inside a table of this one, by their names."""
        table = self.table(name)
        return {key: table.table(key) for key in table.content}

    def error(self, what: str) -> ContentError:
        """Return an error about a mistake in this table that no schema finds; `what` must end with the remedy."""
        return ContentError(f"In {self.title}: {what}.")


def read_document(content: Mapping[str, object], schema: Table, title: str) -> Document:
    """Check a parsed TOML document by its schema, and return it as a Document.

    Args:
        content: the result of the TOML parser.
        schema: the schema of the document.
        title: the name of the document in errors, such as "the wording".

    Raises:
        ContentError: the document has mistakes; the text has a line for each.
    """
    demand_none(islice(schema.mistakes(content, ()), MOST_MISTAKES), title)
    return Document(content, title)


def demand_none(mistakes: Iterable[Mistake], title: str) -> None:
    """Raise an error if a document has mistakes.

    Raises:
        ContentError: there are mistakes; the text has a line for each.
    """
    if told := [f"In {title}{f', {one.table}' if one.table else ''}: {one.sentence}" for one in mistakes]:
        raise ContentError("\n".join(told))
