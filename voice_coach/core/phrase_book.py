"""From the file of phrases to the phrase book."""

from __future__ import annotations

import re
from itertools import chain
from typing import TYPE_CHECKING

from voice_coach.core.document import Document
from voice_coach.core.intents import MINUTE_INTENTS, SLOTS, Intent
from voice_coach.core.phrases import Phrase, PhraseBook
from voice_coach.core.together import may_go_together
from voice_coach.errors import ContentError, did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    Names = Mapping[str, Sequence[str]]

_MINUTES = "<minutes>"
_SLOT = re.compile(r"<(\w+)>")
_SINGULAR_OR_PLURAL = re.compile(r"\{([^{}|]*)\|([^{}|]+)\}")
_ONLY_PLURAL = "{|"
_OF_AN_INTENT = ("suggested", "answer", "spoken", "written", "gist")
_WORDS = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)*(?: [^\W\d_]+(?:'[^\W\d_]+)*)*")


def parse_phrases(document: Mapping[str, object], step_names: Names | None = None) -> PhraseBook:
    """Make the phrase book of a language from its parsed TOML document.

    Args:
        document: `language`, the table `numbers` (word to minutes), the tables `slots.<name>` (value to its words) and
            a table `intents.<name>` with the list `spoken` for every intent (what else it may have is read by
            `parse_wording` and `parse_understander`). A list of tables `together`, each with
            `first`, `then` and `spoken`, has two wishes in one breath. In these wordings `<minutes>` stands for every
            number, and `{minute|minutes}` for the word that goes with one and with more; `{|minutes}` leaves one
            out. `<mask>` and the like stand for all words of that slot.
        step_names: What a person's own steps are called, by their ids; besides the words of the file.

    Raises:
        ContentError: something is missing, unknown, malformed or listed twice.
    """
    file = phrases_document(document)
    numbers = file.table("numbers").numbers()
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
            raise ContentError(file.says(what))
    return PhraseBook(language=file.text("language"), phrases=tuple(phrases.values()))


def phrases_document(document: Mapping[str, object]) -> Document:
    """The file of phrases, ready to be read.

    Raises:
        ContentError: it does not say its language.
    """
    language = Document(document, "the phrases").text("language")
    return Document(document, f"the phrases of language {language!r}")


def spoken_wordings(file: Document) -> Iterator[tuple[Intent, tuple[str, ...]]]:
    """Each intent with its wordings, slots not yet filled in.

    Raises:
        ContentError: an intent is unknown, or one has no wordings.
    """
    intents = file.table("intents")
    intents.demand_known(intent.value for intent in Intent)
    for intent in Intent:
        table = intents.table(intent.value)
        table.demand_known(_OF_AN_INTENT)
        yield intent, table.texts("spoken")


def wording_as_pattern(wording: str) -> str:
    """A wording in the notation of `patterns`."""
    return _SINGULAR_OR_PLURAL.sub(lambda forms: f"({'|'.join(filter(None, forms.groups()))})", wording)


def slot_words(file: Document, step_names: Names | None = None) -> dict[str, dict[str, str]]:
    """For each slot the words that may stand in it, with their values.

    Raises:
        ContentError: the file knows a slot that no intent has, or has the same word twice.
    """
    tables = file.table("slots") if "slots" in file.content else Document({}, file.title)
    tables.demand_known(SLOTS.values())
    slots: dict[str, dict[str, str]] = {}
    for name in dict.fromkeys(SLOTS.values()):
        table = tables.table(name) if name in tables.content else Document({}, file.title)
        values = {value: table.texts(value) for value in table.content}
        slots[name] = {word: value for value, words in values.items() for word in words}
        if len(slots[name]) < sum(map(len, values.values())):
            raise ContentError(table.says("a word stands for two values; leave it to one"))
    for step, names in (step_names or {}).items():
        slots["step"] |= dict.fromkeys(names, step)
    return slots


def _expand(
    wording: str, intent: Intent, numbers: Mapping[str, int], slots: Mapping[str, Mapping[str, str]]
) -> Iterator[Phrase]:
    slot = _SLOT.search(wording)
    if slot and intent in SLOTS and slot[1] == SLOTS[intent]:
        for word, value in slots[slot[1]].items():
            yield Phrase(text=wording.replace(slot[0], word), intent=intent, about=value)
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
    for table in file.tables("together") if "together" in file.content else ():
        first, then = (_intent(table, key) for key in ("first", "then"))
        if not may_go_together(first, then):
            raise ContentError(table.says(f"{first.value} and {then.value} are not safe in one breath; remove them"))
        yield from (Phrase(text=text, intent=first, then=then) for text in table.texts("spoken"))


def _intent(table: Document, key: str) -> Intent:
    name, names = table.text(key), [intent.value for intent in Intent]
    if name not in names:
        remedy = did_you_mean(name, names) or f"choose one of {', '.join(names)}"
        raise ContentError(table.says(f"{key} must name an intent, not {name!r}; {remedy.rstrip('?.')}"))
    return Intent(name)


def _demand_well_formed(phrase: Phrase, file: Document) -> None:
    if phrase.text != phrase.text.lower() or not _WORDS.fullmatch(phrase.text):
        what = (
            f"the wording {phrase.text!r} of {phrase.intent.value} is malformed; write lower case words with single "
            f"spaces, apostrophes only, numbers as words, and {_MINUTES} only where minutes belong"
        )
        raise ContentError(file.says(what))
