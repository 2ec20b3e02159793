"""Expressions: the notation for what may be said or written, of the closed grammar and of the patterns for text.

add [another] <minutes> minutes | (two|three) more minutes

Words follow each other; `|` separates alternatives, `( )` groups, `[ ]` is optional, `<name>` is a slot: a named
expression whose words are reported under its name. The notation is a small subset of the JSpeech Grammar Format (JSGF).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


_TOKEN = re.compile(r"\s*(?:([()\[\]|])|<([\w-]+)>|([^\s()\[\]|<>]+))")


class GrammarError(ValueError):
    """A mistake in the notation of an expression."""


@dataclass(frozen=True, slots=True)
class Word:
    """One word; or several words that have other spellings only together ("twelve ounce")."""

    text: str


@dataclass(frozen=True, slots=True)
class Sequence:
    """All parts in their order; an empty sequence stands for no words."""

    parts: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Alternatives:
    """One of several expressions."""

    choices: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Slot:
    """An expression whose words are reported under the slot's name."""

    name: str
    value: Expression


Expression = Word | Sequence | Alternatives | Slot

NOTHING = Sequence(())
"""The expression of the empty sentence."""


def parse_expression(text: str, slots: Mapping[str, Expression] | None = None) -> Expression:
    """Read an expression.

    Args:
        text: the expression, in the notation that this file describes.
        slots: the expression of each `<name>`.

    Raises:
        GrammarError: the expression has a mistake; the message names its place.
    """
    reader = _Reader(text, slots or {})
    expression = reader.alternatives()
    reader.expect_end()
    return expression


def without_slots(expression: Expression) -> Expression:
    """Return an expression of the same sentences that has no slots; what was shared by several parts stays shared."""
    return _without_slots(expression, {})


def _without_slots(expression: Expression, known: dict[int, Expression]) -> Expression:
    """Return an expression without slots.

    Args:
        expression: the expression.
        known: those that were found already, by the identity of what they were made of.
    """
    found = known.get(id(expression))
    if found is None:
        match expression:
            case Word():
                found = expression
            case Sequence(parts):
                found = Sequence(tuple(_without_slots(part, known) for part in parts))
            case Alternatives(choices):
                found = Alternatives(tuple(_without_slots(choice, known) for choice in choices))
            case Slot(_, value):
                found = _without_slots(value, known)
        known[id(expression)] = found
    return found


@cache
def _word(text: str) -> Word:
    """Return the one object of a word, which patterns have in many places."""
    return Word(text)


class _Reader:
    """A recursive descent parser of one expression."""

    def __init__(self, text: str, slots: Mapping[str, Expression]) -> None:
        self._text = text
        self._slots = slots
        self._tokens = self._split(text)
        self._at = 0

    def alternatives(self) -> Expression:
        choices = [self._sequence()]
        while self._take("|"):
            choices.append(self._sequence())
        return choices[0] if len(choices) == 1 else Alternatives(tuple(choices))

    def expect_end(self) -> None:
        if self._at < len(self._tokens):
            raise self._mistake(f"unexpected '{self._tokens[self._at]}'")

    def _sequence(self) -> Expression:
        parts: list[Expression] = []
        while (part := self._part()) is not None:
            parts.append(part)
        return parts[0] if len(parts) == 1 else Sequence(tuple(parts))

    def _part(self) -> Expression | None:
        if self._take("("):
            return self._closed_by(")")
        if self._take("["):
            return Alternatives((NOTHING, self._closed_by("]")))
        token = self._peek()
        if token is None or token in {")", "]", "|"}:
            return None
        self._at += 1
        if not token.startswith("<"):
            return _word(token)
        name = token.strip("<>")
        try:
            return Slot(name, self._slots[name])
        except KeyError:
            raise self._mistake(f"unknown slot {token}") from None

    def _closed_by(self, bracket: str) -> Expression:
        inner = self.alternatives()
        if not self._take(bracket):
            raise self._mistake(f"'{bracket}' is missing")
        return inner

    def _peek(self) -> str | None:
        return self._tokens[self._at] if self._at < len(self._tokens) else None

    def _take(self, token: str) -> bool:
        found = self._peek() == token
        self._at += found
        return found

    def _split(self, text: str) -> list[str]:
        tokens: list[str] = []
        position = 0
        stripped = text.rstrip()
        while position < len(stripped):
            match = _TOKEN.match(stripped, position)
            if match is None:
                message = f"'{stripped[position:].strip()[:12]}' cannot be read in the expression '{text}'"
                raise GrammarError(message)
            bracket, slot, word = match.groups()
            tokens.append(bracket or word or f"<{slot}>")
            position = match.end()
        return tokens

    def _mistake(self, what: str) -> GrammarError:
        return GrammarError(f"{what} at word {self._at + 1} of the expression '{self._text}'")
