"""Words and a phrase book to what is meant."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from voice_coach.core.intents import MINUTE_INTENTS, Intent
from voice_coach.core.phrases import Phrase, PhraseBook
from voice_coach.errors import ContentError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

MINUTES_SLOT = "<minutes>"
"""Stands for a number in a wording."""

_PLURAL = re.compile(r"\{([^{}|]+)\|([^{}|]+)\}")
_WORDING = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)*(?: [^\W\d_]+(?:'[^\W\d_]+)*)*")


def parse_phrases(document: Mapping[str, object]) -> PhraseBook:
    """Make the phrase book of a language from its parsed TOML document.

    Args:
        document: `language`, the table `numbers` (word to minutes) and a table `intents.<name>` with the list
            `spoken` for every intent.

    Raises:
        ContentError: something is missing, unknown, malformed or listed twice.
    """
    language = document.get("language")
    if not isinstance(language, str) or not language:
        msg = 'A phrase file does not say which language it is for; add a line such as language = "en".'
        raise ContentError(msg)
    numbers = _numbers(document, language)
    phrases = [
        phrase
        for intent, wordings in _spoken(document, language)
        for wording in wordings
        for phrase in _expand(wording, intent, numbers, language)
    ]
    _demand_unique(phrases, language)
    return PhraseBook(language=language, phrases=tuple(phrases))


def _numbers(document: Mapping[str, object], language: str) -> dict[str, int]:
    numbers = document.get("numbers", {})
    if not isinstance(numbers, dict) or not all(type(value) is int and value > 0 for value in numbers.values()):
        msg = f"The phrases of language {language!r} need a table [numbers] of words and whole minutes above zero."
        raise ContentError(msg)
    return numbers


def _spoken(document: Mapping[str, object], language: str) -> Iterator[tuple[Intent, list[str]]]:
    tables = document.get("intents")
    tables = tables if isinstance(tables, dict) else {}
    unknown = sorted(set(tables) - {intent.value for intent in Intent})
    if unknown:
        msg = (
            f"The phrases of language {language!r} name unknown intents: {', '.join(unknown)}; remove or rename them."
        )
        raise ContentError(msg)
    for intent in Intent:
        table = tables.get(intent.value)
        spoken = table.get("spoken") if isinstance(table, dict) else None
        if not isinstance(spoken, list) or not spoken or not all(isinstance(wording, str) for wording in spoken):
            msg = (
                f"The phrases of language {language!r} have no wordings for {intent.value!r}; "
                f"add a list spoken under [intents.{intent.value}]."
            )
            raise ContentError(msg)
        yield intent, spoken


def _expand(wording: str, intent: Intent, numbers: Mapping[str, int], language: str) -> Iterator[Phrase]:
    if MINUTES_SLOT not in wording:
        yield _phrase(wording, intent, None, language)
        return
    if intent not in MINUTE_INTENTS:
        msg = f"The wording {wording!r} of {intent.value!r} can't carry minutes; remove {MINUTES_SLOT}."
        raise ContentError(msg)
    for word, minutes in numbers.items():
        text = _PLURAL.sub(r"\1" if minutes == 1 else r"\2", wording).replace(MINUTES_SLOT, word)
        yield _phrase(text, intent, minutes, language)


def _phrase(text: str, intent: Intent, minutes: int | None, language: str) -> Phrase:
    if text != text.lower() or not _WORDING.fullmatch(text):
        msg = (
            f"The wording {text!r} of {intent.value!r} in language {language!r} is malformed; "
            "write lower case words with single spaces, apostrophes only, numbers as words."
        )
        raise ContentError(msg)
    return Phrase(text=text, intent=intent, minutes=minutes)


def _demand_unique(phrases: list[Phrase], language: str) -> None:
    seen: dict[str, Phrase] = {}
    for phrase in phrases:
        other = seen.setdefault(phrase.text, phrase)
        if other is not phrase:
            msg = (
                f"The wording {phrase.text!r} stands under {other.intent.value!r} and {phrase.intent.value!r} "
                f"in language {language!r}; remove one."
            )
            raise ContentError(msg)
