"""Types of single values: truth values, numbers, texts, choices.

A type finds every mistake of a value. `json_schema` describes the same limits to editors, `parse_flag` reads a value
from the command line.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from voice_coach.errors import did_you_mean, shown
from voice_coach.schema.mistakes import Mistake, label

if TYPE_CHECKING:
    from collections.abc import Iterator

    from voice_coach.schema.mistakes import ValuePath

_CONTROLS = r"\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff"
"""Characters that nobody reads, but that change a screen: controls, ends of lines and paragraphs, directions."""
_SPEAKABLE = f"[^{_CONTROLS}]*"
SPEAKABLE_PATTERN = rf"^{_SPEAKABLE}\S{_SPEAKABLE}$"
"""The regular expression of a text that is not blank and holds no control."""
_UNSPEAKABLE = re.compile(f"[{_CONTROLS}]")

LINE_HINT = "write a line such as {name} = {example}"
"""The remedy of a value in a file, unless its type gives another one."""
_ENTRY_HINT = "write one such as {example}"


class ValueType(Protocol):
    """What a value may be."""

    @property
    def allowed(self) -> str:
        """What may be written, for a sentence."""

    @property
    def example(self) -> str:
        """A value, as it is written in TOML."""

    @property
    def hint(self) -> str:
        """The remedy of a value of another type; {name} and {example} in it are filled in."""

    @property
    def kinds(self) -> tuple[type, ...]:
        """The Python types of its values."""

    def mistakes(self, value: object, path: ValuePath) -> Iterator[Mistake]:
        """Find all that is wrong with a value."""


def mismatch(wanted: ValueType, value: object, path: ValuePath) -> Mistake:
    """The mistake of a value that is something else than it must be."""
    hint = wanted.hint if isinstance(path[-1], str) or wanted.hint != LINE_HINT else _ENTRY_HINT
    what = f"{label(path)} must be {wanted.allowed}, not {shown(value)}"
    return Mistake(path, what, hint.format(name=path[-1], example=wanted.example))


@dataclass(frozen=True, slots=True)
class Boolean:
    """True or false."""

    allowed: str = "true or false, without quotes"
    example: str = "true"
    hint: str = LINE_HINT
    kinds: tuple[type, ...] = (bool,)

    def mistakes(self, value: object, path: ValuePath) -> Iterator[Mistake]:
        """Find all that is wrong with a value."""
        if not isinstance(value, bool):
            yield mismatch(self, value, path)


@dataclass(frozen=True, slots=True)
class Number:
    """A number in a range, whole or not."""

    lowest: float
    highest: float
    unit: str = ""
    """What it counts, such as "minutes"; empty when its name says so."""
    example: str = "15"
    hint: str = LINE_HINT
    kinds: tuple[type, ...] = (int, float)

    @property
    def allowed(self) -> str:
        """What may be written, for a sentence."""
        return f"a number{_unit(self.unit)} from {self.lowest:g} to {self.highest:g}"

    def mistakes(self, value: object, path: ValuePath) -> Iterator[Mistake]:
        """Find all that is wrong with a value."""
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        if not is_number or not self.lowest <= value <= self.highest:  # type: ignore[operator]  # a number; nan is not
            yield mismatch(self, value, path)


@dataclass(frozen=True, slots=True)
class Integer:
    """A whole number in a range."""

    lowest: int
    highest: int
    unit: str = ""
    """What it counts, such as "times a week"; empty when its name says so."""
    example: str = "15"
    hint: str = LINE_HINT
    kinds: tuple[type, ...] = (int,)

    @property
    def allowed(self) -> str:
        """What may be written, for a sentence."""
        return f"a whole number{_unit(self.unit)} from {self.lowest} to {self.highest}"

    def mistakes(self, value: object, path: ValuePath) -> Iterator[Mistake]:
        """Find all that is wrong with a value."""
        if not isinstance(value, int) or isinstance(value, bool) or not self.lowest <= value <= self.highest:
            yield mismatch(self, value, path)


def _unit(unit: str) -> str:
    return f" of {unit}" if unit else ""


@dataclass(frozen=True, slots=True)
class Text:
    """A text that is not blank and can be read and spoken."""

    most: int | None = None
    """The largest number of characters; None for any."""
    example: str = '"..."'
    begins: str = ""
    """A regular expression of how it must begin; anything when empty."""
    hint: str = LINE_HINT
    kinds: tuple[type, ...] = (str,)

    @property
    def allowed(self) -> str:
        """What may be written, for a sentence."""
        return "a text" if self.most is None else f"a text of at most {self.most} characters"

    def mistakes(self, value: object, path: ValuePath) -> Iterator[Mistake]:
        """Find all that is wrong with a value."""
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
    """A text that a function accepts, such as an address of the network."""

    allowed: str
    """What may be written, for a sentence."""
    accepts: Callable[[str], bool]
    example: str = '"..."'
    hint: str = LINE_HINT
    kinds: tuple[type, ...] = (str,)

    def mistakes(self, value: object, path: ValuePath) -> Iterator[Mistake]:
        """Find all that is wrong with a value."""
        if not isinstance(value, str) or not self.accepts(value):
            yield mismatch(self, value, path)


Choices = Sequence[str | int]


@dataclass(frozen=True, slots=True)
class Choice:
    """One of a few values."""

    values: Choices | Callable[[], Choices]
    """A function when it takes time to find them, which only who asks should pay for."""
    hint: str = LINE_HINT
    has_quotes: bool = True
    """Whether a sentence shows texts in quotes, as in a file; a flag is written without."""
    accepts: Callable[[str], bool] | None = None
    """Whether a text that is not among the values may stand there nevertheless; None for no other."""

    @property
    def kinds(self) -> tuple[type, ...]:
        """The Python types of its values."""
        return tuple({type(value) for value in self.known})

    @property
    def known(self) -> Choices:
        """The values."""
        return self.values() if callable(self.values) else self.values

    @property
    def allowed(self) -> str:
        """What may be written, for a sentence."""
        known = self.known
        return f"one of {', '.join(map(shown if self.has_quotes else str, known))}" if len(known) > 1 else self.example

    @property
    def example(self) -> str:
        """A value, as it is written in TOML."""
        return shown(self.known[0])

    def mistakes(self, value: object, path: ValuePath) -> Iterator[Mistake]:
        """Find all that is wrong with a value."""
        if not isinstance(value, bool) and value in self.known:
            return
        if isinstance(value, str) and self.accepts and self.accepts(value):
            return
        wrong = mismatch(self, value, path)
        texts = [text for text in self.known if isinstance(text, str)]
        near = did_you_mean(value, texts) if isinstance(value, str) else ""
        yield Mistake(path, wrong.what, near or wrong.remedy)
