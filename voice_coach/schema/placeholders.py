"""Texts with placeholders: names in braces, such as {time}, that are filled in when the text is said."""

from __future__ import annotations

from dataclasses import dataclass
from string import Formatter
from typing import TYPE_CHECKING

from voice_coach.schema.scalars import LINE_HINT, Mistake, Text, label

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from voice_coach.schema.scalars import ValuePath


def placeholders_of(text: str) -> set[str]:
    """Return the names of a text's placeholders.

    Raises:
        ValueError: there is a brace too many or too few, or a placeholder holds more than a name.
    """
    names = set()
    for _, name, form, conversion in Formatter().parse(text):
        if form or conversion:
            message = f"more than a name stands in a placeholder: {name}"
            raise ValueError(message)
        if name is not None:
            names.add(name)
    return names


def placeholder_mistake(text: str, required: Collection[str], optional: Collection[str] = ()) -> tuple[str, str] | None:
    """Check a text's placeholders, and return the first mistake and its remedy; None when there is no mistake.

    The mistake is worded as the end of a sentence, such as "leaves {time} out".

    Args:
        text: the text with placeholders.
        required: the names of placeholders that it must have.
        optional: the names of placeholders that it may have.
    """
    try:
        used = placeholders_of(text)
    except ValueError:
        return "has a brace too many or too few, or more than a name in one", "write placeholders as {name}"
    for name in sorted(set(required) - used):
        return f"leaves {{{name}}} out", "put it in"
    for name in sorted(used - set(required) - set(optional)):
        return f"uses {{{name}}}, which nothing fills", "remove it"
    return None


@dataclass(frozen=True, slots=True)
class Template:
    """The type of a text with placeholders."""

    required: frozenset[str] = frozenset()
    """The names of placeholders that the text must have."""
    optional: frozenset[str] = frozenset()
    """The names of placeholders that the text may have."""
    allowed: str = "a text"
    example: str = '"..."'
    hint: str = LINE_HINT
    kinds: tuple[type, ...] = (str,)

    def mistakes(self, value: object, path: ValuePath) -> Iterator[Mistake]:
        """Find all mistakes of a value."""
        of_the_text = list(Text().mistakes(value, path))
        yield from of_the_text
        if isinstance(value, str) and not of_the_text and (wrong := self._wrong(value)):
            yield Mistake(path, f"{label(path)} {wrong[0]}", wrong[1])

    def _wrong(self, text: str) -> tuple[str, str] | None:
        return placeholder_mistake(text, self.required, self.optional)
