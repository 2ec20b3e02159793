"""One language, loaded once by a command and handed down to every room that speaks, hears or shows it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from voice_coach.language.intents import Intent
from voice_coach.language.phrases import parse_phrases
from voice_coach.language.step_names import TitleWords, names_of, with_further_phrases
from voice_coach.language.understanding import parse_understander
from voice_coach.language.wording import parse_wording
from voice_coach.schema import Array, Field, Table, Text, read_document

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from voice_coach.language.phrases import Names, PhraseBook
    from voice_coach.language.step_names import StepNames
    from voice_coach.language.understanding import Understander
    from voice_coach.language.wording import Wording
    from voice_coach.routines import Routine
    from voice_coach.schema import Document

    Reader = Callable[[str], Mapping[str, object]]

_LANGUAGE = Field(Text(2), is_required=True)
_TEXT = Field(Text(), is_required=True)
_TEXTS = Field(Array(Text()), is_required=True)
_WORDINGS = Table({intent.value: Field(Array(Text())) for intent in Intent})
_SCHEMAS = {
    "language": Table({"language": _LANGUAGE, "espeak_voices": _TEXTS}),
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
"""The schemas of the files that more than one room reads."""


@dataclass(frozen=True, eq=False)
class LanguagePack:
    """Everything that the coach says and understands in one language.

    A piece is parsed when it is first asked for, since a start needs only a few of them and somebody waits for its
    first sentence; from then on it is kept.

    Every property and method raises ContentError when a file of the language is missing or wrong.
    """

    code: str
    """Two letters, such as "en"."""
    read: Reader
    """Returns the parsed content file of a name, such as "wording" or "understanding/words"."""

    @cached_property
    def _phrases(self) -> Mapping[str, object]:
        """The file of all intents, which several pieces are made from: parsing it takes a noticeable time."""
        return self.read("phrases")

    @cached_property
    def wording(self) -> Wording:
        """How the coach words its messages."""
        return parse_wording(self.read("wording"), self._phrases)

    @cached_property
    def phrase_book(self) -> PhraseBook:
        """What may be said; the steps of shipped routines can be named, those of a person's own cannot."""
        return parse_phrases(self._phrases)

    @cached_property
    def understander(self) -> Understander:
        """What typed text means; it knows the same steps as `phrase_book`."""
        return self._understander()

    @cached_property
    def espeak_voices(self) -> tuple[str, ...]:
        """The names of eSpeak NG's voices for the language, best first."""
        return self.document("language").texts("espeak_voices")

    @cached_property
    def own_source(self) -> str:
        """Who is named for a claim of a person's own routine that names no source."""
        return self.document("own_routine").text("source")

    def document(self, name: str, schema: Table | None = None) -> Document:
        """A content file whose sentences only one room knows, such as "doctor"; that room parses it, once.

        Args:
            name: of the file.
            schema: of the file; those that several rooms read have theirs here.
        """
        return read_document(self.read(name), schema or _SCHEMAS[name], f"the {name} of language {self.code!r}")

    def step_names(self, routine: Routine) -> StepNames:
        """What the steps of a person's own routine are called."""
        own = self.document("own_routine")
        words = TitleWords(frozenset(own.texts("leading")), frozenset(own.texts("trailing")))
        return names_of(routine, words, self.phrase_book, self._phrases)

    def phrase_book_with(self, routine: Routine) -> PhraseBook:
        """What may be said when the steps of a person's own routine can be named, too."""
        names = self.step_names(routine)
        shorter = self.document("own_routine").table("spoken")
        wordings = {Intent(name): shorter.texts(name) for name in shorter.content}
        named = parse_phrases(self._phrases, names.by_step)
        return with_further_phrases(named, names, wordings, self.phrase_book)

    def understander_with(self, routine: Routine) -> Understander:
        """What typed text means when the steps of a person's own routine can be named, too."""
        return self._understander(self.step_names(routine).by_step)

    def _understander(self, step_names: Names | None = None) -> Understander:
        return parse_understander(self._phrases, self.read("understanding"), step_names)
