"""Patterns of text: expressions (see `schema/expressions.py`) that are compiled to regular expressions.

A `<name>` in a pattern stands for the pattern or the slot of that name. The regular expressions match texts in which
every word, also the last one, is followed by a space.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from voice_coach.errors import ContentError
from voice_coach.language.normalization import plain_words
from voice_coach.schema import GrammarError, parse_expression
from voice_coach.schema.expressions import NOTHING, Alternatives, Sequence, Slot, Word

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from voice_coach.language.normalization import Normaliser
    from voice_coach.schema import Expression


class _NamedExpressions(dict[str, "Expression"]):
    """The expression of each name in a pattern, read when it is first needed."""

    def __init__(self, parts: Mapping[str, str], slots: Mapping[str, Collection[str]]) -> None:
        words = {name: (Sequence(tuple(map(Word, text.split()))) for text in texts) for name, texts in slots.items()}
        super().__init__({name: Alternatives(tuple(texts)) for name, texts in words.items()})
        self._parts = parts
        self._being_read: set[str] = set()

    def __missing__(self, name: str) -> Expression:
        if name in self._being_read:
            msg = f"<{name}> contains itself"
            raise GrammarError(msg)
        self._being_read.add(name)
        self[name] = parse_expression(self._parts[name], self)
        return self[name]


@dataclass(frozen=True, slots=True)
class PatternCompiler:
    """A compiler of patterns to regular expressions, with the named parts and the slots that patterns may use."""

    normaliser: Normaliser
    parts: Mapping[str, str]
    slots: Mapping[str, Collection[str]]
    """The words of each slot; in the regular expression a slot is a capturing group."""
    _named: _NamedExpressions = field(init=False)
    _read: dict[str, Expression] = field(init=False, default_factory=dict)
    """The patterns that have been read; each is needed as text, for the regular expression and for the ears."""

    def __post_init__(self) -> None:
        """Get the named expressions ready to be read."""
        object.__setattr__(self, "_named", _NamedExpressions(self.parts, self.slots))

    def expression(self, pattern: str) -> Expression:
        """Return the expression of a pattern, with what its names stand for.

        Raises:
            ContentError: the pattern is malformed, or names a part that does not exist or contains itself.
        """
        try:
            if pattern not in self._read:
                self._read[pattern] = parse_expression(pattern, self._named)
            return self._read[pattern]
        except GrammarError as error:
            msg = f"The pattern {pattern!r} is malformed: {error}; close every ( and [, and define names under [parts]."
            raise ContentError(msg) from error

    def source(self, pattern: str) -> str:
        """Return the source of the regular expression of a pattern: one group, with a capturing group for each slot.

        Raises:
            ContentError: the pattern is malformed, or names a part that does not exist or contains itself.
        """
        return f"(?:{self._source(self.expression(pattern))})"

    def _source(self, expression: Expression) -> str:
        match expression:
            case Word(text):
                return self._words(text)
            case Sequence(parts):
                return "".join(map(self._source, parts))
            case Alternatives((first, other)) if first == NOTHING:
                return f"(?:{self._source(other)})?"
            case Alternatives(choices):
                return f"(?:{'|'.join(map(self._source, choices))})"
            case Slot(name, value):
                return self._slot(self.slots[name]) if name in self.slots else self._source(value)

    def _words(self, text: str) -> str:
        if text != plain_words(text):
            msg = f"The word {text!r} of a pattern is malformed; use only lower case words."
            raise ContentError(msg)
        return "".join(f"{re.escape(word)} " for word in self.normaliser.normalise(text).split())

    def _slot(self, words: Collection[str]) -> str:
        longest_first = sorted(words, key=len, reverse=True)
        return f"({'|'.join(re.escape(self.normaliser.normalise(word)) for word in longest_first)}) "
