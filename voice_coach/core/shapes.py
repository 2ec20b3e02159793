"""What a value of a file may be. A shape finds every mistake of a value, and describes itself to editors.

The description is a JSON schema (https://json-schema.org/draft-07): editors and this program read the same limits.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from voice_coach.core.problems import Place, Problem, label
from voice_coach.errors import did_you_mean, shown

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    Schema = dict[str, object]

_ORDERS = r"\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff"
"""What is not read but orders a screen about: controls, ends of lines and paragraphs, directions."""
_ANY = f"[^{_ORDERS}]*"
_SPEAKABLE = rf"^{_ANY}\S{_ANY}$"
_UNSPEAKABLE = re.compile(f"[{_ORDERS}]")


class Shape(Protocol):
    """What a value may be."""

    @property
    def allowed(self) -> str:
        """What may be written, for a sentence."""

    @property
    def example(self) -> str:
        """A value, as it is written in TOML."""

    def problems(self, value: object, place: Place) -> Iterator[Problem]:
        """All that is wrong with a value."""

    def schema(self) -> Schema:
        """The same as a JSON schema."""


def _mismatch(shape: Shape, value: object, place: Place) -> Problem:
    what = f"{label(place)} must be {shape.allowed}, not {shown(value)}"
    if isinstance(place[-1], str):
        return Problem(place, what, f"write a line such as {place[-1]} = {shape.example}")
    return Problem(place, what, f"write one such as {shape.example}")


@dataclass(frozen=True, slots=True)
class Text:
    """A text that is not blank."""

    most: int
    """Characters."""
    example: str = '"..."'
    begins: str = ""
    """With what it must begin, a regular expression; anything when empty."""

    @property
    def allowed(self) -> str:
        """See Shape."""
        return f"a text of at most {self.most} characters"

    def problems(self, value: object, place: Place) -> Iterator[Problem]:
        """See Shape."""
        if not isinstance(value, str):
            yield _mismatch(self, value, place)
        elif not value.strip():
            yield Problem(place, f"{label(place)} is blank", "write it, or remove the line")
        elif len(value) > self.most:
            over = len(value) - self.most
            what = f"{label(place)} has {len(value)} characters, but at most {self.most} are allowed"
            yield Problem(place, what, f"leave {over} out")
        elif found := _UNSPEAKABLE.search(value):
            what = f"{label(place)} has a character that is none to read or speak (U+{ord(found[0]):04X})"
            yield Problem(place, what, "remove it")
        elif not re.match(self.begins, value):
            yield _mismatch(self, value, place)

    def schema(self) -> Schema:
        """See Shape."""
        begins = {"allOf": [{"pattern": f"^{self.begins}"}]} if self.begins else {}
        return {"type": "string", "maxLength": self.most, "pattern": _SPEAKABLE, **begins}


@dataclass(frozen=True, slots=True)
class Number:
    """A number in a range, whole or not."""

    lowest: int
    highest: int
    unit: str
    example: str
    is_whole: bool = False

    @property
    def allowed(self) -> str:
        """See Shape."""
        kind = "a whole number" if self.is_whole else "a number"
        return f"{kind} of {self.unit} from {self.lowest} to {self.highest}"

    def problems(self, value: object, place: Place) -> Iterator[Problem]:
        """See Shape."""
        kinds = int if self.is_whole else (int, float)
        if not isinstance(value, kinds) or isinstance(value, bool) or not self.lowest <= value <= self.highest:
            yield _mismatch(self, value, place)

    def schema(self) -> Schema:
        """See Shape."""
        return {"type": "integer" if self.is_whole else "number", "minimum": self.lowest, "maximum": self.highest}


@dataclass(frozen=True, slots=True)
class Choice:
    """One of a few values."""

    values: Sequence[str | int]

    @property
    def allowed(self) -> str:
        """See Shape."""
        return f"one of {', '.join(map(shown, self.values))}" if len(self.values) > 1 else self.example

    @property
    def example(self) -> str:
        """See Shape."""
        return shown(self.values[0])

    def problems(self, value: object, place: Place) -> Iterator[Problem]:
        """See Shape."""
        if isinstance(value, bool) or value not in self.values:
            wrong = _mismatch(self, value, place)
            texts = [text for text in self.values if isinstance(text, str)]
            hint = did_you_mean(value, texts) if isinstance(value, str) else ""
            yield Problem(place, wrong.what, hint or wrong.remedy)

    def schema(self) -> Schema:
        """See Shape."""
        return {"enum": list(self.values)}


@dataclass(frozen=True, slots=True)
class Truth:
    """True or false."""

    allowed: str = "true or false, without quotes"
    example: str = "true"

    def problems(self, value: object, place: Place) -> Iterator[Problem]:
        """See Shape."""
        if not isinstance(value, bool):
            yield _mismatch(self, value, place)

    def schema(self) -> Schema:
        """See Shape."""
        return {"type": "boolean"}


@dataclass(frozen=True, slots=True)
class ListOf:
    """A list of at least one value of one shape."""

    item: Shape
    most: int

    @property
    def allowed(self) -> str:
        """See Shape."""
        return f"a list of 1 to {self.most}, each {self.item.allowed}"

    @property
    def example(self) -> str:
        """See Shape."""
        return f"[{self.item.example}]"

    def problems(self, value: object, place: Place) -> Iterator[Problem]:
        """See Shape."""
        if not isinstance(value, list) or not value:
            yield _mismatch(self, value, place)
            return
        if len(value) > self.most:
            yield Problem(place, f"{label(place)} has {len(value)} entries", f"keep at most {self.most}")
        for position, item in enumerate(value):
            yield from self.item.problems(item, (*place, position))

    def schema(self) -> Schema:
        """See Shape."""
        return {"type": "array", "minItems": 1, "maxItems": self.most, "items": self.item.schema()}


@dataclass(frozen=True, slots=True)
class TextOr:
    """A text of one shape, or a value of another one."""

    text: Shape
    other: Shape
    kind: type | tuple[type, ...]
    """The types of the other one."""

    @property
    def allowed(self) -> str:
        """See Shape."""
        return f"{self.other.allowed}, or {self.text.allowed}"

    @property
    def example(self) -> str:
        """See Shape."""
        return self.other.example

    def problems(self, value: object, place: Place) -> Iterator[Problem]:
        """See Shape."""
        if isinstance(value, str):
            found = list(self.text.problems(value, place))
        elif isinstance(value, self.kind):
            found = list(self.other.problems(value, place))
        else:
            found = [_mismatch(self, value, place)]
        for one in found:
            is_of_the_whole = one.place == place and isinstance(self.text, Choice)
            yield _mismatch(self, value, place) if is_of_the_whole else one

    def schema(self) -> Schema:
        """See Shape."""
        return {"anyOf": [self.other.schema(), self.text.schema()]}


@dataclass(frozen=True, slots=True)
class Field:
    """A value of a table."""

    shape: Shape
    note: str
    """What it is for, as editors show it."""
    is_needed: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """Named values."""

    fields: Mapping[str, Field]

    @property
    def allowed(self) -> str:
        """See Shape."""
        return f"a table with {', '.join(self.fields)}"

    @property
    def example(self) -> str:
        """See Shape."""
        needed = {name: one for name, one in self.fields.items() if one.is_needed}
        return f"{{ {', '.join(f'{name} = {one.shape.example}' for name, one in needed.items())} }}"

    def problems(self, value: object, place: Place) -> Iterator[Problem]:
        """See Shape."""
        if not isinstance(value, dict):
            yield _mismatch(self, value, place)
            return
        for name, one in self.fields.items():
            if name in value:
                yield from one.shape.problems(value[name], (*place, name))
            elif one.is_needed:
                remedy = f"add a line such as {name} = {one.shape.example}"
                yield Problem((*place, name), f"{name} is missing", remedy)
        for name in (name for name in value if name not in self.fields):
            hint = did_you_mean(name, self.fields) or f"use {', '.join(self.fields)}"
            yield Problem((*place, name), f"{shown(name)} is unknown here", hint)

    def schema(self) -> Schema:
        """See Shape."""
        return {
            "type": "object",
            "additionalProperties": False,
            "required": [name for name, one in self.fields.items() if one.is_needed],
            "properties": {name: {"description": one.note, **one.shape.schema()} for name, one in self.fields.items()},
        }
