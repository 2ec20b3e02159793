"""The types of a schema that are made of other types: lists, tables, and either of two types; and conversions.

A schema is converted to JSON schema, and the text of a flag on the command line to a value.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, assert_never

from voice_coach.errors import did_you_mean, shown
from voice_coach.schema.placeholders import Template
from voice_coach.schema.scalars import (
    LINE_HINT,
    SPEAKABLE_PATTERN,
    Boolean,
    Choice,
    Format,
    Integer,
    Mistake,
    Number,
    Text,
    label,
    mismatch,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from voice_coach.schema.scalars import ValuePath


@dataclass(frozen=True, slots=True)
class Array:
    """The type of a list whose values are all of one type."""

    item: AnyType
    most: int | None = None
    """The largest allowed number of values; None for any number."""
    least: int = 1
    called: str = ""
    """A description of the list for sentences. With it, a mistake is told of the whole list, not of a single value."""
    written: str = ""
    """An example of the list, as it is written in TOML; when empty, it is made of the example of a value."""
    hint: str = LINE_HINT
    kinds: tuple[type, ...] = (list,)

    @property
    def allowed(self) -> str:
        """The values that are allowed, worded as a part of a sentence."""
        if self.called:
            return self.called
        least_to_most = f"{self.least} to {self.most}" if self.least != self.most else str(self.most)
        number = f"at least {self.least}" if self.most is None else least_to_most
        return f"a list of {number}, each {self.item.allowed}"

    @property
    def example(self) -> str:
        """An example of a value, as it is written in TOML."""
        return self.written or f"[{self.item.example}]"

    def mistakes(self, value: object, path: ValuePath) -> Iterator[Mistake]:
        """Find all mistakes of a value."""
        if not isinstance(value, list) or len(value) < self.least:
            yield mismatch(self, value, path)
            return
        if self.most is not None and len(value) > self.most:
            yield Mistake(path, f"{label(path)} has {len(value)} entries", f"keep at most {self.most}")
        wrong = (one for at, item in enumerate(value) for one in self.item.mistakes(item, (*path, at)))
        if not self.called:
            yield from wrong
        elif next(wrong, None):
            yield mismatch(self, value, path)


@dataclass(frozen=True, slots=True)
class Union:
    """The type of a value that is of either of two types, which must differ in their Python types."""

    first: AnyType
    second: AnyType
    hint: str = LINE_HINT

    @property
    def kinds(self) -> tuple[type, ...]:
        """The Python types of its values."""
        return (*self.first.kinds, *self.second.kinds)

    @property
    def allowed(self) -> str:
        """The values that are allowed, worded as a part of a sentence."""
        return f"{self.first.allowed}, or {self.second.allowed}"

    @property
    def example(self) -> str:
        """An example of a value, as it is written in TOML."""
        return self.first.example

    def mistakes(self, value: object, path: ValuePath) -> Iterator[Mistake]:
        """Find all mistakes of a value."""
        meant = next((one for one in (self.first, self.second) if _is_of(value, one.kinds)), None)
        if meant is None:
            yield mismatch(self, value, path)
            return
        of_meant = mismatch(meant, value, path).what
        for one in meant.mistakes(value, path):
            yield mismatch(self, value, path) if one.what == of_meant else one


def _is_of(value: object, kinds: tuple[type, ...]) -> bool:
    """Whether a value is of one of the Python types; unlike in Python, a truth value is not a whole number."""
    return bool in kinds if isinstance(value, bool) else isinstance(value, kinds)


@dataclass(frozen=True, slots=True)
class Field:
    """The declaration of a named value of a table."""

    type: AnyType
    note: str = ""
    """A description of the value that editors show."""
    is_required: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """The type of a table: named values, each with a type of its own."""

    fields: Mapping[str, Field] = field(default_factory=dict)
    others: AnyType | None = None
    """The type of values whose names are not in `fields`; None when no other names are allowed."""
    entry: str = ""
    """The noun for a value of this table in sentences about an unknown name, such as "setting"."""
    hint: str = LINE_HINT
    kinds: tuple[type, ...] = (dict,)

    @property
    def allowed(self) -> str:
        """The values that are allowed, worded as a part of a sentence."""
        return f"a table with {', '.join(self.fields)}" if self.fields else "a table"

    @property
    def example(self) -> str:
        """An example of a value, as it is written in TOML."""
        required = {name: one for name, one in self.fields.items() if one.is_required}
        return f"{{ {', '.join(f'{name} = {one.type.example}' for name, one in required.items())} }}"

    def mistakes(self, value: object, path: ValuePath) -> Iterator[Mistake]:
        """Find all mistakes of a value."""
        if not isinstance(value, dict):
            yield mismatch(self, value, path)
            return
        for name, one in self.fields.items():
            if name in value:
                yield from one.type.mistakes(value[name], (*path, name))
            elif one.is_required:
                yield _missing(one.type, (*path, name))
        for name in (name for name in value if name not in self.fields):
            if self.others is None:
                yield self._unknown(name, path)
            else:
                yield from self.others.mistakes(value[name], (*path, name))

    def _unknown(self, name: str, path: ValuePath) -> Mistake:
        what = f"there is no {self.entry} {shown(name)}" if self.entry else f"{shown(name)} is unknown here"
        use = f"the {self.entry}s are" if self.entry else "use"
        remedy = did_you_mean(name, self.fields) or f"{use} {', '.join(self.fields)}"
        return Mistake((*path, name), what, remedy)


def _missing(wanted: AnyType, path: ValuePath) -> Mistake:
    name = path[-1]
    if isinstance(wanted, Table):
        return Mistake(path, f"the table [{'.'.join(map(str, path))}] is missing", "add it")
    return Mistake(path, f"{name} is missing", f"add a line such as {name} = {wanted.example}")


AnyType = Boolean | Number | Integer | Text | Template | Format | Choice | Array | Union | Table
"""All types that a schema can be made of."""


JsonSchema = dict[str, object]


def json_schema(wanted: AnyType) -> JsonSchema:  # noqa: C901, PLR0911 - a line or two for each type
    """Describe a type as JSON schema, which accepts every value that the type accepts.

    It may accept more: checks that need code, such as whether a text is an address (Format) or has its placeholders
    (Template), are left out.
    """
    match wanted:
        case Boolean():
            return {"type": "boolean"}
        case Number():
            return {"type": "number", "minimum": wanted.lowest, "maximum": wanted.highest}
        case Integer():
            return {"type": "integer", "minimum": wanted.lowest, "maximum": wanted.highest}
        case Text():
            return _text(wanted)
        case Template():
            return {"type": "string", "pattern": SPEAKABLE_PATTERN}
        case Format():
            return {"type": "string"}
        case Choice(accepts=None):
            return {"enum": list(wanted.known)}
        case Choice():
            return {"anyOf": [{"enum": list(wanted.known)}, {"type": "string"}]}
        case Array():
            most = {} if wanted.most is None else {"maxItems": wanted.most}
            return {"type": "array", "minItems": wanted.least, **most, "items": json_schema(wanted.item)}
        case Union():
            return {"anyOf": [json_schema(wanted.first), json_schema(wanted.second)]}
        case Table():
            return _table(wanted)
    assert_never(wanted)


def _text(wanted: Text) -> JsonSchema:
    most = {} if wanted.most is None else {"maxLength": wanted.most}
    begins = {"allOf": [{"pattern": f"^{wanted.begins}"}]} if wanted.begins else {}
    return {"type": "string", **most, "pattern": SPEAKABLE_PATTERN, **begins}


def _table(wanted: Table) -> JsonSchema:
    return {
        "type": "object",
        "additionalProperties": False if wanted.others is None else json_schema(wanted.others),
        "required": [name for name, one in wanted.fields.items() if one.is_required],
        "properties": {
            name: {**({"description": one.note} if one.note else {}), **json_schema(one.type)}
            for name, one in wanted.fields.items()
        },
    }


_SWITCH = {"true": True, "false": False}


def parse_flag(wanted: AnyType, text: str) -> object:
    """Convert a text to a value of a type; a text that cannot be converted is returned as it is."""
    match wanted:
        case Boolean():
            return _SWITCH.get(text.lower(), text)
        case Integer():
            with suppress(ValueError):
                return int(text)
        case Number():
            with suppress(ValueError):
                return float(text)
        case Array():
            return [parse_flag(wanted.item, part.strip()) for part in text.split(",")]
        case _:
            pass
    return text
