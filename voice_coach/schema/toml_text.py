"""TOML that a person wrote: its values, and every mistake of its syntax with its line.

A parser stops at the first mistake. Here the line of a mistake is replaced by one that can be read, and the rest is
read on, so that all is told at once.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass, field, replace
from typing import Any

from voice_coach.schema.mistakes import Mistake
from voice_coach.schema.toml_lines import MOST_PARTS, line_of_too_long_name

_MOST_MISTAKES = 30
_MOST_PARSED = 1_000_000
"""Characters that are parsed in all: a text is parsed anew for each mistake, a long one less often."""
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
    """What could be read of a text."""

    content: dict[str, Any]
    mistakes: list[Mistake] = field(default_factory=list)
    is_whole: bool = True
    """Whether all but the mistakes was read; without, only they are known."""
    replaced: frozenset[int] = frozenset()
    """The lines that could not be read: nothing is known of their values."""
    are_all: bool = True
    """False when there were so many mistakes that the rest was not looked at."""


def parse_toml(text: str) -> dict[str, Any] | Mistake:
    """The values of a text, or why it is no TOML; in a time that grows with its length only."""
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
    """Read all that can be read, and tell every mistake; when there are very many, the first ones."""
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
        for number in range(found.line + 1, noticed):  # what stands in an open bracket
            replaced.setdefault(number, 1)
            lines[number - 1] = ""
    else:
        return TomlText({}, mistakes, is_whole=False, are_all=False)
    return TomlText({}, [replace(one, line=one.line or 1) for one in mistakes], is_whole=False)


def _no_toml(line: int, what: str) -> Mistake:
    """The mistake of a text that is no TOML; on line 0 when the parser does not tell."""
    return Mistake((), what, _REMEDY, line)


def _meant(mistake: Mistake, lines: list[str]) -> Mistake:
    """The mistake at the line where it is, in plain words; a parser notices an open bracket or quote much later."""
    line, what = mistake.line, mistake.what
    if "Unterminated" in what:
        line = next((at for at in range(line, 0, -1) if _LONG_QUOTE.search(lines[at - 1])), line)
    elif opening := _open_list(lines[: max(0, line - 1)]):
        line, what = opening, "not TOML (Unclosed array)"
    plain = next((words for begins, words in _PLAIN_WORDS.items() if begins in what), "")
    return _no_toml(line, f"{what}: {plain}" if plain else what)


def _open_list(lines: list[str]) -> int | None:
    """The line of the last statement, when a bracket is still open in it."""
    at = next((at for at in range(len(lines), 0, -1) if _STATEMENT.match(lines[at - 1])), 0)
    rest = "\n".join(lines[at - 1 :]) if at else ""
    return at if rest.count("[") > rest.count("]") else None


def _readable(line: str) -> str:
    """A line of the same name, or the same header, that can be read."""
    if header := _HEADER.match(line):
        return f"{header[1]}{header[2]}{']' * len(header[1])}"
    named = _NAMED.match(line)
    return f'{named[1]} = "?"' if named else ""
