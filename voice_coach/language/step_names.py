"""What the steps of a person's own routine are called, so that "go to the serum" needs no code."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from voice_coach.language.intents import SLOTS
from voice_coach.language.normalization import plain_letters
from voice_coach.language.phrases import Phrase, PhraseBook, phrases_document, spoken_wordings
from voice_coach.routines import Phase, id_from

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from voice_coach.language.intents import Intent
    from voice_coach.routines import Routine, Step

_STEP = "<step>"
_NAME = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)*(?: [^\W\d_]+(?:'[^\W\d_]+)*)*")
_MOST_WORDS = 4


@dataclass(frozen=True, slots=True)
class Unspeakable:
    """A name that cannot be used."""

    step: str
    """The id of the step."""
    name: str
    reason: str


@dataclass(frozen=True, slots=True)
class StepNames:
    """The names of the steps of one routine."""

    by_step: Mapping[str, tuple[str, ...]]
    """By the steps' ids; a step without a usable name has none."""
    left_out: tuple[Unspeakable, ...] = ()


@dataclass(frozen=True, slots=True)
class TitleWords:
    """Words of a language that stand in titles but name no step."""

    leading: frozenset[str] = field(default_factory=frozenset)
    """Verbs and articles with which a title begins, such as "apply", "the"."""
    trailing: frozenset[str] = field(default_factory=frozenset)
    """Words with which it ends."""


def names_of(routine: Routine, words: TitleWords, book: PhraseBook, phrases: Mapping[str, object]) -> StepNames:
    """Find the names of all steps.

    A name that two steps could have belongs to the one that is closer to it: by its `words`, then its id, then its
    title, the step that puts the mask on before others; where two are equally close, neither has it.

    Args:
        routine: the person's own.
        words: what to leave out of titles.
        book: what may be said already.
        phrases: the document that the book was made from.
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
        found.add((step.id, name) for step in nameless for name in _in_need(step, words_of_title))
    return StepNames(
        {step: tuple(names) for step, names in found.names.items() if names}, tuple(dict.fromkeys(found.left_out))
    )


def with_further_phrases(
    book: PhraseBook, names: StepNames, wordings: Mapping[Intent, Sequence[str]], shipped: PhraseBook
) -> PhraseBook:
    """A book with shorter wordings for the names of a person's own steps, as far as they mean nothing else.

    Args:
        book: what may be said, these names included.
        names: of the steps.
        wordings: by intent, with `<step>` for the name: "go to <step>".
        shipped: the language's book without these names, of which the recogniser knows more than of the names.
    """
    said = (
        Phrase(text=wording.replace(_STEP, name), intent=intent, slot_value=step)
        for intent, texts in wordings.items()
        for wording in texts
        for step, found in names.by_step.items()
        for name in found
    )
    further = {phrase.text: phrase for phrase in said if phrase.text not in book.by_text}
    return PhraseBook(book.language, (*book.phrases, *further.values()), shipped)


@dataclass
class _Found:
    book: PhraseBook
    wordings: tuple[str, ...]
    names: dict[str, list[str]] = field(default_factory=dict)
    left_out: list[Unspeakable] = field(default_factory=list)

    def add(self, claimed: Iterator[tuple[str, str]]) -> None:
        """Give each step the names that it alone claims and nobody has."""
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
    """All wordings with a step in them."""
    spoken = spoken_wordings(phrases_document(phrases))
    return tuple(text for intent, texts in spoken if SLOTS.get(intent) == "step" for text in texts if _STEP in text)


def _given(step: Step) -> Iterator[str]:
    yield from (" ".join(_plain(name).split()) for name in step.words)


def _by_id(step: Step) -> Iterator[str]:
    if step.id != id_from(step.title):
        yield step.id.replace("_", " ").strip().lower()


def _by_title(step: Step, words: TitleWords) -> Iterator[str]:
    """What is left of the title; "mask" is the step in which it is put on."""
    named = _title_words(step)
    while len(named) > 1 and named[0] in words.leading:
        named = named[1:]
    while len(named) > 1 and named[-1] in words.trailing:
        named = named[:-1]
    if named:
        yield " ".join(named)


def _in_need(step: Step, most: int) -> Iterator[str]:
    """For a step without a name: what its title begins with."""
    if begins := _title_words(step)[:most]:
        yield " ".join(begins)


def _title_words(step: Step) -> list[str]:
    return re.sub(r"[^\w']+|_", " ", _plain(step.title)).split()


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", plain_letters(text))
