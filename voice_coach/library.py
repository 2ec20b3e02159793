"""Reads what the coach says and understands: the files in content/, by language and name."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

from voice_coach.core.document import Document
from voice_coach.core.phrase_book import parse_phrases
from voice_coach.core.routine_file import parse_routine
from voice_coach.core.understanding import parse_understander
from voice_coach.core.wording import parse_wording
from voice_coach.errors import ContentError, did_you_mean

if TYPE_CHECKING:
    from collections.abc import Mapping
    from importlib.resources.abc import Traversable

    from voice_coach.core.phrases import PhraseBook
    from voice_coach.core.routine import Routine
    from voice_coach.core.understanding import Understander
    from voice_coach.core.wording import Wording

_SUFFIX = ".toml"


@cache
def languages() -> tuple[str, ...]:
    """The languages the coach speaks, sorted; two letters each, such as "en"."""
    return tuple(sorted(folder.name for folder in _content().iterdir() if (folder / "wording.toml").is_file()))


@cache
def routine_names(language: str = "en") -> tuple[str, ...]:
    """The names of the shipped routines of a language, sorted."""
    folder = _content() / _known(language, languages(), "language") / "routines"
    return tuple(sorted(file.name.removesuffix(_SUFFIX) for file in folder.iterdir() if file.name.endswith(_SUFFIX)))


@cache
def load_phrase_book(language: str) -> PhraseBook:
    """Read what may be said in a language.

    Raises:
        ContentError: the language is unknown or its file is wrong.
    """
    return parse_phrases(_read(_known(language, languages(), "language"), "phrases"))


@cache
def load_understander(language: str) -> Understander:
    """Read what text means in a language.

    Raises:
        ContentError: the language is unknown or its files are wrong.
    """
    _known(language, languages(), "language")
    words, patterns, gists = (_read(language, "understanding", name) for name in ("words", "patterns", "gists"))
    return parse_understander(_read(language, "phrases"), words | patterns | gists)


@cache
def load_wording(language: str) -> Wording:
    """Read how the coach words its messages in a language.

    Raises:
        ContentError: the language is unknown or its file is wrong.
    """
    return parse_wording(_read(_known(language, languages(), "language"), "wording"))


@cache
def load_routine(name: str, language: str) -> Routine:
    """Read a shipped routine.

    Raises:
        ContentError: the name or the language is unknown or its file is wrong.
    """
    return parse_routine(_read(language, "routines", _known(name, routine_names(language), "routine")), name)


@cache
def load_routines(language: str) -> Mapping[str, Routine]:
    """All shipped routines of a language, by their names.

    Raises:
        ContentError: the language is unknown or a file is wrong.
    """
    return {name: load_routine(name, language) for name in routine_names(language)}


@cache
def espeak_voices(language: str) -> tuple[str, ...]:
    """The names of eSpeak NG's voices for a language, best first.

    A language that the coach does not speak is taken for the name of its voice.

    Raises:
        ContentError: the language's file is wrong.
    """
    if language not in languages():
        return (language,)
    file = load_document(language, "language")
    file.demand_known(("language", "espeak_voices"))
    return file.texts("espeak_voices")


def load_document(language: str, name: str) -> Document:
    """Read a content file of a language that has no type of its own here.

    Raises:
        ContentError: the language is unknown or the file is wrong.
    """
    content = _read(_known(language, languages(), "language"), name)
    return Document(content, f"the {name} of language {language!r}")


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
