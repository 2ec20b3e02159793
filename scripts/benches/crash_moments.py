"""Whether the moments of a hold that were told stay told over restarts: none is forgotten, none comes twice. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from voice_coach.core.moments import plan
from voice_coach.routines import Milestone

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from voice_coach.core.moments import Mark
    from voice_coach.rehearsal.coach_process import Line
    from voice_coach.routines import Hold

    Snapshot = dict[str, Any]

_DUE_SECONDS = 0.1
"""So much earlier than by our reckoning a moment may have come."""


class MomentsJudge:
    """Follows the moments of the hold over all lives.

    Args:
        hold: of the routine.
    """

    def __init__(self, hold: Hold) -> None:
        self._hold = hold
        self._past: frozenset[Mark] | None = None
        self._ever: frozenset[Mark] = frozenset()
        self._reminders: set[str] = set()
        self.told = 0
        """Moments that were told, or jumped over."""
        self.compared = 0
        """Restarts in a hold some of whose moments had been told."""

    def begin(self, first: Line, killed_at: float) -> Iterator[str]:
        """Judge what a life was given of the hold that the one before it was in."""
        snapshot = first.get("snapshot")
        restored = _past_in(snapshot)
        if self._past is None or restored is None:
            return  # whether there is a hold at all is judged elsewhere
        self.compared += bool(self._past)
        if forgotten := self._past - restored:
            yield f"WRONG moments: {_words(forgotten)} told and forgotten"
        untold = restored - self._past - self._come_by(snapshot, killed_at)
        if untold:
            yield f"WRONG moments: {_words(untold)} neither told nor due"

    def follow(self, lines: Sequence[Line]) -> Iterator[str]:
        """Take what a life told; a moment that was told in this hold must not come again."""
        for line in lines:
            if line["name"] in {"Keep", "Restored"}:
                yield from self._take(_past_in(line["snapshot"]), is_new=line["name"] == "Keep")
            elif line["name"] == "Speak" and self._past is not None and line["text"] in self._hold.reminders:
                if line["text"] in self._reminders:
                    yield f"WRONG moments: “{line['text']}” was said twice in one hold"
                self._reminders.add(line["text"])

    def _take(self, past: frozenset[Mark] | None, *, is_new: bool) -> Iterator[str]:
        if past is None:
            self._ever = frozenset()
            self._reminders.clear()
        elif self._past is not None and is_new:
            if again := (past - self._past) & self._ever:
                yield f"WRONG moments: {_words(again)} told twice"
            if forgotten := self._past - past:
                yield f"WRONG moments: {_words(forgotten)} told and then forgotten"
            self.told += len(past - self._past)
        self._past = past
        self._ever |= past or frozenset()

    def _come_by(self, snapshot: Snapshot | None, at: float) -> frozenset[Mark]:
        """The moments that had come when the life ended, told or not."""
        countdown = snapshot["countdown"] if snapshot else None
        if countdown is None:
            return frozenset()
        left = countdown["left_seconds"] if countdown["ends_at"] is None else countdown["ends_at"] - at
        moments = plan(countdown["total_seconds"], len(self._hold.reminders), self._hold.milestones)
        return frozenset(moment.mark for moment in moments if moment.remaining_seconds >= left - _DUE_SECONDS)


def _past_in(snapshot: Snapshot | None) -> frozenset[Mark] | None:
    """The moments that are past; None when there is no countdown."""
    if snapshot is None or snapshot["countdown"] is None:
        return None
    return frozenset(mark if type(mark) is int else Milestone(mark) for mark in snapshot["past"])


def _words(marks: frozenset[Mark]) -> str:
    return ", ".join(sorted(mark.name if isinstance(mark, Milestone) else f"reminder {mark}" for mark in marks))
