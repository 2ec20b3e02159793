"""Finds names for the steps of a person's own routine, so that commands such as "go to the serum" work for it."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from voice_coach.language.intents import SLOTS
from voice_coach.language.normalization import plain_letters
from voice_coach.language.phrases import Phrase, phrases_document, spoken_wordings
from voice_coach.routines import Phase, id_from

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from voice_coach.language.intents import Intent
    from voice_coach.language.phrases import PhraseBook
    from voice_coach.routines import Routine, Step

_STEP = "<step>"
_NAME = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)*(?: [^\W\d_]+(?:'[^\W\d_]+)*)*")
_MOST_WORDS = 4


@dataclass(frozen=True, slots=True)
class Unspeakable:
    """A name of a step that cannot be used in commands, with the reason."""

    step: str
    """The id of the step."""
    name: str
    reason: str


@dataclass(frozen=True, slots=True)
class StepNames:
    """The names of the steps of one routine."""

    by_step: Mapping[str, tuple[str, ...]]
    """The names of each step by its id; steps without a usable name are not in it."""
    left_out: tuple[Unspeakable, ...] = ()
    """The names that cannot be used."""


@dataclass(frozen=True, slots=True)
class TitleWords:
    """Words of a language that are left out when a step's name is made from its title."""

    leading: frozenset[str] = field(default_factory=frozenset)
    """Verbs and articles that are left out at the beginning of a title, such as "apply" and "the"."""
    trailing: frozenset[str] = field(default_factory=frozenset)
    """Words that are left out at the end of a title."""


def names_of(routine: Routine, words: TitleWords, book: PhraseBook, phrases: Mapping[str, object]) -> StepNames:
    """Find the names of all steps of a routine.

    The names come from the step's `words`, its id and its title, in this order. If two steps could have the same name,
    it goes to the step that has it from the earlier of these sources; for titles, first to a step in which the mask is
    put on. If both have it from the same source, neither gets it.

    Args:
        routine: the person's own.
        words: the words to leave out of titles.
        book: the phrases of the language; a name must not make one of them ambiguous.
        phrases: the parsed phrases.toml that the book was made from.
    """
    wordings = _wordings(phrases)
    found = _Found(book, wordings)
    applying = [step for step in routine.steps if step.phase is Phase.APPLYING]
    for steps, level in (
        (routine.steps, _given),
        (routine.steps, _by_id),
        (applying, lambda step: _by_title(step, words)),
        (routine.steps, lambda step: _by_title(step, words)),
    ):
        found.add((step.id, name) for step in steps for name in level(step))
    for words_of_title in (1, _MOST_WORDS):
        nameless = [step for step in routine.steps if not found.names[step.id]]
        found.add((step.id, name) for step in nameless for name in _first_title_words(step, words_of_title))
    return StepNames(
        {step: tuple(names) for step, names in found.names.items() if names}, tuple(dict.fromkeys(found.left_out))
    )


def with_further_phrases(
    book: PhraseBook, names: StepNames, wordings: Mapping[Intent, Sequence[str]], shipped: PhraseBook
) -> PhraseBook:
    """Add shorter wordings with the names of a person's own steps to a phrase book, unless they mean something else.

    Args:
        book: the phrases of the language, with these names in its wordings.
        names: the names of the steps.
        wordings: further wordings by intent, with `<step>` where the name belongs, such as "go to <step>".
        shipped: the language's book without these names; it is kept in the result.
    """
    said = (
        Phrase(text=wording.replace(_STEP, name), intent=intent, slot_value=step)
        for intent, texts in wordings.items()
        for wording in texts
        for step, found in names.by_step.items()
        for name in found
    )
    further = {phrase.text: phrase for phrase in said if phrase.text not in book.by_text}
    return replace(book, phrases=(*book.phrases, *further.values()), shipped=shipped)


@dataclass
class _Found:
    """The names that have been found so far."""

    book: PhraseBook
    wordings: tuple[str, ...]
    names: dict[str, list[str]] = field(default_factory=dict)
    left_out: list[Unspeakable] = field(default_factory=list)

    def add(self, claimed: Iterator[tuple[str, str]]) -> None:
        """Give each step the names that no other step claims or has; all other names are left out."""
        pairs = list(dict.fromkeys(claimed))
        counts = Counter(name for _, name in pairs)
        taken = {name: step for step, names in self.names.items() for name in names}
        for step, name in pairs:
            names = self.names.setdefault(step, [])
            reason = self._why_not(name)
            if not reason and (counts[name] > 1 or taken.get(name, step) != step):
                reason = "another step is called so, too"
            if reason:
                self.left_out.append(Unspeakable(step, name, reason))
            elif name not in names:
                names.append(name)

    def _why_not(self, name: str) -> str:
        if not _NAME.fullmatch(name):
            return "only letters, apostrophes and single spaces can be spoken"
        if name.count(" ") >= _MOST_WORDS:
            return f"a name has at most {_MOST_WORDS} words"
        said = (wording.replace(_STEP, name) for wording in self.wordings)
        clash = next((text for text in said if text in self.book.by_text and not _is_a_step(self.book, text)), "")
        return f'"{clash}" means something else' if clash else ""


def _is_a_step(book: PhraseBook, text: str) -> bool:
    phrase = book.by_text[text]
    return SLOTS.get(phrase.intent) == "step" and bool(phrase.slot_value)


def _wordings(phrases: Mapping[str, object]) -> tuple[str, ...]:
    """Return all wordings that name a step."""
    spoken = spoken_wordings(phrases_document(phrases))
    return tuple(text for intent, texts in spoken if SLOTS.get(intent) == "step" for text in texts if _STEP in text)


def _given(step: Step) -> Iterator[str]:
    yield from (" ".join(_plain(name).split()) for name in step.words)


def _by_id(step: Step) -> Iterator[str]:
    if step.id != id_from(step.title):
        yield step.id.replace("_", " ").strip().lower()


def _by_title(step: Step, words: TitleWords) -> Iterator[str]:
    """Yield the words of a step's title without the leading and trailing words that name no step."""
    named = _title_words(step)
    while len(named) > 1 and named[0] in words.leading:
        named = named[1:]
    while len(named) > 1 and named[-1] in words.trailing:
        named = named[:-1]
    if named:
        yield " ".join(named)


def _first_title_words(step: Step, most: int) -> Iterator[str]:
    """Yield the first words of a step's title, as the name of a step that has no other."""
    if begins := _title_words(step)[:most]:
        yield " ".join(begins)


def _title_words(step: Step) -> list[str]:
    return re.sub(r"[^\w']+|_", " ", _plain(step.title)).split()


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", plain_letters(text))
