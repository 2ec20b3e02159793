"""A random draw of sentences from the whole grammar: what the coach understands, and not only what it lists."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import TYPE_CHECKING

from voice_coach.language.intents import Intent
from voice_coach.language.patterns import PatternCompiler
from voice_coach.language.phrases import Phrase, phrases_document, slot_words
from voice_coach.language.understanding import UNDERSTANDING, understand
from voice_coach.schema.expressions import Alternatives, Sequence, Slot, Word

if TYPE_CHECKING:
    from collections.abc import Sequence as Several

    from voice_coach.language.pack import LanguagePack
    from voice_coach.schema import Document, Expression

_LONGEST = 12
"""The most words of a sentence; optional words add up to more than anybody says."""
_POLITE = 0.3
"""The share of sentences that have a polite phrase before or after them."""


@dataclass(frozen=True)
class GrammarSampler:
    """Draws sentences from patterns."""

    compiler: PatternCompiler
    rng: random.Random

    def sentence(self, patterns: Several[str]) -> str:
        """Return a sentence of one of the patterns; each way at a fork is as probable as the others."""
        return " ".join(self._words(self.compiler.expression(self.rng.choice(patterns))))

    def _words(self, expression: Expression) -> list[str]:
        match expression:
            case Word(text):
                return [text]
            case Sequence(parts):
                return [word for part in parts for word in self._words(part)]
            case Alternatives(choices):
                return self._words(self.rng.choice(choices))
            case Slot(_name, value):
                return self._words(value)


def unlisted_sentences(pack: LanguagePack, count: int, seed: int = 0) -> tuple[Phrase, ...]:
    """Draw sentences that the phrase book does not list, each intent as often as the others.

    Args:
        pack: the pack of the language.
        count: the number of sentences.
        seed: another one gives other sentences.

    Returns:
        Different sentences with the meanings that they have when they are typed.
    """
    rng = random.Random(seed)  # noqa: S311  a draw that is the same each time, and no secret
    spoken = phrases_document(pack.read("phrases"))
    understood = pack.document("understanding", UNDERSTANDING)
    sampler = GrammarSampler(_compiler(pack, spoken, understood), rng)
    tables = spoken.table("intents")
    written = {intent: tables.table(intent.value).texts("written") for intent in Intent}
    intents = [intent for intent, patterns in written.items() if patterns]
    drawn: dict[str, Phrase] = {}
    while len(drawn) < count:
        intent = rng.choice(intents)
        text = _politely(sampler.sentence(written[intent]), understood.texts("fillers"), sampler)
        meaning = understand(text, pack.understander)
        if meaning.intent is not intent or text in pack.phrase_book.by_text or len(text.split()) > _LONGEST:
            continue
        second = meaning.next_command.intent if meaning.next_command else None
        drawn[text] = Phrase(text, meaning.intent, meaning.minutes, meaning.slot_value, second)
    return tuple(drawn.values())


def _compiler(pack: LanguagePack, spoken: Document, understood: Document) -> PatternCompiler:
    """Return a compiler that knows the parts, the numbers of minutes and the words of the slots."""
    parts = understood.table("parts")
    named = {name: parts.text(name) for name in parts.content}
    slots = {name: tuple(words) for name, words in slot_words(spoken).items()}
    slots["minutes"] = tuple(spoken.numbers("numbers"))
    return PatternCompiler(pack.understander.normaliser, named, slots)


def _politely(text: str, fillers: Several[str], sampler: GrammarSampler) -> str:
    """Return a text, now and then with a polite phrase before or after it."""
    if sampler.rng.random() > _POLITE:
        return text
    polite = sampler.sentence(fillers)
    return (f"{polite} {text}" if sampler.rng.random() < 1 / 2 else f"{text} {polite}").strip()
