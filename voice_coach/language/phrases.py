"""The phrase book: all phrases that the coach listens for, and how they are read from a language's phrases.toml."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cached_property
from itertools import chain
from typing import TYPE_CHECKING

from voice_coach.language.intents import MINUTE_INTENTS, SLOTS, Intent, may_go_together
from voice_coach.schema import Array, Choice, Field, Integer, Number, Table, Template, Text, read_document

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from voice_coach.schema import Document

    Names = Mapping[str, Sequence[str]]


@dataclass(frozen=True, slots=True)
class Phrase:
    """One wording of one intent, all slots filled in."""

    text: str
    """The words in lower case with single spaces and apostrophes, without other punctuation."""
    intent: Intent
    minutes: int | None = None
    """The number of minutes in the wording; None when it has none."""
    slot_value: str = ""
    """The value of the slot, such as the id of a step; empty when the wording has none."""
    next_command: Intent | None = None
    """The intent of a second command in the same breath (see `may_go_together`); None when there is none."""

    @property
    def word_count(self) -> int:
        """The number of words of the wording."""
        return len(self.text.split())


@dataclass(frozen=True)
class PhraseBook:
    """All phrases of one language."""

    language: str
    phrases: tuple[Phrase, ...]
    shipped: PhraseBook | None = None
    """The book without the phrases that name steps of a person's own routine; None if it has none."""
    word_thresholds: Mapping[str, float] = field(default_factory=dict, hash=False)
    """The score that a command of one word must have, in nats; how much differs from word to word."""

    @cached_property
    def by_text(self) -> Mapping[str, Phrase]:
        """All phrases by their wordings."""
        return {phrase.text: phrase for phrase in self.phrases}

    @cached_property
    def texts(self) -> tuple[str, ...]:
        """All wordings, in the order of the book."""
        return tuple(phrase.text for phrase in self.phrases)


_MINUTES = "<minutes>"
_SLOT = re.compile(r"<(\w+)>")
_SINGULAR_OR_PLURAL = re.compile(r"\{([^{}|]*)\|([^{}|]+)\}")
_ONLY_PLURAL = "{|"
_WORDS = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)*(?: [^\W\d_]+(?:'[^\W\d_]+)*)*")

TEXTS = Array(Text())
SLOT_WORDS = Table({name: Field(Table(others=TEXTS)) for name in sorted(set(SLOTS.values()))})
"""The schema of the slots: for each slot its values, and the words for each value."""
NUMBERS = Table(others=Integer(1, 60, "minutes"))
"""The schema of a table of number words, each with the number of minutes that it means."""
_WORD_THRESHOLDS = Table(others=Number(0, 20, "nats", example="5.5"))
_INTENT = Field(Choice([intent.value for intent in Intent]), is_required=True)
_SPOKEN = Field(TEXTS, is_required=True)
SUGGESTED = frozenset(f"say_{intent.value}" for intent in Intent)
"""The placeholders of suggested phrases, such as {say_next}; every sentence may use them."""


def _intent_table(intent: Intent) -> Table:
    """Return the schema of an intent's table in phrases.toml; it has `answer` only if the intent's spec has one."""
    fields = {
        "suggested": Field(Text(), is_required=True),
        "spoken": _SPOKEN,
        "written": Field(TEXTS),
    }
    if intent.spec.answer is not None:
        fields["answer"] = Field(Template(frozenset(intent.spec.answer), SUGGESTED), is_required=True)
    return Table(fields)


PHRASES = Table(
    {
        "language": Field(Text(2), is_required=True),
        "numbers": Field(NUMBERS, is_required=True),
        "slots": Field(SLOT_WORDS),
        "purposes": Field(Table({intent.value: Field(Text(), is_required=True) for intent in Intent})),
        "intents": Field(
            Table({intent.value: Field(_intent_table(intent), is_required=True) for intent in Intent}), is_required=True
        ),
        "word_thresholds": Field(_WORD_THRESHOLDS),
        "together": Field(Array(Table({"first": _INTENT, "then": _INTENT, "spoken": _SPOKEN}))),
    }
)
"""The schema of a language's phrases.toml."""


def parse_phrases(document: Mapping[str, object], further: Mapping[str, Names] | None = None) -> PhraseBook:
    """Make the phrase book of a language from its parsed TOML document.

    Args:
        document: has `language`, the table `numbers` (words to minutes), the tables `slots.<name>` (values to their
            words) and for every intent a table `intents.<name>` with the list `spoken`. (Its other keys are read by
            `parse_wording` and `parse_understander`, the table `purposes` by `voice-coach commands`.) Each table of the
            list `together` has wordings of two commands in one breath: `first`, `then` and `spoken`. In wordings,
            `<minutes>` is replaced by every number, `{minute|minutes}` by its first word for one minute and by its
            second word for more, and `<mask>` and the like by every word of that slot. A wording with `{|minutes}` is
            not used for one minute. The table `word_thresholds` is written by scripts/learn-words.
        further: for a slot, words by value that are added to those of the file, such as the names of the steps of a
            person's own routine.

    Raises:
        ContentError: something is missing, unknown, malformed or listed twice.
    """
    file = phrases_document(document)
    numbers = file.numbers("numbers")
    slots = slot_words(file, further)
    phrases: dict[str, Phrase] = {}
    single = (
        phrase
        for intent, wordings in spoken_wordings(file)
        for wording in wordings
        for phrase in _expand(wording, intent, numbers, slots)
    )
    for phrase in chain(single, _in_one_breath(file)):
        _demand_well_formed(phrase, file)
        other = phrases.setdefault(phrase.text, phrase)
        if other is not phrase:
            what = f"{phrase.text!r} stands under {other.intent.value} and {phrase.intent.value}; remove one"
            raise file.error(what)
    return PhraseBook(file.text("language"), tuple(phrases.values()), word_thresholds=file.measures("word_thresholds"))


def phrases_document(document: Mapping[str, object]) -> Document:
    """Check the parsed file phrases.toml against its schema, and return it as a document.

    Raises:
        ContentError: something is missing, unknown or malformed.
    """
    return read_document(document, PHRASES, f"the phrases of language {document.get('language')!r}")


def spoken_wordings(file: Document) -> Iterator[tuple[Intent, tuple[str, ...]]]:
    """Yield each intent with its wordings, in which the slots are not filled in yet."""
    intents = file.table("intents")
    for intent in Intent:
        yield intent, intents.table(intent.value).texts("spoken")


def wording_as_pattern(wording: str) -> str:
    """Convert a wording of phrases.toml to the notation of `patterns`."""
    return _SINGULAR_OR_PLURAL.sub(lambda forms: f"({'|'.join(filter(None, forms.groups()))})", wording)


def slot_words(file: Document, further: Mapping[str, Names] | None = None) -> dict[str, dict[str, str]]:
    """Return for each slot the words that can fill it, each with its value.

    Raises:
        ContentError: the same word has two values.
    """
    tables = file.table("slots")
    slots: dict[str, dict[str, str]] = {}
    for name in dict.fromkeys(SLOTS.values()):
        table = tables.table(name)
        values = {value: table.texts(value) for value in table.content}
        slots[name] = {word: value for value, words in values.items() for word in words}
        if len(slots[name]) < sum(map(len, values.values())):
            raise table.error("a word stands for two values; leave it to one")
    for name, values_of_names in (further or {}).items():
        for value, names in values_of_names.items():
            slots[name] |= dict.fromkeys(names, value)
    return slots


def _expand(
    wording: str, intent: Intent, numbers: Mapping[str, int], slots: Mapping[str, Mapping[str, str]]
) -> Iterator[Phrase]:
    slot = _SLOT.search(wording)
    if slot and intent in SLOTS and slot[1] == SLOTS[intent]:
        for word, value in slots[slot[1]].items():
            yield Phrase(text=wording.replace(slot[0], word), intent=intent, slot_value=value)
        return
    if _MINUTES not in wording or intent not in MINUTE_INTENTS:
        yield Phrase(text=wording, intent=intent)
        return
    for word, minutes in numbers.items():
        if minutes == 1 and _ONLY_PLURAL in wording:
            continue
        text = _SINGULAR_OR_PLURAL.sub(r"\1" if minutes == 1 else r"\2", wording).replace(_MINUTES, word)
        yield Phrase(text=text, intent=intent, minutes=minutes)


def _in_one_breath(file: Document) -> Iterator[Phrase]:
    for table in file.tables("together"):
        first, then = Intent(table.text("first")), Intent(table.text("then"))
        if not may_go_together(first, then):
            raise table.error(f"{first.value} and {then.value} are not safe in one breath; remove them")
        yield from (Phrase(text=text, intent=first, next_command=then) for text in table.texts("spoken"))


def _demand_well_formed(phrase: Phrase, file: Document) -> None:
    if phrase.text != phrase.text.lower() or not _WORDS.fullmatch(phrase.text):
        what = (
            f"the wording {phrase.text!r} of {phrase.intent.value} is malformed; write lower case words with single "
            f"spaces, apostrophes only, numbers as words, and {_MINUTES} only where minutes belong"
        )
        raise file.error(what)
