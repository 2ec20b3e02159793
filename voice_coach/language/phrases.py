"""The phrase book: every wording that is listened for, and how its file is read."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from typing import TYPE_CHECKING

from voice_coach.language.intents import MINUTE_INTENTS, SLOTS, Intent, may_go_together
from voice_coach.schema import Array, Choice, Field, Integer, Table, Template, Text, read_document

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from voice_coach.schema import Document

    Names = Mapping[str, Sequence[str]]


@dataclass(frozen=True, slots=True)
class Phrase:
    """One wording of one intent, all slots filled in."""

    text: str
    """Lower case words, single spaces, apostrophes kept, no other punctuation."""
    intent: Intent
    minutes: int | None = None
    """The number spoken, for intents that carry one; None when none was said."""
    slot_value: str = ""
    """What its slot names, for intents that have one; empty when it names nothing."""
    next_command: Intent | None = None
    """What is wished in the same breath (see `combine`)."""

    @property
    def word_count(self) -> int:
        """How many words the wording has."""
        return len(self.text.split())


@dataclass(frozen=True)
class PhraseBook:
    """All phrases of one language."""

    language: str
    phrases: tuple[Phrase, ...]
    shipped: PhraseBook | None = None
    """The part that ships with the coach, of a book that has phrases of a person's own; None when it has none."""

    @cached_property
    def by_text(self) -> Mapping[str, Phrase]:
        """The phrase of a wording."""
        return {phrase.text: phrase for phrase in self.phrases}

    @cached_property
    def texts(self) -> tuple[str, ...]:
        """All wordings, in the book's order."""
        return tuple(phrase.text for phrase in self.phrases)


_MINUTES = "<minutes>"
_SLOT = re.compile(r"<(\w+)>")
_SINGULAR_OR_PLURAL = re.compile(r"\{([^{}|]*)\|([^{}|]+)\}")
_ONLY_PLURAL = "{|"
_WORDS = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)*(?: [^\W\d_]+(?:'[^\W\d_]+)*)*")

TEXTS = Array(Text())
SLOT_WORDS = Table({name: Field(Table(others=TEXTS)) for name in sorted(set(SLOTS.values()))})
"""For each slot its values, and the words of each."""
NUMBERS = Table(others=Integer(1, 60, "minutes"))
"""Words, and the minutes that they stand for."""
_INTENT = Field(Choice([intent.value for intent in Intent]), is_required=True)
_SPOKEN = Field(TEXTS, is_required=True)
_GIST = Table({"keys": _SPOKEN, "allows": Field(Text(), is_required=True)})
SUGGESTED = frozenset(f"say_{intent.value}" for intent in Intent)
"""The placeholders of suggested wordings, which every sentence may have."""


def _intent_table(intent: Intent) -> Table:
    """The schema of what a language says of an intent; it has an answer only if the intent says one."""
    fields = {
        "suggested": Field(Text(), is_required=True),
        "spoken": _SPOKEN,
        "written": Field(TEXTS),
        "gist": Field(_GIST),
    }
    if intent.spec.answer is not None:
        fields["answer"] = Field(Template(frozenset(intent.spec.answer), SUGGESTED), is_required=True)
    return Table(fields)


PHRASES = Table(
    {
        "language": Field(Text(2), is_required=True),
        "numbers": Field(NUMBERS, is_required=True),
        "slots": Field(SLOT_WORDS),
        "intents": Field(
            Table({intent.value: Field(_intent_table(intent), is_required=True) for intent in Intent}), is_required=True
        ),
        "together": Field(Array(Table({"first": _INTENT, "then": _INTENT, "spoken": _SPOKEN}))),
    }
)
"""The file of a language's phrases."""


def parse_phrases(document: Mapping[str, object], step_names: Names | None = None) -> PhraseBook:
    """Make the phrase book of a language from its parsed TOML document.

    Args:
        document: `language`, the table `numbers` (word to minutes), the tables `slots.<name>` (value to its words) and
            a table `intents.<name>` with the list `spoken` for every intent (what else it may have is read by
            `parse_wording` and `parse_understander`). A list of tables `combine`, each with
            `first`, `then` and `spoken`, has two wishes in one breath. In these wordings `<minutes>` stands for every
            number, and `{minute|minutes}` for the word that goes with one and with more; `{|minutes}` leaves one
            out. `<mask>` and the like stand for all words of that slot.
        step_names: What a person's own steps are called, by their ids; besides the words of the file.

    Raises:
        ContentError: something is missing, unknown, malformed or listed twice.
    """
    file = phrases_document(document)
    numbers = file.numbers("numbers")
    slots = slot_words(file, step_names)
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
    return PhraseBook(language=file.text("language"), phrases=tuple(phrases.values()))


def phrases_document(document: Mapping[str, object]) -> Document:
    """Read the file of phrases.

    Raises:
        ContentError: something is missing, unknown or malformed.
    """
    return read_document(document, PHRASES, f"the phrases of language {document.get('language')!r}")


def spoken_wordings(file: Document) -> Iterator[tuple[Intent, tuple[str, ...]]]:
    """Each intent with its wordings, slots not yet filled in."""
    intents = file.table("intents")
    for intent in Intent:
        yield intent, intents.table(intent.value).texts("spoken")


def wording_as_pattern(wording: str) -> str:
    """A wording in the notation of `patterns`."""
    return _SINGULAR_OR_PLURAL.sub(lambda forms: f"({'|'.join(filter(None, forms.groups()))})", wording)


def slot_words(file: Document, step_names: Names | None = None) -> dict[str, dict[str, str]]:
    """For each slot the words that may stand in it, with their values.

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
    for step, names in (step_names or {}).items():
        slots["step"] |= dict.fromkeys(names, step)
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
