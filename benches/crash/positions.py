"""What a life of a coach has left: its place in the routine, its JSON lines, and what it kept on the disk. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Any

from voice_coach.routines import Phase
from voice_coach.session.view import Progress

if TYPE_CHECKING:
    from collections.abc import Sequence

    from benches.crash.memory_judges import PastSession, Preferences
    from voice_coach.language.intents import Intent
    from voice_coach.rehearsal.coach_process import Line


TOLERANCE_SECONDS = 1.0
"""Seconds by which the time left may be wrong."""
_NOWHERE = frozenset({Phase.IDLE, Phase.DONE})


@dataclass(frozen=True, slots=True)
class Position:
    """The position of a session in its routine. Times are monotonic seconds, the same clock in all processes."""

    phase: Phase = Phase.IDLE
    step: int = 0
    """1-based; 0 before and after the routine."""
    total: float | None = None
    """Length of the countdown in seconds; None without one."""
    left: float = 0.0
    """Seconds left of a countdown that stands still."""
    ends_at: float | None = None
    """The end of a countdown that runs, in monotonic seconds."""
    slack: float = 0.0
    """Seconds by which the times of a position that was only derived are uncertain."""
    left_out: frozenset[int] = frozenset()
    """The numbers of the steps that are skipped, or do not belong to this time of day."""

    def error(self, other: Position) -> float | None:
        """Seconds by which the times differ, beyond their uncertainty; None when the position is another one."""
        if (self.phase, self.step, self.total) != (other.phase, other.step, other.total):
            return None
        if (self.ends_at is None) != (other.ends_at is None):
            return None
        here, there = (place.left if place.ends_at is None else place.ends_at for place in (self, other))
        return max(0.0, abs(here - there) - self.slack - other.slack)

    def is_right(self, other: Position) -> bool:
        """Whether it is the same position, with the same steps to come, and the time left right within a second."""
        error = self.error(other)
        here = {self.step}  # the page does not say of the step that is under way that it is to be skipped
        return error is not None and error <= TOLERANCE_SECONDS and self.left_out - here == other.left_out - here

    def moved(self, by: int, steps: int) -> int:
        """The next step that is due (by 1) or the one before (by -1) of so many; itself or one more at the ends."""
        due = (step for step in range(self.step + by, 0 if by < 0 else steps + 1, by) if step not in self.left_out)
        return next(due, 1 if by < 0 else steps + 1)


@dataclass(frozen=True, slots=True)
class SpeechSettings:
    """Pace and volume of the coach's voice."""

    words_per_minute: int
    volume: float


@dataclass(frozen=True, slots=True)
class SpokenCommand:
    """A command of the person, with its time in monotonic seconds."""

    intent: Intent
    minutes: int = 0
    about: str = ""
    started_at: float = 0.0


class Restoration(Enum):
    """The judgement of what a restart restored."""

    RIGHT = "right"
    """It is what was told last."""
    IN_FLIGHT = "in flight"
    """It is the result of the command that was under way."""
    WRONG = "wrong"


def place_in(view: dict[str, Any]) -> Position:
    """The place that a Show line shows; before and after the routine there is none."""
    phase = Phase(view["phase"])
    if phase in _NOWHERE:
        return Position()
    number, countdown = view["step_number"], view["countdown"]
    progress = [step["progress"] for step in view.get("steps", ())]
    left_out = frozenset(at for at, word in enumerate(progress, 1) if word == Progress.LEFT_OUT.value)
    if countdown is None:
        return Position(phase, number, left_out=left_out)
    ends_at = countdown["ends_at"]
    left = countdown["remaining_seconds"] if ends_at is None else 0.0
    return Position(phase, number, countdown["total_seconds"], left, ends_at, left_out=left_out)


def last_place(lines: Sequence[Line]) -> Position | None:
    """The position that was told last, if any was."""
    return next((place_in(line["view"]) for line in reversed(lines) if line["name"] == "Show"), None)


def first_voice(lines: Sequence[Line]) -> SpeechSettings | None:
    """The speech settings with which the coach begins."""
    voice = next((line["voice"] for line in lines if "voice" in line), None)
    return voice and SpeechSettings(voice["words_per_minute"], round(voice["volume"], 2))


def command_under_way(said: SpokenCommand | None, lines: Sequence[Line]) -> SpokenCommand | None:
    """The last command, unless the coach had already told its result."""
    if said is None:
        return None
    heard_at = next(
        (line["at"] for line in lines if line["name"] == "CommandHeard" and line["at"] >= said.started_at), float("inf")
    )
    return None if any(line["name"] == "Show" and line["at"] >= heard_at for line in lines) else said


def when_the_hold_is_over(place: Position, now: float, phases: Sequence[Phase]) -> Position | None:
    """The position in which a hold that is over by `now` must be restored; None if it is not over."""
    if place.ends_at is None or place.ends_at > now:
        return None
    step = place.moved(1, len(phases))
    return Position(phases[step - 1], step, left_out=place.left_out)


class EndMoment(Enum):
    """The moment at which a life is ended."""

    STARTING = "while the program starts"
    LOADING = "while the recogniser loads"
    SPEAKING = "while the person speaks"
    WRITING = "within 5 ms after a record was written"
    DECIDING = "about when a command is understood"
    OBEYING = "within 0.3 s after it was"
    LATER = "within 5 s after it was"


@dataclass(frozen=True, slots=True)
class DiskContents:
    """The contents of the disk after a life, as the coach's own code reads them."""

    settings: Preferences | None
    """None when they cannot be read."""
    past_sessions: tuple[PastSession, ...] | None
    """The history; None when it cannot be read."""
    complaint: str = ""
    """Why something cannot be read; empty when all can."""


NOTHING_KEPT = DiskContents(None, None, "WRONG: nothing was looked at")


@dataclass(frozen=True)
class Life:
    """A coach that was ended, or refused to live."""

    moment: EndMoment
    lines: tuple[Line, ...]
    """The lines that it had written before its end."""
    first_line_seconds: float | None
    """Seconds from the start of the process to its first page; None if it was ended before."""
    listening_seconds: float | None
    killed_at: float
    said: SpokenCommand | None
    """The command that was under way."""
    processes: int
    """Number of its processes when it was ended."""
    complaint: str
    """A traceback, an early end, or what is no JSON; empty when there was nothing wrong."""
    kept: DiskContents
    unsure: tuple[Line, ...] = ()
    """Lines written in the instant in which its disk was already gone: their contents may be on the disk, or not."""

    @property
    def place(self) -> Position | None:
        """The position that it told last."""
        return last_place(self.lines)

    @property
    def under_way(self) -> SpokenCommand | None:
        """The command that may have been obeyed without being told."""
        return command_under_way(self.said, self.lines)
