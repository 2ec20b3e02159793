"""Everything that the coach says and understands in one language, loaded once and passed to all parts that need it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

from voice_coach.errors import ContentError
from voice_coach.language.classifier import parse_classifier
from voice_coach.language.intents import PEOPLE, Intent
from voice_coach.language.normalization import plain_letters
from voice_coach.language.phrases import parse_phrases, phrases_document
from voice_coach.language.step_names import TitleWords, names_of, with_further_phrases
from voice_coach.language.understanding import parse_understander
from voice_coach.language.wording import parse_wording, read_sentences, sentences_schema
from voice_coach.schema import Array, Field, Table, Text, read_document

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from voice_coach.language.classifier import IntentClassifier
    from voice_coach.language.phrases import Names, PhraseBook
    from voice_coach.language.step_names import StepNames
    from voice_coach.language.understanding import Understander
    from voice_coach.language.wording import Placeholders, Sentences, Wording
    from voice_coach.routines import Routine
    from voice_coach.schema import Document

    Reader = Callable[[str], Mapping[str, object]]

LEARNED = "intents"
"""The name of the file with the intent classifier; it is the only one that a script has written."""
_STEP, _PERSON = "step", "person"
"""The slots that may have further words."""
_LANGUAGE = Field(Text(2), is_required=True)
_TEXT = Field(Text(), is_required=True)
_TEXTS = Field(Array(Text()), is_required=True)
_WORDINGS = Table({intent.value: Field(Array(Text())) for intent in Intent})
_SCHEMAS = {
    "language": Table({"language": _LANGUAGE, "name": _TEXT, "espeak_voices": _TEXTS}),
    "voices": Table({"language": _LANGUAGE, "sample": _TEXT, "another_language": _TEXT, "broken": _TEXT}),
    "own_routine": Table(
        {
            "language": _LANGUAGE,
            "source": _TEXT,
            "leading": _TEXTS,
            "trailing": _TEXTS,
            "template": _TEXT,
            "spoken": Field(_WORDINGS, is_required=True),
        }
    ),
}
"""The schemas of the content files that are read in more than one package."""


@dataclass(frozen=True, eq=False)
class LanguagePack:
    """Everything that the coach says and understands in one language.

    Each piece is parsed when it is first used and then kept: a start needs only a few pieces, and a person waits for
    the first sentence.

    Every property and method raises ContentError when a file of the language is missing or has mistakes.
    """

    code: str
    """The code of the language: two letters, such as "en"."""
    read: Reader
    """A function that returns the parsed content file of a name, such as "wording" or "phrases"."""

    @cached_property
    def _phrases(self) -> Mapping[str, object]:
        """The parsed file phrases.toml. Several pieces are made from it, and parsing it takes a noticeable time."""
        return self.read("phrases")

    @cached_property
    def wording(self) -> Wording:
        """The sentences that the coach says."""
        return parse_wording(self.read("wording"), self._phrases)

    @cached_property
    def phrase_book(self) -> PhraseBook:
        """All phrases that a person may say; they name the steps of shipped routines, not those of a person's own."""
        return parse_phrases(self._phrases)

    @property
    def purposes(self) -> Mapping[str, str]:
        """A few words for each intent, by its value, that name what a person wants with it."""
        return phrases_document(self._phrases).table("purposes").texts_by_name()

    @cached_property
    def understander(self) -> Understander:
        """The rules that find the meaning of a typed text; they know the same steps as `phrase_book`."""
        return self._understander()

    @cached_property
    def _classifier(self) -> IntentClassifier:
        """The intent classifier, read once for the understanders of shipped and of own routines."""
        return parse_classifier(self.read(LEARNED))

    @property
    def own_name(self) -> str:
        """The name that the speakers of the language give it, such as "English"."""
        return self.document("language").text("name")

    @cached_property
    def espeak_voices(self) -> tuple[str, ...]:
        """The names of eSpeak NG's voices for the language, the best first."""
        return self.document("language").texts("espeak_voices")

    @cached_property
    def own_source(self) -> str:
        """The source that is named for a claim of a person's own routine that has none."""
        return self.document("own_routine").text("source")

    def document(self, name: str, schema: Table | None = None) -> Document:
        """Read a content file that is used in only a few places, such as "doctor"; it is parsed at every call.

        Args:
            name: the name of the file, without its suffix.
            schema: the schema of the file; may be left out for the files that `_SCHEMAS` has.
        """
        return read_document(self.read(name), schema or _SCHEMAS[name], f"the {name} of language {self.code!r}")

    def sentences(self, name: str, placeholders: Placeholders) -> Sentences:
        """Read a content file that has only sentences; it is parsed at every call.

        Args:
            name: the name of the file, without its suffix.
            placeholders: the placeholders of every sentence that the file must have, by table and name.
        """
        return read_sentences(self.document(name, sentences_schema(placeholders)), placeholders)

    def step_names(self, routine: Routine) -> StepNames:
        """Find the names by which a person can speak of the steps of an own routine."""
        own = self.document("own_routine")
        words = TitleWords(frozenset(own.texts("leading")), frozenset(own.texts("trailing")))
        return names_of(routine, words, self.phrase_book, self._phrases)

    def phrase_book_with(self, routine: Routine | None, people: Names | None = None) -> PhraseBook:
        """Make the phrase book that also has words of this household.

        Args:
            routine: a person's own routine, whose steps are named; None for none.
            people: the names of people, as `names_of_people` returns them.
        """
        if routine is None:
            return replace(parse_phrases(self._phrases, {_PERSON: people or {}}), shipped=self.phrase_book)
        names = self.step_names(routine)
        shorter = self.document("own_routine").table("spoken")
        wordings = {Intent(name): shorter.texts(name) for name in shorter.content}
        named = parse_phrases(self._phrases, {_STEP: names.by_step, _PERSON: people or {}})
        return with_further_phrases(named, names, wordings, self.phrase_book)

    def understander_with(self, routine: Routine | None, people: Names | None = None) -> Understander:
        """Make the understander of typed text that also knows words of this household, as `phrase_book_with` does."""
        steps = {} if routine is None else self.step_names(routine).by_step
        return self._understander({_STEP: steps, _PERSON: people or {}})

    def names_of_people(self, called: Sequence[str]) -> Names:
        """Return how people can be named by voice, by the values of the slot `person`.

        Args:
            called: what they want to be called, the first person first. A name with which "I'm NAME" would mean
                something else, such as "Ready", is left out: that person is called by the number.
        """
        found: dict[str, tuple[str, ...]] = {}
        for person, name in zip(PEOPLE, called, strict=False):
            words = {_PERSON: {person: (" ".join(plain_letters(name.lower()).replace("-", " ").split()),)}}
            try:
                parse_phrases(self._phrases, words)
            except ContentError:
                continue
            found |= words[_PERSON]
        return found

    def _understander(self, further: Mapping[str, Names] | None = None) -> Understander:
        return parse_understander(self._phrases, self.read("understanding"), self._classifier, further)
