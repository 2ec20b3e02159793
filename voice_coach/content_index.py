"""The names of all languages and routines. Settings are checked against them before any language is loaded."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

from voice_coach.errors import ContentError, did_you_mean
from voice_coach.routine_folder import MOST_FILES, SUFFIX, own_names

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable


def content_folder() -> Traversable:
    """Return the package's folder `content`, which has one folder for each language."""
    return files("voice_coach") / "content"


@cache
def languages() -> tuple[str, ...]:
    """Return the codes of all languages that the coach speaks, sorted; two letters each, such as "en"."""
    folders = content_folder().iterdir()
    return tuple(sorted(folder.name for folder in folders if (folder / f"wording{SUFFIX}").is_file()))


@cache
def shipped_names(language: str) -> tuple[str, ...]:
    """Return the names of the routines that ship with the coach in a language, sorted.

    Raises:
        ContentError: the language is unknown.
    """
    folder = content_folder() / known(language, languages(), "language") / "routines"
    return tuple(sorted(file.name.removesuffix(SUFFIX) for file in folder.iterdir() if file.name.endswith(SUFFIX)))


def all_routine_names() -> tuple[str, ...]:
    """Return the names of the routines of all languages, also of files with mistakes; shipped ones come first."""
    shipped = (name for language in languages() for name in shipped_names(language))
    return tuple(dict.fromkeys((*shipped, *own_names()[:MOST_FILES])))


def known(name: str, names: tuple[str, ...], kind: str) -> str:
    """Return a name unchanged if it is one of the known names.

    Raises:
        ContentError: it is not; the message says that there is no such `kind`, and which one may have been meant.
    """
    if name in names:
        return name
    remedy = did_you_mean(name, names) or f"choose one of {', '.join(names)}."
    message = f'There is no {kind} "{name}"; {remedy}'
    raise ContentError(message)
