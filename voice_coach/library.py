"""Reads what the coach says and understands: the files in content/, by language and name."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

from voice_coach.core.intents import Intent
from voice_coach.core.phrase_book import parse_phrases
from voice_coach.core.step_names import TitleWords, names_of, with_further_phrases
from voice_coach.core.understanding import parse_understander
from voice_coach.core.wording import parse_wording
from voice_coach.errors import ContentError, did_you_mean
from voice_coach.routine_folder import (
    MOST_FILES,
    RoutineFile,
    has_own,
    language_of,
    own_names,
    own_path,
    read_own,
    read_routine_file,
)
from voice_coach.routines import parse_routine
from voice_coach.schema import Array, Field, Table, Text, read_document

if TYPE_CHECKING:
    from collections.abc import Mapping
    from importlib.resources.abc import Traversable

    from voice_coach.core.phrase_book import Names
    from voice_coach.core.phrases import PhraseBook
    from voice_coach.core.step_names import StepNames
    from voice_coach.core.understanding import Understander
    from voice_coach.core.wording import Wording
    from voice_coach.routines import Routine
    from voice_coach.schema import Document

_SUFFIX = ".toml"
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
"""Of the files that more than one room reads."""


@cache
def languages() -> tuple[str, ...]:
    """The languages the coach speaks, sorted; two letters each, such as "en"."""
    return tuple(sorted(folder.name for folder in _content().iterdir() if (folder / "wording.toml").is_file()))


@cache
def shipped_names(language: str) -> tuple[str, ...]:
    """The names of the shipped routines of a language, sorted.

    Raises:
        ContentError: the language is unknown.
    """
    folder = _content() / _known(language, languages(), "language") / "routines"
    return tuple(sorted(file.name.removesuffix(_SUFFIX) for file in folder.iterdir() if file.name.endswith(_SUFFIX)))


def routine_names(language: str = "en") -> tuple[str, ...]:
    """The names of all routines of a language, shipped ones first; of the person's own also those with mistakes."""
    return tuple(dict.fromkeys((*shipped_names(language), *own_files(language))))


def own_files(language: str) -> Mapping[str, RoutineFile]:
    """The person's own routines in a language by their names, also those with mistakes."""
    return {name: file for name, file in read_own().items() if language_of(file) in {language, ""}}


def all_routine_names() -> tuple[str, ...]:
    """The names of the routines of all languages, right or wrong, shipped ones first."""
    shipped = (name for language in languages() for name in shipped_names(language))
    return tuple(dict.fromkeys((*shipped, *own_names()[:MOST_FILES])))


def load_phrase_book(language: str, routine: Routine | None = None) -> PhraseBook:
    """Read what may be said in a language.

    Args:
        language: of two letters.
        routine: a person's own, whose steps can then be named; the names of shipped ones are there in any case.

    Raises:
        ContentError: the language is unknown or its file is wrong.
    """
    if routine is None or not is_own(routine.id, language):
        return _shipped_book(language)
    names = load_step_names(routine, language)
    shorter = load_document(language, "own_routine").table("spoken")
    wordings = {Intent(name): shorter.texts(name) for name in shorter.content}
    return with_further_phrases(parse_phrases(_read(language, "phrases"), names.by_step), names, wordings)


@cache
def _shipped_book(language: str) -> PhraseBook:
    return parse_phrases(_read(_known(language, languages(), "language"), "phrases"))


def load_step_names(routine: Routine, language: str) -> StepNames:
    """Find what the steps of a person's own routine are called.

    Raises:
        ContentError: the language is unknown or its files are wrong.
    """
    own = load_document(language, "own_routine")
    words = TitleWords(frozenset(own.texts("leading")), frozenset(own.texts("trailing")))
    return names_of(routine, words, _shipped_book(language), _read(language, "phrases"))


@cache
def load_understander(language: str) -> Understander:
    """Read what text means in a language.

    Raises:
        ContentError: the language is unknown or its files are wrong.
    """
    return _understander(language)


def load_understander_of(routine: Routine, language: str) -> Understander:
    """The same, with the names of the steps of a person's own routine."""
    return _understander(language, load_step_names(routine, language).by_step)


def _understander(language: str, step_names: Names | None = None) -> Understander:
    _known(language, languages(), "language")
    return parse_understander(_read(language, "phrases"), _read(language, "understanding"), step_names)


@cache
def load_wording(language: str) -> Wording:
    """Read how the coach words its messages in a language.

    Raises:
        ContentError: the language is unknown or its file is wrong.
    """
    _known(language, languages(), "language")
    return parse_wording(_read(language, "wording"), _read(language, "phrases"))


def load_routine(name: str, language: str) -> Routine:
    """Read a routine: the person's own of that name, else the shipped one.

    Raises:
        ContentError: the name or the language is unknown, the file has mistakes (a line each), or it is in another
            language.
    """
    if not has_own(name):
        return load_shipped_routine(_known(name, routine_names(language), "routine"), language)
    file = read_routine_file(own_path(name))
    if language_of(file) in {language, ""}:
        return _routine_in(file, language)
    if name in shipped_names(language):
        return load_shipped_routine(name, language)
    other = language_of(file)
    message = f'The routine "{name}" is in the language "{other}", not "{language}"; start with --lang {other}.'
    raise ContentError(message)


def _routine_in(file: RoutineFile, language: str) -> Routine:
    return file.routine(load_document(language, "own_routine").text("source"))


@cache
def load_shipped_routine(name: str, language: str) -> Routine:
    """Read a shipped routine, whatever the person has under the same name.

    Raises:
        ContentError: the name or the language is unknown.
    """
    return parse_routine(_read(language, "routines", _known(name, shipped_names(language), "routine")), name)


def shipped_text(name: str, language: str) -> str:
    """A shipped routine's file as it is.

    Raises:
        ContentError: the name or the language is unknown.
    """
    file = _content() / language / "routines" / f"{_known(name, shipped_names(language), 'routine')}{_SUFFIX}"
    return file.read_text(encoding="utf-8")


def shipped_path(name: str) -> Path | None:
    """Where a shipped routine's file is, in the first language that has it; None when none has."""
    language = next((one for one in languages() if name in shipped_names(one)), None)
    return None if language is None else Path(str(_content() / language / "routines" / f"{name}{_SUFFIX}"))


def is_own(name: str, language: str) -> bool:
    """Whether a routine's name stands for a file of the person's own, in this language."""
    return has_own(name) and language_of(read_routine_file(own_path(name))) == language


def load_routines(language: str) -> Mapping[str, Routine]:
    """All routines of a language, by their names; of the person's own those without mistakes.

    Raises:
        ContentError: the language is unknown or a shipped file is wrong.
    """
    shipped = {name: load_shipped_routine(name, language) for name in shipped_names(language)}
    own = {name: _routine_in(file, language) for name, file in own_files(language).items() if not file.mistakes}
    return shipped | own


@cache
def espeak_voices(language: str) -> tuple[str, ...]:
    """The names of eSpeak NG's voices for a language, best first.

    A language that the coach does not speak is taken for the name of its voice.

    Raises:
        ContentError: the language's file is wrong.
    """
    if language not in languages():
        return (language,)
    return load_document(language, "language").texts("espeak_voices")


def load_document(language: str, name: str, schema: Table | None = None) -> Document:
    """Read a content file of a language that has no type of its own here.

    Args:
        language: of two letters.
        name: of the file.
        schema: of the file; those that several rooms read have theirs here.

    Raises:
        ContentError: the language is unknown or the file is wrong.
    """
    content = _read(_known(language, languages(), "language"), name)
    return read_document(content, schema or _SCHEMAS[name], f"the {name} of language {language!r}")


def _content() -> Traversable:
    return files("voice_coach") / "content"


def _read(*path: str) -> dict[str, object]:
    file = _content().joinpath(*path[:-1], path[-1] + _SUFFIX)
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        message = f"The file {file} is missing; install voice-coach again."
        raise ContentError(message) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        message = f"The file {file} is no TOML ({error}); mend it or install voice-coach again."
        raise ContentError(message) from error


def _known(name: str, names: tuple[str, ...], kind: str) -> str:
    if name in names:
        return name
    remedy = did_you_mean(name, names) or f"choose one of {', '.join(names)}."
    message = f'There is no {kind} "{name}"; {remedy}'
    raise ContentError(message)
