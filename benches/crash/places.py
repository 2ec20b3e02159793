"""What a life of a coach has left: its place in the routine, its JSON lines, and what it kept on the disk. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Any

from voice_coach.core.view import Phase, Progress

if TYPE_CHECKING:
    from collections.abc import Sequence

    from benches.crash.memory_judges import Chosen, Sitting
    from voice_coach.core.intents import Intent
    from voice_coach.rehearsal.coach_process import Line


TOLERANCE_SECONDS = 1.0
"""So far off the time left may be."""
_NOWHERE = frozenset({Phase.IDLE, Phase.DONE})


@dataclass(frozen=True, slots=True)
class Place:
    """Where a session is. Times are monotonic seconds, the same clock in all processes."""

    phase: Phase = Phase.IDLE
    step: int = 0
    """1-based; 0 before and after the routine."""
    total: float | None = None
    """Of the countdown, seconds; None without one."""
    left: float = 0.0
    """Of a countdown that stands still."""
    ends_at: float | None = None
    """Of a countdown that runs."""
    slack: float = 0.0
    """So uncertain are the times of a place that was only foreseen, seconds."""
    left_out: frozenset[int] = frozenset()
    """The numbers of the steps that are skipped, or do not belong to this time of day."""

    def error(self, other: Place) -> float | None:
        """How far the times are apart, in seconds beyond what is uncertain; None when it is another place."""
        if (self.phase, self.step, self.total) != (other.phase, other.step, other.total):
            return None
        if (self.ends_at is None) != (other.ends_at is None):
            return None
        here, there = (place.left if place.ends_at is None else place.ends_at for place in (self, other))
        return max(0.0, abs(here - there) - self.slack - other.slack)

    def is_right(self, other: Place) -> bool:
        """Whether it is the same place, with the same steps to come, and the time left right within a second."""
        error = self.error(other)
        here = {self.step}  # the page does not say of the step that is under way that it is to be skipped
        return error is not None and error <= TOLERANCE_SECONDS and self.left_out - here == other.left_out - here

    def moved(self, by: int, steps: int) -> int:
        """The next step that is due (by 1) or the one before (by -1) of so many; itself or one more at the ends."""
        due = (step for step in range(self.step + by, 0 if by < 0 else steps + 1, by) if step not in self.left_out)
        return next(due, 1 if by < 0 else steps + 1)


@dataclass(frozen=True, slots=True)
class Voice:
    """How the coach spoke."""

    words_per_minute: int
    volume: float


@dataclass(frozen=True, slots=True)
class Command:
    """What the person said, and when."""

    intent: Intent
    minutes: int = 0
    about: str = ""
    started_at: float = 0.0


class Outcome(Enum):
    """What a restart restored."""

    RIGHT = "right"
    """What was told last."""
    IN_FLIGHT = "in flight"
    """What the command led to that was under way."""
    WRONG = "wrong"


def place_in(view: dict[str, Any]) -> Place:
    """The place that a Show line shows; before and after the routine there is none."""
    phase = Phase(view["phase"])
    if phase in _NOWHERE:
        return Place()
    number, countdown = view["step_number"], view["countdown"]
    progress = [step["progress"] for step in view.get("steps", ())]
    left_out = frozenset(at for at, word in enumerate(progress, 1) if word == Progress.LEFT_OUT.value)
    if countdown is None:
        return Place(phase, number, left_out=left_out)
    ends_at = countdown["ends_at"]
    left = countdown["remaining_seconds"] if ends_at is None else 0.0
    return Place(phase, number, countdown["total_seconds"], left, ends_at, left_out=left_out)


def last_place(lines: Sequence[Line]) -> Place | None:
    """What was told last, if anything was."""
    return next((place_in(line["view"]) for line in reversed(lines) if line["name"] == "Show"), None)


def first_voice(lines: Sequence[Line]) -> Voice | None:
    """How the coach speaks at first."""
    voice = next((line["voice"] for line in lines if "voice" in line), None)
    return voice and Voice(voice["words_per_minute"], round(voice["volume"], 2))


def command_under_way(said: Command | None, lines: Sequence[Line]) -> Command | None:
    """What was said last, unless the coach had told already what came of it."""
    if said is None:
        return None
    heard_at = next(
        (line["at"] for line in lines if line["name"] == "Heard" and line["at"] >= said.started_at), float("inf")
    )
    return None if any(line["name"] == "Show" and line["at"] >= heard_at for line in lines) else said


def when_the_hold_is_over(place: Place, now: float, phases: Sequence[Phase]) -> Place | None:
    """Where a session must be that was kept in a hold which is over by `now`; None if it is not."""
    if place.ends_at is None or place.ends_at > now:
        return None
    step = place.moved(1, len(phases))
    return Place(phases[step - 1], step, left_out=place.left_out)


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
