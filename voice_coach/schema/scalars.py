"""The types of single values in a schema (truth values, numbers, texts, choices), and the mistakes that types find.

A type finds every mistake of a value.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from voice_coach.errors import did_you_mean, shown

if TYPE_CHECKING:
    from collections.abc import Iterator


ValuePath = tuple[str | int, ...]
"""The names and positions (from 0) that lead to a value in a document, such as ("steps", 2, "only")."""


@dataclass(frozen=True, slots=True)
class Mistake:
    """One mistake in a file or a flag."""

    path: ValuePath
    what: str
    remedy: str
    line: int = 0
    """The line, from 1; 0 when it is not known, and for a mistake of the file as a whole."""

    @property
    def sentence(self) -> str:
        """One sentence that tells the mistake and its remedy."""
        mark = "" if self.remedy.endswith(("?", "!", ".")) else "."
        return f"{self.what}; {self.remedy}{mark}"

    @property
    def table(self) -> str:
        """The name of the table that the mistake is in, such as "steps 3"; empty at the top of a document."""
        return " ".join(str(part + 1) if isinstance(part, int) else part for part in self.path[:-1])

    @property
    def sentence_with_table(self) -> str:
        """The sentence, with the name of the table before it."""
        return f"{self.table}: {self.sentence}" if self.table else self.sentence


def label(path: ValuePath) -> str:
    """Return the name of a value for use in a sentence, such as "title", or "steps 3" for the third entry of a list."""
    last = path[-1] if path else "the file"
    return f"{path[-2]} {last + 1}" if isinstance(last, int) and len(path) > 1 else str(last)


_CONTROLS = r"\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff"
"""Invisible characters that change how a text is displayed: controls, line and paragraph separators, directions."""
_SPEAKABLE = f"[^{_CONTROLS}]*"
SPEAKABLE_PATTERN = rf"^{_SPEAKABLE}\S{_SPEAKABLE}$"
"""A regular expression for texts that are not blank and have no control characters."""
_UNSPEAKABLE = re.compile(f"[{_CONTROLS}]")

LINE_HINT = "write a line such as {name} = {example}"
"""The remedy for a value of the wrong type, unless its type has another one."""
_ENTRY_HINT = "write one such as {example}"


class ValueType(Protocol):
    """The interface of all types of a schema."""

    @property
    def allowed(self) -> str:
        """The values that are allowed, worded as a part of a sentence."""

    @property
    def example(self) -> str:
        """An example of a value, as it is written in TOML."""

    @property
    def hint(self) -> str:
        """The remedy for a value of the wrong type; {name} and {example} in it are filled in."""

    @property
    def kinds(self) -> tuple[type, ...]:
        """The Python types of its values."""

    def mistakes(self, value: object, path: ValuePath) -> Iterator[Mistake]:
        """Find all mistakes of a value."""


def mismatch(wanted: ValueType, value: object, path: ValuePath) -> Mistake:
    """Return a Mistake that says that a value is not of the wanted type or not in its range."""
    hint = wanted.hint if isinstance(path[-1], str) or wanted.hint != LINE_HINT else _ENTRY_HINT
    what = f"{label(path)} must be {wanted.allowed}, not {shown(value)}"
    return Mistake(path, what, hint.format(name=path[-1], example=wanted.example))


@dataclass(frozen=True, slots=True)
class Boolean:
    """The type of a truth value."""

    allowed: str = "true or false, without quotes"
    example: str = "true"
    hint: str = LINE_HINT
    kinds: tuple[type, ...] = (bool,)

    def mistakes(self, value: object, path: ValuePath) -> Iterator[Mistake]:
        """Find all mistakes of a value."""
        if not isinstance(value, bool):
            yield mismatch(self, value, path)


@dataclass(frozen=True, slots=True)
class Number:
    """The type of a number in a range, whole or not."""

    lowest: float
    highest: float
    unit: str = ""
    """The unit of the number, such as "minutes"; empty when the value's name tells it."""
    example: str = "15"
    hint: str = LINE_HINT
    kinds: tuple[type, ...] = (int, float)

    @property
    def allowed(self) -> str:
        """The values that are allowed, worded as a part of a sentence."""
        return f"a number{_unit(self.unit)} from {self.lowest:g} to {self.highest:g}"

    def mistakes(self, value: object, path: ValuePath) -> Iterator[Mistake]:
        """Find all mistakes of a value."""
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        if not is_number or not self.lowest <= value <= self.highest:  # type: ignore[operator]  # a number; nan is not
            yield mismatch(self, value, path)


@dataclass(frozen=True, slots=True)
class Integer:
    """The type of a whole number in a range."""

    lowest: int
    highest: int
    unit: str = ""
    """The unit of the number, such as "times a week"; empty when the value's name tells it."""
    example: str = "15"
    hint: str = LINE_HINT
    kinds: tuple[type, ...] = (int,)

    @property
    def allowed(self) -> str:
        """The values that are allowed, worded as a part of a sentence."""
        return f"a whole number{_unit(self.unit)} from {self.lowest} to {self.highest}"

    def mistakes(self, value: object, path: ValuePath) -> Iterator[Mistake]:
        """Find all mistakes of a value."""
        if not isinstance(value, int) or isinstance(value, bool) or not self.lowest <= value <= self.highest:
            yield mismatch(self, value, path)


def _unit(unit: str) -> str:
    return f" of {unit}" if unit else ""


@dataclass(frozen=True, slots=True)
class Text:
    """The type of a text that is not blank and has no characters that cannot be read or spoken."""

    most: int | None = None
    """The largest allowed number of characters; None for any number."""
    example: str = '"..."'
    begins: str = ""
    """A regular expression that the beginning of the text must match; empty when it may begin with anything."""
    hint: str = LINE_HINT
    kinds: tuple[type, ...] = (str,)

    @property
    def allowed(self) -> str:
        """The values that are allowed, worded as a part of a sentence."""
        return "a text" if self.most is None else f"a text of at most {self.most} characters"

    def mistakes(self, value: object, path: ValuePath) -> Iterator[Mistake]:
        """Find all mistakes of a value."""
        if not isinstance(value, str):
            yield mismatch(self, value, path)
        elif not value.strip():
            yield Mistake(path, f"{label(path)} is blank", "write it, or remove the line")
        elif self.most is not None and len(value) > self.most:
            over = len(value) - self.most
            what = f"{label(path)} has {len(value)} characters, but at most {self.most} are allowed"
            yield Mistake(path, what, f"leave {over} out")
        elif found := _UNSPEAKABLE.search(value):
            what = f"{label(path)} has a character that is none to read or speak (U+{ord(found[0]):04X})"
            yield Mistake(path, what, "remove it")
        elif not re.match(self.begins, value):
            yield mismatch(self, value, path)


@dataclass(frozen=True, slots=True)
class Format:
    """The type of a text that a function accepts, such as a network address."""

    allowed: str
    """The values that are allowed, worded as a part of a sentence."""
    accepts: Callable[[str], bool]
    example: str = '"..."'
    hint: str = LINE_HINT
    kinds: tuple[type, ...] = (str,)

    def mistakes(self, value: object, path: ValuePath) -> Iterator[Mistake]:
        """Find all mistakes of a value."""
        if not isinstance(value, str) or not self.accepts(value):
            yield mismatch(self, value, path)


Choices = Sequence[str | int]


@dataclass(frozen=True, slots=True)
class Choice:
    """The type of a value that is one of a few known ones."""

    values: Choices | Callable[[], Choices]
    """The known values, or a function that finds them if that takes time."""
    hint: str = LINE_HINT
    has_quotes: bool = True
    """Whether sentences show the values in quotes, as in a file; flags are written without quotes."""
    accepts: Callable[[str], bool] | None = None
    """A function that accepts further texts besides the known values; None when no others are allowed."""

    @property
    def kinds(self) -> tuple[type, ...]:
        """The Python types of its values."""
        return tuple({type(value) for value in self.known})

    @property
    def known(self) -> Choices:
        """The known values."""
        return self.values() if callable(self.values) else self.values

    @property
    def allowed(self) -> str:
        """The values that are allowed, worded as a part of a sentence."""
        known = self.known
        return f"one of {', '.join(map(shown if self.has_quotes else str, known))}" if len(known) > 1 else self.example

    @property
    def example(self) -> str:
        """An example of a value, as it is written in TOML."""
        return shown(self.known[0])

    def mistakes(self, value: object, path: ValuePath) -> Iterator[Mistake]:
        """Find all mistakes of a value."""
        if not isinstance(value, bool) and value in self.known:
            return
        if isinstance(value, str) and self.accepts and self.accepts(value):
            return
        wrong = mismatch(self, value, path)
        texts = [text for text in self.known if isinstance(text, str)]
        near = did_you_mean(value, texts) if isinstance(value, str) else ""
        yield Mistake(path, wrong.what, near or wrong.remedy)
