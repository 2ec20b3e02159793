"""Phrases: the closed set of wordings that the recognisers listen for."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from voice_coach.core.intents import Intent


@dataclass(frozen=True, slots=True)
class Phrase:
    """One wording of one intent, all slots filled in."""

    text: str
    """Lower case words, single spaces, apostrophes kept, no other punctuation."""
    intent: Intent
    minutes: int | None = None
    """The number spoken, for intents that carry one; None when none was said."""
    about: str = ""
    """What its slot names, for intents that have one; empty when it names nothing."""
    then: Intent | None = None
    """What is wished in the same breath (see `together`)."""

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
