"""The person's own routines: TOML files in the folder of the configuration, and all that is wrong in one."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from voice_coach.core.routine_file import parse_routine
from voice_coach.core.routine_rules import problems_of
from voice_coach.core.toml_lines import line_of, lines_of
from voice_coach.core.toml_text import MOST_BYTES, read_toml
from voice_coach.errors import ContentError

if TYPE_CHECKING:
    from pathlib import Path
    from typing import Any

    from voice_coach.core.problems import Problem
    from voice_coach.core.routine import Routine

SUFFIX = ".toml"
_REMEDY = 'write a name, "=" and a value, and texts in quotes.'


@dataclass(frozen=True, slots=True)
class RoutineFile:
    """What a file holds."""

    path: Path
    content: dict[str, Any] = field(default_factory=dict)
    mistakes: tuple[tuple[int, str], ...] = ()
    """Each with its line, in order; those of the file as a whole stand on line 0."""

    @property
    def complaint(self) -> str:
        """All that is wrong, a line each; empty when nothing is."""
        if not self.mistakes:
            return ""
        count = "a mistake" if len(self.mistakes) == 1 else f"{len(self.mistakes)} mistakes"
        lines = [f"  line {line}: {words}" if line else f"  {words}" for line, words in self.mistakes]
        remedy = "Correct the file; docs/routines.md tells what may stand in it."
        return "\n".join([f"{self.path} has {count}:", *lines, remedy])

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


def language_of(file: RoutineFile) -> str:
    """The language that a file says; empty when it says none."""
    language = file.content.get("language")
    return language if isinstance(language, str) else ""


def read_routine_file(path: Path) -> RoutineFile:
    """Read a file and find all that is wrong in it. Never raises."""
    try:
        if path.stat().st_size > MOST_BYTES:
            return _unread(path, f"it is larger than {MOST_BYTES // 1000} kB; shorten it.")
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        return _unread(path, "it does not exist; `voice-coach routine list` shows what there is.")
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        return RoutineFile(path, {}, ((line, "it is not UTF-8 text; save it as UTF-8."),))
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        return _unread(path, f"it cannot be read ({reason}); name a text file that you may read.")
    return _judge(path, text)


def _unread(path: Path, words: str) -> RoutineFile:
    return RoutineFile(path, {}, ((0, words),))


def _judge(path: Path, text: str) -> RoutineFile:
    if not text.strip():
        return _unread(path, "it is empty; `voice-coach routine new` writes an example.")
    read = read_toml(text)
    found = {(one.line, f"{one.what}; {_REMEDY}") for one in read.mistakes}
    if read.is_whole:
        lines = lines_of(text)
        problems = ((line_of(one.place, lines), one) for one in problems_of(read.content, needs_sources=False))
        found |= {(line, _words(one)) for line, one in problems if line not in read.replaced}
    return RoutineFile(path, read.content, tuple(sorted(found)))


def _words(problem: Problem) -> str:
    return f"{problem.table}: {problem.sentence}" if problem.table else problem.sentence
