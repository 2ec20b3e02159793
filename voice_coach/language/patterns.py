"""Patterns of words, compiled to regular expressions.

`(a|b)` matches a or b, `[a]` matches a or nothing, `<name>` matches the pattern or the slot of that name. The regular
expressions match texts in which every word, also the last one, is followed by a space.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from voice_coach.errors import ContentError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from voice_coach.language.normalization import Normaliser

_TOKEN = re.compile(r"\s*(?:(?P<sign>[()\[\]|])|<(?P<name>\w+)>|(?P<words>[\w']+))\s*")
_SIGNS = {"(": "(?:", ")": ")", "[": "(?:", "]": ")?", "|": "|"}
_CLOSING = {"(": ")", "[": "]"}


@dataclass(frozen=True, slots=True)
class PatternCompiler:
    """A compiler of patterns to regular expressions, with the named parts and the slots that patterns may use."""

    normaliser: Normaliser
    parts: Mapping[str, str]
    slots: Mapping[str, Collection[str]]
    """The words of each slot; in the regular expression a slot is a capturing group."""

    def source(self, pattern: str) -> str:
        """Return the source of the regular expression of a pattern: one group, with a capturing group for each slot.

        Raises:
            ContentError: the pattern is malformed, or names a part that does not exist or contains itself.
        """
        return self._source(pattern, ())

    def _source(self, pattern: str, inside: tuple[str, ...]) -> str:
        open_brackets: list[str] = []
        pieces = []
        for token in _tokens(pattern):
            if name := token["name"]:
                pieces.append(self._named(name, pattern, inside))
            elif words := token["words"]:
                pieces += [re.escape(word) + " " for word in self.normaliser.normalise(words).split()]
            else:
                sign = token["sign"]
                if sign in _CLOSING:
                    open_brackets.append(_CLOSING[sign])
                elif sign != "|" and (not open_brackets or open_brackets.pop() != sign):
                    raise _malformed(pattern)
                pieces.append(_SIGNS[sign])
        if open_brackets:
            raise _malformed(pattern)
        return f"(?:{''.join(pieces)})"

    def _named(self, name: str, pattern: str, inside: tuple[str, ...]) -> str:
        if slot := self.slots.get(name):
            longest_first = sorted(slot, key=len, reverse=True)
            return f"({'|'.join(re.escape(self.normaliser.normalise(word)) for word in longest_first)}) "
        if name not in self.parts or name in inside:
            msg = (
                f"The pattern {pattern!r} names <{name}>, which contains itself or is missing; define it under [parts]."
            )
            raise ContentError(msg)
        return self._source(self.parts[name], (*inside, name))


def _tokens(pattern: str) -> Iterator[re.Match[str]]:
    position = 0
    while position < len(pattern):
        token = _TOKEN.match(pattern, position)
        if token is None:
            raise _malformed(pattern)
        yield token
        position = token.end()


def _malformed(pattern: str) -> ContentError:
    return ContentError(
        f"The pattern {pattern!r} is malformed; close every ( with ) and every [ with ], use only words."
    )
