"""TOML files that people write: finds all their mistakes of syntax, and the lines of their values.

Python's parser stops at the first mistake. `read_toml` replaces the line of a mistake by a correct one and parses the
text again, so that a person is told all mistakes at once. `lines_of` also takes texts with mistakes: it skips the rest
of a line that it cannot read.
"""

from __future__ import annotations

import re
import tomllib
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from voice_coach.schema.scalars import Mistake

if TYPE_CHECKING:
    from collections.abc import Mapping

    from voice_coach.schema.scalars import ValuePath


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
"""The tokens of TOML; a text without a closing quote ends with its line, so that nothing is read twice."""
_MARKS = frozenset("[]{}=,.\n")
_DEEPEST = 50
"""Brackets that may be nested in each other; the content of deeper ones is skipped."""
MOST_PARTS = 16
"""Parts that a name such as `steps.skin` may have: the time to read a name grows with the square of their number."""


def lines_of(text: str) -> Mapping[ValuePath, int]:
    """Return the line of every value, table and entry of a list in a TOML text, from 1."""
    reading = _Reading(_tokens(text))
    reading.read()
    return reading.lines


def line_of_too_long_name(text: str) -> int | None:
    """Return the first line, from 1, on which a name has more than MOST_PARTS parts; None when there is none."""
    lines = text.split("\n")
    if not any(line.count(".") >= MOST_PARTS for line in lines):  # a fast check that suffices nearly always
        return None
    dots = 0
    for part, line in _tokens(text):
        dots = dots + 1 if part == "." else 0 if part in _MARKS else dots
        if dots >= MOST_PARTS:
            return line
    return None


def line_of(path: ValuePath, lines: Mapping[ValuePath, int]) -> int:
    """Return the line of a value; for a missing value the line of the table that lacks it, or 1."""
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


class _NotReadable(Exception):  # noqa: N818 - caught a few lines on: the rest of the line is skipped
    """A statement is not valid TOML."""


@dataclass
class _Reading:
    """A pass over the tokens of a TOML text that notes the line of each value."""

    tokens: list[tuple[str, int]]
    lines: dict[ValuePath, int] = field(default_factory=dict)
    _at: int = 0
    _counts: dict[ValuePath, int] = field(default_factory=dict)
    """The number of tables that each list of tables has so far."""

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
        """Return the path of the table that a name refers to: for a list of tables, its last table."""
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


_MOST_MISTAKES = 30
_MOST_PARSED = 1_000_000
"""Characters to parse in all: a text is parsed again after each mistake, so a long one is parsed fewer times."""
_POSITION = re.compile(r" \(at (?:line (\d+), column \d+|end of document)\)$")
_NAMED = re.compile(r"""^\s*("[^"]*"|'[^']*'|[\w.-]+)""")
_HEADER = re.compile(r"^\s*(\[\[?)\s*([\w.-]+)")
_PLAIN_WORDS = {
    "Cannot overwrite a value": "the name is there already",
    "Cannot declare": "the table is there already",
    "Invalid value": "the value is none; a text needs quotes",
    "Illegal character '\\n'": "a quote or a bracket is not closed",
    "Unclosed array": "a bracket [ is not closed",
    "Unterminated string": "a quote is not closed",
}
_REMEDY = 'write a name, "=" and a value, and texts in quotes'
_STATEMENT = re.compile(r"""^\s*["'\w.-]+\s*=""")
_LONG_QUOTE = re.compile(r"\"\"\"|'''")


@dataclass(frozen=True, slots=True)
class TomlText:
    """The content of a TOML text, as far as it could be read, and its mistakes of syntax."""

    content: dict[str, Any]
    mistakes: list[Mistake] = field(default_factory=list)
    is_whole: bool = True
    """Whether `content` has everything but the lines with mistakes; when False, it is empty."""
    replaced: frozenset[int] = frozenset()
    """The lines that could not be read and whose values are not known."""
    are_all: bool = True
    """Whether `mistakes` has all of them; False when there were so many that the rest was not read."""


def parse_toml(text: str) -> dict[str, Any] | Mistake:
    """Parse a text, and return its values, or its first mistake; the time grows only with its length."""
    if line := line_of_too_long_name(text):
        return _no_toml(line, f"a name of more than {MOST_PARTS} parts")
    try:
        return tomllib.loads(text)
    except RecursionError:
        return _no_toml(0, "too many brackets")
    except tomllib.TOMLDecodeError as error:
        position = _POSITION.search(str(error))
        line = int(position[1]) if position and position[1] else text.count("\n") + 1 if position else 0
        return _no_toml(line, f"not TOML ({_POSITION.sub('', str(error))})")
    except ValueError:  # Python reads no number of more than 4,300 digits
        return _no_toml(0, "a number that is too long")


def read_toml(text: str) -> TomlText:
    """Read a text as far as possible and find all its mistakes of syntax, or the first ones of very many."""
    lines = text.split("\n")
    mistakes: list[Mistake] = []
    replaced: dict[int, int] = {}
    for _ in range(min(_MOST_MISTAKES, 1 + _MOST_PARSED // (1 + len(text)))):
        found = parse_toml("\n".join(lines))
        if isinstance(found, dict):
            return TomlText(found, mistakes, replaced=frozenset(replaced))
        noticed, found = found.line, _meant(found, lines)
        times = replaced.get(found.line, 0)
        if not times and found.line - 1 not in replaced:  # else it follows from the one before
            mistakes.append(found)
        if found.line == 0 or times > 1 or "Unterminated" in found.what:
            break
        replaced[found.line] = times + 1
        lines[found.line - 1] = "" if times else _readable(lines[found.line - 1])
        for number in range(found.line + 1, noticed):  # the lines inside an open bracket
            replaced.setdefault(number, 1)
            lines[number - 1] = ""
    else:
        return TomlText({}, mistakes, is_whole=False, are_all=False)
    return TomlText({}, [replace(one, line=one.line or 1) for one in mistakes], is_whole=False)


def _no_toml(line: int, what: str) -> Mistake:
    """Return a Mistake that says that a text is not valid TOML; the line is 0 when the parser does not tell it."""
    return Mistake((), what, _REMEDY, line)


def _meant(mistake: Mistake, lines: list[str]) -> Mistake:
    """Put a mistake into plain words and on the line that it is on; the parser notices an open bracket much later."""
    line, what = mistake.line, mistake.what
    if "Unterminated" in what:
        line = next((at for at in range(line, 0, -1) if _LONG_QUOTE.search(lines[at - 1])), line)
    elif opening := _open_list(lines[: max(0, line - 1)]):
        line, what = opening, "not TOML (Unclosed array)"
    plain = next((words for begins, words in _PLAIN_WORDS.items() if begins in what), "")
    return _no_toml(line, f"{what}: {plain}" if plain else what)


def _open_list(lines: list[str]) -> int | None:
    """Return the line of the last statement if a bracket in it is not closed; else None."""
    at = next((at for at in range(len(lines), 0, -1) if _STATEMENT.match(lines[at - 1])), 0)
    rest = "\n".join(lines[at - 1 :]) if at else ""
    return at if rest.count("[") > rest.count("]") else None


def _readable(line: str) -> str:
    """Return a correct line with the same name or header, to replace a line with a mistake."""
    if header := _HEADER.match(line):
        return f"{header[1]}{header[2]}{']' * len(header[1])}"
    named = _NAMED.match(line)
    return f'{named[1]} = "?"' if named else ""
