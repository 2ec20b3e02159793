"""From the file of phrases to the phrase book."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from voice_coach.core.document import Document
from voice_coach.core.intents import MINUTE_INTENTS, Intent
from voice_coach.core.phrases import Phrase, PhraseBook
from voice_coach.errors import ContentError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_SLOT = "<minutes>"
_SINGULAR_OR_PLURAL = re.compile(r"\{([^{}|]*)\|([^{}|]+)\}")
_ONLY_PLURAL = "{|"
_WORDS = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)*(?: [^\W\d_]+(?:'[^\W\d_]+)*)*")


def parse_phrases(document: Mapping[str, object]) -> PhraseBook:
    """Make the phrase book of a language from its parsed TOML document.

    Args:
        document: `language`, the table `numbers` (word to minutes) and a table `intents.<name>` with the list
            `spoken` for every intent. In these wordings `<minutes>` stands for every number, and
            `{minute|minutes}` for the word that goes with one and with more; `{|minutes}` leaves one out.

    Raises:
        ContentError: something is missing, unknown, malformed or listed twice.
    """
    file = phrases_document(document)
    numbers = file.table("numbers").numbers()
    phrases: dict[str, Phrase] = {}
    for intent, wordings in spoken_wordings(file):
        for phrase in (phrase for wording in wordings for phrase in _expand(wording, intent, numbers)):
            _demand_well_formed(phrase, file)
            other = phrases.setdefault(phrase.text, phrase)
            if other is not phrase:
                what = f"{phrase.text!r} stands under {other.intent.value} and {intent.value}; remove one"
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
        yield intent, intents.table(intent.value).texts("spoken")


def wording_as_pattern(wording: str) -> str:
    """A wording in the notation of `patterns`."""
    return _SINGULAR_OR_PLURAL.sub(lambda forms: f"({'|'.join(filter(None, forms.groups()))})", wording)


def _expand(wording: str, intent: Intent, numbers: Mapping[str, int]) -> Iterator[Phrase]:
    if _SLOT not in wording or intent not in MINUTE_INTENTS:
        yield Phrase(text=wording, intent=intent)
        return
    for word, minutes in numbers.items():
        if minutes == 1 and _ONLY_PLURAL in wording:
            continue
        text = _SINGULAR_OR_PLURAL.sub(r"\1" if minutes == 1 else r"\2", wording).replace(_SLOT, word)
        yield Phrase(text=text, intent=intent, minutes=minutes)


def _demand_well_formed(phrase: Phrase, file: Document) -> None:
    if phrase.text != phrase.text.lower() or not _WORDS.fullmatch(phrase.text):
        what = (
            f"the wording {phrase.text!r} of {phrase.intent.value} is malformed; write lower case words with single "
            f"spaces, apostrophes only, numbers as words, and {_SLOT} only where minutes belong"
        )
        raise ContentError(file.says(what))
