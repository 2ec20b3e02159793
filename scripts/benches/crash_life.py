"""What is left of a coach whose life was ended: what it had told, and what it had kept."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from crash_places import command_under_way, last_place

if TYPE_CHECKING:
    from crash_history import Sitting
    from crash_places import Command, Place
    from crash_settings import Chosen

    from voice_coach.rehearsal.coach_process import Line


class Moment(Enum):
    """When a life ends."""

    STARTING = "while the program starts"
    LOADING = "while the recogniser loads"
    SPEAKING = "while the person speaks"
    WRITING = "within 5 ms after a record was written"
    DECIDING = "about when a command is understood"
    OBEYING = "within 0.3 s after it was"
    LATER = "within 5 s after it was"


@dataclass(frozen=True, slots=True)
class Kept:
    """What is on the disk after a life, as the coach's own code reads it."""

    settings: Chosen | None
    """None when they cannot be read."""
    sittings: tuple[Sitting, ...] | None
    """The history; None when it cannot be read."""
    complaint: str = ""
    """Why something cannot be read; empty when all can."""


NOTHING_KEPT = Kept(None, None, "WRONG: nothing was looked at")


@dataclass(frozen=True)
class Life:
    """A coach that was ended, or refused to live."""

    moment: Moment
    lines: tuple[Line, ...]
    """What it had told before its end."""
    first_line_seconds: float | None
    """From the start of the process to its first page; None if it was ended before."""
    listening_seconds: float | None
    killed_at: float
    said: Command | None
    """What was under way."""
    processes: int
    """How many were alive when it was ended."""
    complaint: str
    """A traceback, an early end, or what is no JSON; empty when there was nothing wrong."""
    kept: Kept
    unsure: tuple[Line, ...] = ()
    """What it told in the instant in which its disk was gone already: that may be kept, or not."""

    @property
    def place(self) -> Place | None:
        """Where it said last that it was."""
        return last_place(self.lines)

    @property
    def under_way(self) -> Command | None:
        """What was said and may have been obeyed untold."""
        return command_under_way(self.said, self.lines)
