"""The person's own routines: TOML files in a folder of the configuration, and how their mistakes are found."""

from __future__ import annotations

import os
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from voice_coach.errors import ContentError
from voice_coach.personal_file import NoTextError, UnfitFileError, complaint, read_text
from voice_coach.routines import mistakes_of, parse_routine
from voice_coach.schema import MOST_MISTAKES, Mistake, line_of, lines_of, read_toml

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path
    from typing import Any

    from voice_coach.routines import Routine


SUFFIX = ".toml"
MOST_FILES = 100
MOST_BYTES_TOGETHER = 1_000_000
"""Characters of all files together that are read at a start, so that a huge folder does not delay it."""


@dataclass(frozen=True, slots=True)
class RoutineFile:
    """The content of a routine's file, and its mistakes."""

    path: Path
    size: int = 0
    """The number of characters that were read."""
    content: dict[str, Any] = field(default_factory=dict)
    mistakes: tuple[Mistake, ...] = ()
    """The mistakes, each with its line; mistakes of the file as a whole have line 0."""
    are_all: bool = True
    """Whether `mistakes` holds all of them; a file with very many is not checked to its end."""

    @property
    def complaint(self) -> str:
        """A text that lists the mistakes, a line for each; empty when there are none."""
        if not self.mistakes:
            return ""
        remedy = "Correct the file; docs/routines.md tells what may stand in it."
        return complaint(self.path, self.mistakes, remedy, are_all=self.are_all)

    def routine(self, own_source: str) -> Routine:
        """Make the routine from the file's content.

        Args:
            own_source: the source that is named for claims without one.

        Raises:
            ContentError: the file has mistakes; the text has a line for each.
        """
        if self.mistakes:
            raise ContentError(self.complaint)
        return parse_routine(self.content, self.path.stem, own_source=own_source)


def own_folder() -> Path:
    """Return the folder of a person's own routines; it need not exist."""
    from platformdirs import user_config_path  # noqa: PLC0415 - loaded only when it is needed

    return user_config_path("voice-coach") / "routines"


def own_path(name: str) -> Path:
    """Return the path of a person's own routine of that name; the file need not exist."""
    return own_folder() / f"{name}{SUFFIX}"


def own_names() -> tuple[str, ...]:
    """Return the names of all files of own routines, also of those with mistakes, sorted."""
    try:
        found = sorted(path.stem for path in own_folder().iterdir() if path.suffix == SUFFIX)
    except OSError:
        return ()
    return tuple(name for name in found if not name.startswith("."))


def has_own(name: str) -> bool:
    """Whether the person has a routine's file of that name, with or without mistakes."""
    return bool(name) and "/" not in name and not name.startswith(".") and os.path.lexists(own_path(name))


def read_own() -> Mapping[str, RoutineFile]:
    """Read the person's own routines, also those with mistakes, by their names.

    Reading stops after MOST_FILES files or MOST_BYTES_TOGETHER characters. The routines that are left out then can
    still be started by their names.
    """
    files, room = {}, MOST_BYTES_TOGETHER
    for name in own_names()[:MOST_FILES]:
        files[name] = read_routine_file(own_path(name))
        room -= files[name].size
        if room < 0:
            break
    return files


def language_of(file: RoutineFile) -> str:
    """Return the language that a routine's file names; empty when it names none."""
    language = file.content.get("language")
    return language if isinstance(language, str) else ""


def read_routine_file(path: Path) -> RoutineFile:
    """Read a routine's file and find all its mistakes; a file that cannot be read has that as a mistake."""
    try:
        text = read_text(path)
    except FileNotFoundError:
        return _unread(path, "it does not exist", "`voice-coach routine list` shows what there is")
    except NoTextError as error:
        return _unread(path, "it is not UTF-8 text", "save it as UTF-8", error.line)
    except UnfitFileError as error:
        return _unread(path, str(error.strerror), "a routine is a text file, and a small one")
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        return _unread(path, f"it cannot be read ({reason})", "name a text file that you may read")
    return _check(path, text)


def _unread(path: Path, what: str, remedy: str, line: int = 0) -> RoutineFile:
    return RoutineFile(path, mistakes=(Mistake((), what, remedy, line),))


def _check(path: Path, text: str) -> RoutineFile:
    if not text.strip():
        return _unread(path, "it is empty", "`voice-coach routine new` writes an example")
    read = read_toml(text)
    found, are_all = read.mistakes, read.are_all
    if read.is_whole:
        lines = lines_of(text)
        mistakes = mistakes_of(read.content, needs_sources=False)
        placed = (replace(one, line=line_of(one.path, lines)) for one in mistakes)
        found = [*found, *(one for one in placed if one.line not in read.replaced)]
        are_all = len(mistakes) < MOST_MISTAKES
    once = {(one.line, one.sentence_with_table): one for one in found}
    return RoutineFile(path, len(text), read.content, tuple(once[key] for key in sorted(once)), are_all)
