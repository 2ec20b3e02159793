"""Parsed TOML documents, read by their schema."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, cast

from voice_coach.errors import ContentError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from voice_coach.schema.mistakes import Mistake
    from voice_coach.schema.structures import Table

MOST_MISTAKES = 100
"""A document with more is not looked at to its end."""


@dataclass(frozen=True, slots=True)
class Document:
    """A table of a document that its schema allows, read by name.

    The methods do not check anything: `read_document` did. Optional values that are missing are empty.
    """

    content: Mapping[str, object]
    title: str
    """Where the table stands, for errors: the file's subject and the names that lead here."""

    def __contains__(self, name: str) -> bool:
        return name in self.content

    def text(self, name: str) -> str:
        """A text."""
        return cast("str", self.content.get(name, ""))

    def texts(self, name: str) -> tuple[str, ...]:
        """A list of texts."""
        return tuple(cast("list[str]", self.content.get(name, [])))

    def texts_by_name(self) -> dict[str, str]:
        """The texts of this table by their names, without its values of other types."""
        return {name: value for name, value in self.content.items() if isinstance(value, str)}

    def boolean(self, name: str) -> bool:
        """A truth value; false when it is missing."""
        return self.content.get(name) is True

    def integer(self, name: str) -> int | None:
        """A whole number; None when it is missing."""
        return cast("int | None", self.content.get(name))

    def number(self, name: str) -> float | None:
        """A number; None when it is missing."""
        return cast("float | None", self.content.get(name))

    def numbers(self, name: str) -> dict[str, int]:
        """A table of whole numbers."""
        return dict(cast("Mapping[str, int]", self.content.get(name, {})))

    def table(self, name: str) -> Document:
        """A table inside this one."""
        return Document(cast("Mapping[str, object]", self.content.get(name, {})), f"{self.title}, {name}")

    def tables(self, name: str) -> tuple[Document, ...]:
        """A list of tables."""
        tables = cast("list[Mapping[str, object]]", self.content.get(name, []))
        return tuple(Document(one, f"{self.title}, {name} {number}") for number, one in enumerate(tables, start=1))

    def named_tables(self, name: str) -> dict[str, Document]:
        """The tables inside a table inside this one, by their names."""
        table = self.table(name)
        return {key: table.table(key) for key in table.content}

    def error(self, what: str) -> ContentError:
        """The error of a mistake in this table that no schema tells; `what` ends with the remedy."""
        return ContentError(f"In {self.title}: {what}.")


def read_document(content: Mapping[str, object], schema: Table, title: str) -> Document:
    """Check a document, so that it can be read.

    Args:
        content: as a TOML parser gives it.
        schema: of the document.
        title: its subject, such as "the wording", for errors.

    Raises:
        ContentError: the schema does not allow it; a line for each mistake.
    """
    demand_none(islice(schema.mistakes(content, ()), MOST_MISTAKES), title)
    return Document(content, title)


def demand_none(mistakes: Iterable[Mistake], title: str) -> None:
    """Raise what is wrong in a document, if anything is.

    Raises:
        ContentError: there are mistakes; a line for each.
    """
    if told := [f"In {title}{f', {one.table}' if one.table else ''}: {one.sentence}" for one in mistakes]:
        raise ContentError("\n".join(told))
