"""Content files, already parsed from TOML, read with the errors that their writers need."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from voice_coach.errors import ContentError, did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


@dataclass(frozen=True, slots=True)
class Document:
    """A table of a content file. All methods raise ContentError when what they read is missing or of another type."""

    content: Mapping[str, object]
    title: str
    """Where the table stands, for errors: the file's subject and the names that lead here."""

    def text(self, key: str) -> str:
        """A text that is not blank."""
        value = self.content.get(key)
        if not isinstance(value, str) or not value.strip():
            raise ContentError(self.says(f'{key} must be a text; write {key} = "..."'))
        return value

    def texts(self, key: str) -> tuple[str, ...]:
        """A list of at least one text."""
        value = self.content.get(key)
        if not isinstance(value, list) or not value or not all(isinstance(item, str) for item in value):
            raise ContentError(self.says(f'{key} must be a list of texts; write {key} = ["...", "..."]'))
        return tuple(value)

    def number(self, key: str) -> float:
        """A number."""
        value = self.content.get(key)
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise ContentError(self.says(f"{key} must be a number; write a line such as {key} = 15"))
        return float(value)

    def tables(self, key: str) -> tuple[Document, ...]:
        """A list of at least one table."""
        value = self.content.get(key)
        if not isinstance(value, list) or not value or not all(isinstance(item, dict) for item in value):
            raise ContentError(self.says(f"{key} must be a list of tables; begin each with [[{key}]]"))
        return tuple(Document(item, f"{self.title}, {key} {number}") for number, item in enumerate(value, start=1))

    def table(self, key: str) -> Document:
        """A table inside this one."""
        value = self.content.get(key)
        if not isinstance(value, dict):
            raise ContentError(self.says(f"the table [{key}] is missing; add it"))
        return Document(value, f"{self.title}, {key}")

    def numbers(self) -> dict[str, int]:
        """This whole table, as whole numbers above zero."""
        numbers = {key: value for key, value in self.content.items() if type(value) is int and value > 0}
        if len(numbers) < len(self.content):
            raise ContentError(self.says("every value must be a whole number above zero; correct the others"))
        return numbers

    def demand_known(self, known: Iterable[str]) -> None:
        """Allow no other keys than these."""
        known = sorted(known)
        unknown = sorted(set(self.content) - set(known))
        if unknown:
            hint = did_you_mean(unknown[0], known).rstrip("?") or f"use {', '.join(known)}"
            raise ContentError(self.says(f"unknown: {', '.join(unknown)}; {hint}"))

    def says(self, what: str) -> str:
        """The sentence of an error about this table; `what` says what is wrong and ends with what to do."""
        return f"In {self.title}: {what}."
