"""The person's own routines: TOML files in the folder of the configuration, and all that is wrong in one."""

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
"""What is read of a folder at each start; nobody has written more."""


@dataclass(frozen=True, slots=True)
class RoutineFile:
    """What a file holds."""

    path: Path
    size: int = 0
    """Characters that were read."""
    content: dict[str, Any] = field(default_factory=dict)
    mistakes: tuple[Mistake, ...] = ()
    """Each with its line; those of the file as a whole stand on line 0."""
    are_all: bool = True
    """False when there may be more of them: a file with very many is not looked at to its end."""

    @property
    def complaint(self) -> str:
        """What is wrong, a line each; empty when nothing is."""
        if not self.mistakes:
            return ""
        remedy = "Correct the file; docs/routines.md tells what may stand in it."
        return complaint(self.path, self.mistakes, remedy, are_all=self.are_all)

    def routine(self, own_source: str) -> Routine:
        """The routine in it.

        Args:
            own_source: who is named for what names no source.

        Raises:
            ContentError: there are mistakes; a line each.
        """
        if self.mistakes:
            raise ContentError(self.complaint)
        return parse_routine(self.content, self.path.stem, own_source=own_source)


def own_folder() -> Path:
    """Where a person's own routines lie, or would."""
    from platformdirs import user_config_path  # noqa: PLC0415 - only who has routines pays for it

    return user_config_path("voice-coach") / "routines"


def own_path(name: str) -> Path:
    """Where an own routine of that name lies, or would."""
    return own_folder() / f"{name}{SUFFIX}"


def own_names() -> tuple[str, ...]:
    """The names of all files there, right or wrong, sorted."""
    try:
        found = sorted(path.stem for path in own_folder().iterdir() if path.suffix == SUFFIX)
    except OSError:
        return ()
    return tuple(name for name in found if not name.startswith("."))


def has_own(name: str) -> bool:
    """Whether there is a file of that name, right or wrong."""
    return bool(name) and "/" not in name and not name.startswith(".") and os.path.lexists(own_path(name))


def read_own() -> Mapping[str, RoutineFile]:
    """The files there by their names, right or wrong; of very many or very large ones the first.

    One that is not among them can be led through nevertheless, by its name.
    """
    files, room = {}, MOST_BYTES_TOGETHER
    for name in own_names()[:MOST_FILES]:
        files[name] = read_routine_file(own_path(name))
        room -= files[name].size
        if room < 0:
            break
    return files


def language_of(file: RoutineFile) -> str:
    """The language that a file says; empty when it says none."""
    language = file.content.get("language")
    return language if isinstance(language, str) else ""


def read_routine_file(path: Path) -> RoutineFile:
    """Read a file and find all that is wrong in it. Never raises."""
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
    return _judge(path, text)


def _unread(path: Path, what: str, remedy: str, line: int = 0) -> RoutineFile:
    return RoutineFile(path, mistakes=(Mistake((), what, remedy, line),))


def _judge(path: Path, text: str) -> RoutineFile:
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
