"""The line of each value of a TOML text, which no parser for Python tells.

The text need not be correct: what cannot be read is passed over to the end of its line.
"""

from __future__ import annotations

import re
import tomllib
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from voice_coach.schema.mistakes import ValuePath

_TOKENS = re.compile(
    r'''
      """(?:\\.|[^\\])*?"{3,5} | \'\'\'.*?'{3,5}                                        # long texts
    | "(?:\\.|[^"\\\n])*+"? | '[^'\n]*+'?                                             # texts
    | \#[^\n]*                                                                       # a comment
    | [\[\]{}=,.\n]                                                                  # marks
    | [^\s"'\#\[\]{}=,.]+                                                            # a bare word
    ''',
    re.VERBOSE | re.DOTALL,
)
"""A text that is not closed ends with its line, so that none is read twice."""
_MARKS = frozenset("[]{}=,.\n")
_DEEPEST = 50
"""Brackets within brackets; deeper ones are passed over."""
MOST_PARTS = 16
"""Parts of a name such as `steps.skin`: what reads a name takes the square of their number."""


def lines_of(text: str) -> Mapping[ValuePath, int]:
    """The line of every name, table and entry of a list, from 1."""
    reading = _Reading(_tokens(text))
    reading.read()
    return reading.lines


def line_of_too_long_name(text: str) -> int | None:
    """The first line on which a name has more than MOST_PARTS parts, from 1; None when none has."""
    lines = text.split("\n")
    if not any(line.count(".") >= MOST_PARTS for line in lines):  # nearly always, and at once
        return None
    dots = 0
    for part, line in _tokens(text):
        dots = dots + 1 if part == "." else 0 if part in _MARKS else dots
        if dots >= MOST_PARTS:
            return line
    return None


def line_of(path: ValuePath, lines: Mapping[ValuePath, int]) -> int:
    """The line of a path; for what is missing that of the table in which it is missed."""
    while path and path not in lines:
        path = path[:-1]
    return lines.get(path, 1)


def _tokens(text: str) -> list[tuple[str, int]]:
    tokens, line, end = [], 1, 0
    for found in _TOKENS.finditer(text):
        line += text.count("\n", end, found.start())
        end = found.start()
        if not found[0].startswith("#"):
            tokens.append((found[0], line))
    return tokens


class _NotReadable(Exception):  # noqa: N818 - caught a few lines on: the rest of the line is passed over
    """No TOML."""


@dataclass
class _Reading:
    tokens: list[tuple[str, int]]
    lines: dict[ValuePath, int] = field(default_factory=dict)
    _at: int = 0
    _counts: dict[ValuePath, int] = field(default_factory=dict)
    """How many tables a list of tables has so far."""

    def read(self) -> None:
        """Note the lines of all statements."""
        table: ValuePath = ()
        while self._at < len(self.tokens):
            with suppress(_NotReadable):
                if self._peek() == "[":
                    table = self._header()
                elif self._peek() != "\n":
                    self._pair(table, 0)
            while self._at < len(self.tokens) and self._take() != "\n":
                pass

    def _header(self) -> ValuePath:
        line = self._line
        self._take()
        is_list = self._peek() == "["
        if is_list:
            self._take()
        path: ValuePath = ()
        for name in self._names():
            path = self._last_of((*path, name))
            self.lines.setdefault(path, line)
        if is_list:
            whole = path[:-1] if isinstance(path[-1], int) else path
            path = (*whole, self._counts.setdefault(whole, 0))
            self._counts[whole] += 1
            self.lines.setdefault(whole, line)
        self.lines[path] = line
        return path

    def _last_of(self, path: ValuePath) -> ValuePath:
        """The table that a name stands for: of a list of tables the last one."""
        count = self._counts.get(path)
        return (*path, count - 1) if count else path

    def _pair(self, table: ValuePath, depth: int) -> None:
        line = self._line
        path = table
        for name in self._names():
            path = (*path, name)
            self.lines.setdefault(path, line)
        if self._take() != "=":
            raise _NotReadable
        self._value(path, depth)

    def _names(self) -> list[str]:
        names = [self._name()]
        while self._peek() == ".":
            self._take()
            names.append(self._name())
            if len(names) > MOST_PARTS:
                raise _NotReadable
        return names

    def _name(self) -> str:
        name = self._take()
        if name in _MARKS:
            raise _NotReadable
        with suppress(ValueError):
            return str(tomllib.loads(f"name = {name}")["name"]) if name[0] in "\"'" else name
        return name

    def _value(self, path: ValuePath, depth: int) -> None:
        if depth > _DEEPEST:
            raise _NotReadable
        match self._take():
            case "[":
                self._entries(path, depth)
            case "{":
                while not self._closes("}"):
                    self._pair(path, depth + 1)
            case "\n" | "=" | "]" | "}" | ",":
                raise _NotReadable
            case _:
                while self._peek() not in _MARKS or self._peek() == ".":  # a float, a date and a time
                    self._take()

    def _entries(self, path: ValuePath, depth: int) -> None:
        position = 0
        while not self._closes("]"):
            self.lines[*path, position] = self._line
            self._value((*path, position), depth + 1)
            position += 1

    def _closes(self, bracket: str) -> bool:
        while self._peek() in {"\n", ","}:
            self._take()
        if self._peek() != bracket:
            return False
        self._take()
        return True

    @property
    def _line(self) -> int:
        return self.tokens[self._at][1] if self._at < len(self.tokens) else 1

    def _peek(self) -> str:
        if self._at >= len(self.tokens):
            raise _NotReadable
        return self.tokens[self._at][0]

    def _take(self) -> str:
        token = self._peek()
        self._at += 1
        return token
