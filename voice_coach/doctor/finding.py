"""What a check has found out."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from enum import Enum
from functools import cached_property
from typing import TYPE_CHECKING, Any, Self

from voice_coach.doctor.texts import load_texts
from voice_coach.memory.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from voice_coach.core.sentences import Sentences
    from voice_coach.language.pack import LanguagePack
    from voice_coach.routines import Routine


class State(Enum):
    """How bad it is."""

    OK = "ok"
    WARNING = "warning"
    """The coach works, but not as well as it could."""
    FAILURE = "failure"
    """The coach cannot work."""


@dataclass(frozen=True, slots=True)
class Finding:
    """The outcome of one check."""

    name: str
    state: State
    meaning: str
    """One sentence, in the person's language."""
    remedy: str = ""
    """The one command (or, where only hands help, the one deed) that repairs it; empty when nothing must be done."""
    figures: Mapping[str, Any] = field(default_factory=dict)
    """What was measured, for JSON; units are in the names."""

    def as_json(self) -> dict[str, Any]:
        """As a JSON object."""
        return asdict(self) | {"state": self.state.value}

    @classmethod
    def from_json(cls, given: Mapping[str, Any]) -> Self:
        """What `as_json` made. Raises KeyError, TypeError, ValueError for anything else."""
        return cls(**{**given, "state": State(given["state"])})


def ok(name: str, meaning: str, **figures: object) -> Finding:
    """All is well."""
    return Finding(name, State.OK, meaning, "", figures)


def warning(name: str, meaning: str, remedy: str, **figures: object) -> Finding:
    """The coach works nevertheless."""
    return Finding(name, State.WARNING, meaning, remedy, figures)


def failure(name: str, meaning: str, remedy: str, **figures: object) -> Finding:
    """The coach cannot work."""
    return Finding(name, State.FAILURE, meaning, remedy, figures)


@dataclass(frozen=True)
class Circumstances:
    """What the checks need to know before they look."""

    pack: LanguagePack
    """Of the person's language."""
    load_routine: Callable[[str, str], Routine]
    """Reads a routine by its name and language; raises ContentError."""
    settings: Settings = field(default_factory=Settings)
    is_running: bool = False
    """Whether a coach runs already, and so may have the sound devices for itself."""

    @cached_property
    def texts(self) -> Sentences:
        """What the doctor says, in the person's language. Raises ContentError."""
        return load_texts(self.pack)

    def as_json(self) -> dict[str, Any]:
        """As a JSON object, without the content, which another process reads itself."""
        return {"settings": asdict(self.settings), "is_running": self.is_running}
