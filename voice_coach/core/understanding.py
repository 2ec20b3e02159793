"""Text to what is meant: one intent must explain every word."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from voice_coach.core.document import Document
from voice_coach.core.intents import MINUTE_INTENTS, Intent
from voice_coach.core.normal_form import Normaliser
from voice_coach.core.patterns import PatternCompiler
from voice_coach.core.phrase_book import phrases_document, spoken_wordings, wording_as_pattern

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_MOST_WORDS = 24
"""Longer texts are no commands."""
_MOST_FILLERS = 4
"""Courtesies that may follow each other."""


@dataclass(frozen=True, slots=True)
class Understood:
    """What a text means."""

    intent: Intent | None
    """None when it is no command, or not clearly one."""
    minutes: int | None = None
    """The number of minutes said, for intents that carry one."""


@dataclass(frozen=True, slots=True)
class Understander:
    """All that is needed to understand the text of one language."""

    normaliser: Normaliser
    numbers: Mapping[str, int]
    """Numbers of minutes in words, in normal form."""
    expressions: Mapping[Intent, re.Pattern[str]]
    """What must match a whole text in normal form, every word followed by a space; groups hold the minutes."""


def understand(text: str, understander: Understander) -> Understood:
    """Tell the one intent that explains every word of a text; if several do, or none does, there is none."""
    words = understander.normaliser.normalise(text).split()
    if len(words) > _MOST_WORDS:
        return Understood(intent=None)
    spaced = "".join(f"{word} " for word in words)
    matches = {intent: expression.fullmatch(spaced) for intent, expression in understander.expressions.items()}
    meanings = [(intent, match) for intent, match in matches.items() if match]
    if len(meanings) != 1:
        return Understood(intent=None)
    intent, match = meanings[0]
    return Understood(intent, next((understander.numbers[number] for number in match.groups() if number), None))


def parse_understander(phrases: Mapping[str, object], patterns: Mapping[str, object]) -> Understander:
    """Make the understander of a language from its two parsed TOML documents.

    Args:
        phrases: the document of `parse_phrases`; all its wordings are understood.
        patterns: `fillers` (patterns of courtesies) and the tables `spellings` (normal form to the words it
            replaces), `numbers` (words to minutes, besides those of the phrases), `parts` (named patterns) and
            `intents` (a list of patterns for each). The notation is that of `patterns`, with the slot `<minutes>`.

    Raises:
        ContentError: something is missing, unknown or malformed.
    """
    spoken = phrases_document(phrases)
    meant = Document(patterns, f"the patterns of language {spoken.text('language')!r}")
    numbers = spoken.table("numbers").numbers() | meant.table("numbers").numbers()
    normaliser = Normaliser(_digits(numbers) | _spellings(meant.table("spellings")))
    parts = meant.table("parts")
    compiler = PatternCompiler(
        normaliser, parts={name: parts.text(name) for name in parts.content}, slots={"minutes": numbers}
    )
    fillers = f"{_any_of(meant.texts('fillers'), compiler)}{{0,{_MOST_FILLERS}}}"
    intents = meant.table("intents")
    intents.demand_known(intent.value for intent in Intent)
    return Understander(
        normaliser=normaliser,
        numbers={normaliser.normalise(words): minutes for words, minutes in numbers.items()},
        expressions={
            intent: _expression(
                _any_of((*map(wording_as_pattern, wordings), *intents.texts(intent.value)), compiler), fillers, intent
            )
            for intent, wordings in spoken_wordings(spoken)
        },
    )


def _expression(meant: str, fillers: str, intent: Intent) -> re.Pattern[str]:
    """People say a thing twice ("wait, hold on"); but two numbers of minutes are not one wish."""
    times = "{1}" if intent in MINUTE_INTENTS else "{1,2}"
    return re.compile(f"{fillers}(?:{meant}{fillers}){times}")


def _any_of(sources: Iterable[str], compiler: PatternCompiler) -> str:
    return f"(?:{'|'.join(map(compiler.source, sources))})"


def _digits(numbers: Mapping[str, int]) -> dict[str, str]:
    digits: dict[str, str] = {}
    for words, minutes in numbers.items():
        digits.setdefault(str(minutes), words)
    return digits


def _spellings(table: Document) -> dict[str, str]:
    return {replaced: normal for normal in table.content for replaced in table.texts(normal)}
