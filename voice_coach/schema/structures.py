"""Types of values that hold others: lists, tables, and what may be either of two types."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from voice_coach.errors import did_you_mean, shown
from voice_coach.schema.mistakes import Mistake, label
from voice_coach.schema.placeholders import Template
from voice_coach.schema.scalars import LINE_HINT, Boolean, Choice, Format, Integer, Number, Text, mismatch

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from voice_coach.schema.mistakes import ValuePath


@dataclass(frozen=True, slots=True)
class Array:
    """A list of values of one type."""

    item: AnyType
    most: int | None = None
    """The largest number of values; None for any."""
    least: int = 1
    called: str = ""
    """What a sentence calls the list; with it, a wrong value makes the list as a whole a mistake."""
    written: str = ""
    """The example, as it is written in TOML; made from that of the values when empty."""
    hint: str = LINE_HINT
    kinds: tuple[type, ...] = (list,)

    @property
    def allowed(self) -> str:
        """What may be written, for a sentence."""
        if self.called:
            return self.called
        least_to_most = f"{self.least} to {self.most}" if self.least != self.most else str(self.most)
        number = f"at least {self.least}" if self.most is None else least_to_most
        return f"a list of {number}, each {self.item.allowed}"

    @property
    def example(self) -> str:
        """A value, as it is written in TOML."""
        return self.written or f"[{self.item.example}]"

    def mistakes(self, value: object, path: ValuePath) -> Iterator[Mistake]:
        """Find all that is wrong with a value."""
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
    """A value of one type or of another one, which differ in their Python types."""

    first: AnyType
    second: AnyType
    hint: str = LINE_HINT

    @property
    def kinds(self) -> tuple[type, ...]:
        """The Python types of its values."""
        return (*self.first.kinds, *self.second.kinds)

    @property
    def allowed(self) -> str:
        """What may be written, for a sentence."""
        return f"{self.first.allowed}, or {self.second.allowed}"

    @property
    def example(self) -> str:
        """A value, as it is written in TOML."""
        return self.first.example

    def mistakes(self, value: object, path: ValuePath) -> Iterator[Mistake]:
        """Find all that is wrong with a value."""
        meant = next((one for one in (self.first, self.second) if _is_of(value, one.kinds)), None)
        if meant is None:
            yield mismatch(self, value, path)
            return
        of_meant = mismatch(meant, value, path).what
        for one in meant.mistakes(value, path):
            yield mismatch(self, value, path) if one.what == of_meant else one


def _is_of(value: object, kinds: tuple[type, ...]) -> bool:
    """Whether a value is of one of the Python types; a truth value is no number, though Python says so."""
    return bool in kinds if isinstance(value, bool) else isinstance(value, kinds)


@dataclass(frozen=True, slots=True)
class Field:
    """A value of a table."""

    type: AnyType
    note: str = ""
    """What it is for, as editors show it."""
    is_required: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """Named values."""

    fields: Mapping[str, Field] = field(default_factory=dict)
    others: AnyType | None = None
    """The type of values of any other names; None when there may be none."""
    entry: str = ""
    """What a sentence about an unknown name calls a value of this table, such as "setting"."""
    hint: str = LINE_HINT
    kinds: tuple[type, ...] = (dict,)

    @property
    def allowed(self) -> str:
        """What may be written, for a sentence."""
        return f"a table with {', '.join(self.fields)}" if self.fields else "a table"

    @property
    def example(self) -> str:
        """A value, as it is written in TOML."""
        required = {name: one for name, one in self.fields.items() if one.is_required}
        return f"{{ {', '.join(f'{name} = {one.type.example}' for name, one in required.items())} }}"

    def mistakes(self, value: object, path: ValuePath) -> Iterator[Mistake]:
        """Find all that is wrong with a value."""
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
"""Any of the types that a schema is made of."""
