"""Reads the tables of content files: every mistake becomes a sentence that says where it is and what to do."""

from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn

from voice_coach.errors import ContentError, did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterable


class Fields:
    """One table of a parsed TOML document."""

    def __init__(self, table: object, where: str, known: Iterable[str]) -> None:
        """Take a table and check its keys.

        Args:
            table: What the document holds there.
            where: How to name the place in a sentence, such as "step 3 of the routine".
            known: The keys it may have.

        Raises:
            ContentError: it is no table, or has a key that is not known.
        """
        self._where = where
        if not isinstance(table, dict):
            self._fail("is missing or no table", "write it as a TOML table.")
        self._table: dict[str, object] = table
        known = tuple(known)
        for key in table:
            if key not in known:
                self._fail(f'has an unknown entry "{key}"', did_you_mean(key, known) or f"use {', '.join(known)}.")

    def text(self, key: str, default: str | None = None) -> str:
        """A text that is not blank; the default may be."""
        value = self._table.get(key, default)
        if not isinstance(value, str) or not (value.strip() or key not in self._table):
            self._fail(f'needs a text as "{key}"', f'add a line {key} = "...".')
        return value

    def texts(self, key: str) -> tuple[str, ...]:
        """A list of texts; an empty one when there is none."""
        value = self._table.get(key, [])
        if not isinstance(value, list) or not all(isinstance(text, str) and text.strip() for text in value):
            self._fail(f'needs a list of texts as "{key}"', f'write {key} = ["...", "..."].')
        return tuple(value)

    def number(self, key: str) -> float:
        """A finite number."""
        value = self._table.get(key)
        if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) < float("inf"):
            self._fail(f'needs a number as "{key}"', f"add a line such as {key} = 15.")
        return float(value)

    def tables(self, key: str) -> tuple[object, ...]:
        """A list of tables that is not empty; what is in them is not looked at."""
        value = self._table.get(key)
        if not isinstance(value, list) or not value:
            self._fail(f"has no {key}", f"add at least one [[{key}]].")
        return tuple(value)

    def table(self, key: str) -> object:
        """Whatever stands there: `Fields` checks it."""
        return self._table.get(key)

    def _fail(self, what: str, remedy: str) -> NoReturn:
        message = f"{self._where} {what}; {remedy}"
        raise ContentError(message[0].upper() + message[1:])
