"""Loads languages and routines: the files in content/, and the person's own routines.

Only programs call this module, the commands of the command line and the skill of OpenVoiceOS; all other parts are given
what was loaded.
"""

from __future__ import annotations

import json
import tomllib
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING

from voice_coach.content_index import content_folder, known, languages, shipped_names
from voice_coach.errors import ContentError
from voice_coach.language.pack import LEARNED, LanguagePack
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
    """Return the language pack of a language; each call returns the same one.

    Args:
        code: the code of the language: two letters, such as "en".

    Raises:
        ContentError: the language is unknown.
    """
    return LanguagePack(known(code, languages(), "language"), partial(_read, code))


def routine_names(language: str) -> tuple[str, ...]:
    """Return the names of all routines of a language: shipped ones, then the person's own, also those with mistakes."""
    return tuple(dict.fromkeys((*shipped_names(language), *own_files(language))))


def own_files(language: str) -> Mapping[str, RoutineFile]:
    """Return the files of the person's own routines in a language by their names, also those with mistakes."""
    return {name: file for name, file in read_own().items() if language_of(file) in {language, ""}}


def load_routine(name: str, language: str) -> Routine:
    """Read a routine: the person's own if there is one of that name, else the shipped one.

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
    """Read a shipped routine, even if the person has an own routine of the same name.

    Raises:
        ContentError: the name or the language is unknown.
    """
    return parse_routine(_read(language, f"routines/{known(name, shipped_names(language), 'routine')}"), name)


def load_routines(language: str) -> Mapping[str, Routine]:
    """Read all routines of a language, by their names; the person's own ones only if they have no mistakes.

    Raises:
        ContentError: the language is unknown or a shipped file is wrong.
    """
    shipped = {name: load_shipped_routine(name, language) for name in shipped_names(language)}
    right = {name: file for name, file in own_files(language).items() if not file.mistakes}
    return shipped | {name: file.routine(load_language(language).own_source) for name, file in right.items()}


def is_own(name: str, language: str) -> bool:
    """Whether the person has an own routine of that name whose file names this language."""
    return has_own(name) and language_of(read_routine_file(own_path(name))) == language


def shipped_text(name: str, language: str) -> str:
    """Return the text of a shipped routine's file.

    Raises:
        ContentError: the name or the language is unknown.
    """
    file = content_folder() / language / "routines" / f"{known(name, shipped_names(language), 'routine')}{SUFFIX}"
    return file.read_text(encoding="utf-8")


def shipped_path(name: str) -> Path | None:
    """Return the path of a shipped routine's file in the first language that has it; None when no language has it."""
    language = next((one for one in languages() if name in shipped_names(one)), None)
    return None if language is None else Path(str(content_folder() / language / "routines" / f"{name}{SUFFIX}"))


def _read(language: str, name: str) -> dict[str, object]:
    """Parse a content file: what people write is TOML, what a script has learned is JSON.

    Args:
        language: the code of a known language.
        name: the file's name in the language's folder, without its suffix, such as "wording" or "routines/clay_mask".

    Raises:
        ContentError: the file is missing or malformed.
    """
    suffix, parse = (".json", json.loads) if name == LEARNED else (SUFFIX, tomllib.loads)
    file = content_folder().joinpath(language, *f"{name}{suffix}".split("/"))
    try:
        content: dict[str, object] = parse(file.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        message = f"The file {file} is missing; install voice-coach again."
        raise ContentError(message) from error
    except ValueError as error:
        message = f"The file {file} cannot be read ({error}); mend it or install voice-coach again."
        raise ContentError(message) from error
    return content
