"""Text to what is meant: one intent must explain every word.

A wording or a pattern explains a whole text; where none does, a gist may. What nothing explains, or two intents
explain, is no command: nothing is guessed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from voice_coach.core.document import Document
from voice_coach.core.gist import Gist
from voice_coach.core.intents import MINUTE_INTENTS, SLOTS, Intent
from voice_coach.core.normal_form import Normaliser
from voice_coach.core.patterns import PatternCompiler
from voice_coach.core.phrase_book import phrases_document, slot_words, spoken_wordings, wording_as_pattern

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from voice_coach.core.phrase_book import Names

_MOST_WORDS = 72
"""Longer texts are no commands; a language whose letters count as words has 24 real ones in so many."""
_MOST_FILLERS = 4
"""Courtesies that may follow each other."""


@dataclass(frozen=True, slots=True)
class Understood:
    """What a text means."""

    intent: Intent | None
    """None when it is no command, or not clearly one."""
    minutes: int | None = None
    """The number of minutes said, for intents that carry one."""
    about: str = ""
    """What was named, for intents that have a slot; empty when nothing was."""


@dataclass(frozen=True, slots=True)
class Understander:
    """All that is needed to understand the text of one language."""

    normaliser: Normaliser
    numbers: Mapping[str, int]
    """Numbers of minutes in words, in normal form."""
    slots: Mapping[str, Mapping[str, str]]
    """For each slot its words in normal form, and what they name."""
    fillers: re.Pattern[str]
    """Courtesies, with which a text may begin."""
    expressions: Mapping[Intent, re.Pattern[str]]
    """What must match a whole text in normal form, every word followed by a space; groups hold the minutes."""
    gists: Mapping[Intent, Gist]
    """For texts that no expression matches."""


def understand(text: str, understander: Understander) -> Understood:
    """Tell the one intent that explains every word of a text; if several do, or none does, there is none."""
    words = understander.normaliser.normalise(text).split()
    if len(words) > _MOST_WORDS:
        return Understood(intent=None)
    meanings = _by_expressions(words, understander) or _by_gists(words, understander)
    return meanings[0] if len(meanings) == 1 else Understood(intent=None)


def _by_expressions(words: Sequence[str], understander: Understander) -> list[Understood]:
    spaced = _spaced(words)
    matches = {intent: expression.fullmatch(spaced) for intent, expression in understander.expressions.items()}
    return [_understood(intent, match, understander) for intent, match in matches.items() if match]


def _understood(intent: Intent, match: re.Match[str], understander: Understander) -> Understood:
    words = next(filter(None, match.groups()), "")
    if intent in MINUTE_INTENTS:
        return Understood(intent, understander.numbers.get(words))
    if intent in SLOTS:
        return Understood(intent, about=understander.slots[SLOTS[intent]].get(words, ""))
    return Understood(intent)


def _by_gists(words: Sequence[str], understander: Understander) -> list[Understood]:
    courtesies = understander.fillers.match(_spaced(words))
    words = words[len(courtesies[0].split()) if courtesies else 0 :]
    meanings = []
    for intent, gist in understander.gists.items():
        unexplained = gist.unexplained(words)
        if unexplained == ():
            meanings.append(Understood(intent))
        elif unexplained and intent in MINUTE_INTENTS and (number := " ".join(unexplained)) in understander.numbers:
            meanings.append(Understood(intent, understander.numbers[number]))
    return meanings


def _spaced(words: Sequence[str]) -> str:
    return "".join(f"{word} " for word in words)


def parse_understander(
    phrases: Mapping[str, object], meant: Mapping[str, object], step_names: Names | None = None
) -> Understander:
    """Make the understander of a language from its parsed TOML documents.

    Args:
        phrases: the document of `parse_phrases`; all its wordings are understood.
        meant: `fillers` (patterns of courtesies), `glue` (words that may stand beside every gist) and the tables
            `spellings` (normal form to the words it replaces), `numbers` (words to minutes, besides those of the
            phrases), `parts` (named patterns), `intents` (a list of patterns for each), `words` (named lists) and
            `gists` (for each intent `keys` and `allows`, see `gist`). The notation of patterns is that of
            `patterns`, with the slots of the phrases (`<minutes>`, `<mask>` ...).
        step_names: What a person's own steps are called, by their ids.

    Raises:
        ContentError: something is missing, unknown or malformed.
    """
    spoken = phrases_document(phrases)
    file = Document(meant, f"the understanding of language {spoken.text('language')!r}")
    numbers = spoken.table("numbers").numbers() | file.table("numbers").numbers()
    spellings = _digits(numbers) | _spellings(file.table("spellings"))
    normaliser = Normaliser(spellings, by_letter=file.content.get("by_letter") is True)
    parts = file.table("parts")
    slots = slot_words(spoken, step_names)
    compiler = PatternCompiler(
        normaliser,
        parts={name: parts.text(name) for name in parts.content},
        slots={"minutes": tuple(numbers), **{name: tuple(words) for name, words in slots.items()}},
    )
    fillers = f"{_any_of(file.texts('fillers'), compiler)}{{0,{_MOST_FILLERS}}}"
    return Understander(
        normaliser=normaliser,
        numbers={normaliser.normalise(words): minutes for words, minutes in numbers.items()},
        slots={
            name: {normaliser.normalise(word): value for word, value in words.items()} for name, words in slots.items()
        },
        fillers=re.compile(fillers),
        expressions=_expressions(spoken, _intents(file, "intents"), fillers, compiler),
        gists=_gists(_intents(file, "gists"), file),
    )


def _intents(file: Document, key: str) -> Document:
    table = file.table(key)
    table.demand_known(intent.value for intent in Intent)
    return table


def _expressions(
    spoken: Document, patterns: Document, fillers: str, compiler: PatternCompiler
) -> dict[Intent, re.Pattern[str]]:
    expressions = {}
    for intent, wordings in spoken_wordings(spoken):
        meant = _any_of((*map(wording_as_pattern, wordings), *patterns.texts(intent.value)), compiler)
        # People say a thing twice ("wait, hold on"); but two numbers of minutes are not one wish.
        times = "{1}" if intent in MINUTE_INTENTS else "{1,2}"
        expressions[intent] = re.compile(f"{fillers}(?:{meant}{fillers}){times}")
    return expressions


def _any_of(patterns: Iterable[str], compiler: PatternCompiler) -> str:
    return f"(?:{'|'.join(map(compiler.source, patterns))})"


def _gists(gists: Document, file: Document) -> dict[Intent, Gist]:
    glue = file.text("glue").split()
    lists = file.table("words")
    return {
        Intent(name): Gist(
            keys=tuple(
                tuple(_any_word(word, lists) for word in key.split()) for key in gists.table(name).texts("keys")
            ),
            beside=frozenset([*glue, *gists.table(name).text("allows").split()]),
        )
        for name in gists.content
    }


def _any_word(word: str, lists: Document) -> frozenset[str]:
    return frozenset(lists.text(word[1:-1]).split()) if word.startswith("<") else frozenset({word})


def _digits(numbers: Mapping[str, int]) -> dict[str, str]:
    digits: dict[str, str] = {}
    for words, minutes in numbers.items():
        digits.setdefault(str(minutes), words)
    return digits


def _spellings(table: Document) -> dict[str, str]:
    return {replaced: normal for normal in table.content for replaced in table.texts(normal)}
