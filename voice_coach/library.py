"""Reads the files in content/, and the routines of a person; only commands ask it, and hand on what it loaded."""

from __future__ import annotations

import tomllib
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING

from voice_coach.content_index import content_folder, known, languages, shipped_names
from voice_coach.errors import ContentError
from voice_coach.language.pack import LanguagePack
from voice_coach.routine_folder import (
    SUFFIX,
    RoutineFile,
    has_own,
    language_of,
    own_path,
    read_own,
    read_routine_file,
)
from voice_coach.routines import parse_routine

if TYPE_CHECKING:
    from collections.abc import Mapping

    from voice_coach.routines import Routine


@cache
def load_language(code: str) -> LanguagePack:
    """The pack of a language; the same one whenever it is asked for.

    Args:
        code: of two letters, such as "en".

    Raises:
        ContentError: the language is unknown.
    """
    return LanguagePack(known(code, languages(), "language"), partial(_read, code))


def routine_names(language: str) -> tuple[str, ...]:
    """The names of all routines of a language, shipped ones first; of the person's own also those with mistakes."""
    return tuple(dict.fromkeys((*shipped_names(language), *own_files(language))))


def own_files(language: str) -> Mapping[str, RoutineFile]:
    """The person's own routines in a language by their names, also those with mistakes."""
    return {name: file for name, file in read_own().items() if language_of(file) in {language, ""}}


def load_routine(name: str, language: str) -> Routine:
    """Read a routine: the person's own of that name, else the shipped one.

    Raises:
        ContentError: the name or the language is unknown, the file has mistakes (a line each), or it is in another
            language.
    """
    if not has_own(name):
        return load_shipped_routine(known(name, routine_names(language), "routine"), language)
    file = read_routine_file(own_path(name))
    if language_of(file) in {language, ""}:
        return file.routine(load_language(language).own_source)
    if name in shipped_names(language):
        return load_shipped_routine(name, language)
    other = language_of(file)
    message = f'The routine "{name}" is in the language "{other}", not "{language}"; start with --lang {other}.'
    raise ContentError(message)


@cache
def load_shipped_routine(name: str, language: str) -> Routine:
    """Read a shipped routine, whatever the person has under the same name.

    Raises:
        ContentError: the name or the language is unknown.
    """
    return parse_routine(_read(language, f"routines/{known(name, shipped_names(language), 'routine')}"), name)


def load_routines(language: str) -> Mapping[str, Routine]:
    """All routines of a language, by their names; of the person's own those without mistakes.

    Raises:
        ContentError: the language is unknown or a shipped file is wrong.
    """
    shipped = {name: load_shipped_routine(name, language) for name in shipped_names(language)}
    right = {name: file for name, file in own_files(language).items() if not file.mistakes}
    return shipped | {name: file.routine(load_language(language).own_source) for name, file in right.items()}


def is_own(name: str, language: str) -> bool:
    """Whether a routine's name stands for a file of the person's own, in this language."""
    return has_own(name) and language_of(read_routine_file(own_path(name))) == language


def shipped_text(name: str, language: str) -> str:
    """A shipped routine's file as it is.

    Raises:
        ContentError: the name or the language is unknown.
    """
    file = content_folder() / language / "routines" / f"{known(name, shipped_names(language), 'routine')}{SUFFIX}"
    return file.read_text(encoding="utf-8")


def shipped_path(name: str) -> Path | None:
    """Where a shipped routine's file is, in the first language that has it; None when none has."""
    language = next((one for one in languages() if name in shipped_names(one)), None)
    return None if language is None else Path(str(content_folder() / language / "routines" / f"{name}{SUFFIX}"))


def _read(language: str, name: str) -> dict[str, object]:
    """Parse a content file.

    Args:
        language: a known one.
        name: of the file in the language's folder, such as "wording" or "understanding/words".

    Args:
        language: of two letters.
        name: of the file.
        schema: of the file; those that several rooms read have theirs here.

    Raises:
        ContentError: the file is missing or no TOML.
    """
    file = content_folder().joinpath(language, *f"{name}{SUFFIX}".split("/"))
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        message = f"The file {file} is missing; install voice-coach again."
        raise ContentError(message) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        message = f"The file {file} is no TOML ({error}); mend it or install voice-coach again."
        raise ContentError(message) from error
