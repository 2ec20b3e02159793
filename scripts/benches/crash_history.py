"""Whether the facts that were told are in the history, in their order, and nothing else is. Pure.

Nobody waits for the history, so what a coach recorded in its last moments may be missing, the latest first.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from itertools import accumulate
from typing import TYPE_CHECKING, Any

from crash_places import Command, Outcome

from voice_coach.core.intents import Intent
from voice_coach.core.past import Feeling
from voice_coach.routines import Phase

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from crash_life import Life
    from crash_places import Place

    from voice_coach.rehearsal.coach_process import Line
    from voice_coach.routines import Routine

    Sittings = tuple["Sitting", ...]
    Fact = dict[str, Any]

LATEST_SECONDS = 1.0
"""What was recorded longer ago must be on a disk that works."""
_LEFT, _DONE = "left", "done"


@dataclass(frozen=True, slots=True)
class Sitting:
    """A session in the history, without its times."""

    routine: str
    name: str
    mask: str
    hold_seconds: float | None
    ending: str | None = None
    steps: tuple[tuple[str, bool], ...] = ()
    """The id of each that was reached, and whether the mask stayed on from then."""
    feelings: tuple[str, ...] = ()

    @property
    def step(self) -> str:
        """The id of the step that was reached last; empty before the first."""
        return self.steps[-1][0] if self.steps else ""


class HistoryJudge:
    """Follows the history over all lives.

    Args:
        routine: the only one that is gone through.
        hold_seconds: how long its hold is at first.
    """

    def __init__(self, routine: Routine, hold_seconds: float) -> None:
        self._routine = routine
        self._hold_seconds = hold_seconds
        self._kept: Sittings = ()
        self.told = self.demanded = self.found = 0
        """How many facts were told; of these, those that had to be in the history after that life, and that were."""

    def judge(self, life: Life, places: Sequence[Place]) -> tuple[Outcome, str]:
        """What became of the facts of a life, and what is wrong with it.

        Args:
            life: over.
            places: where it may have gone untold.
        """
        kept = life.kept.sittings
        if kept is None:
            return Outcome.WRONG, life.kept.complaint
        before, self._kept = self._kept, kept
        told = [(line["at"], fact) for line in life.lines if (fact := _fact_in(line, self._routine.id)) is not None]
        demanded = sum(at < life.killed_at - LATEST_SECONDS or "restored" in fact for at, fact in told)
        facts = [fact for _, fact in told]
        states = list(accumulate(facts, _with, initial=before))
        self._count(facts, demanded, max((at for at, state in enumerate(states) if state == kept), default=0))
        if kept == states[-1]:
            return Outcome.RIGHT, ""
        if kept in states[demanded:] or kept in self._untold(life, states[-1], places):
            return Outcome.IN_FLIGHT, ""
        what = f"{demanded} of {facts} had to be in it, there is {kept[-2:]}, before there was {before[-2:]}"
        return Outcome.WRONG, f"WRONG history: {what}"

    def _count(self, facts: Sequence[Fact], demanded: int, found: int) -> None:
        sums = [sum("restored" not in fact for fact in facts[:end]) for end in (len(facts), demanded, found)]
        self.told, self.demanded, self.found = (
            before + more for before, more in zip((self.told, self.demanded, self.found), sums, strict=True)
        )

    def _untold(self, life: Life, state: Sittings, places: Sequence[Place]) -> Iterator[Sittings]:
        """What a history may hold beyond all that was told: what the command under way has led to."""
        began = not any(line["name"] in {"Started", "Restored"} for line in life.lines)
        starts = [state, *(_with(state, {"restored": one}) for one in (None, self._routine.id) if began)]
        unsure = [fact for line in life.unsure if (fact := _fact_in(line, self._routine.id)) is not None]
        for start in starts:
            for facts in (unsure, *self._led_to(life, places)):
                yield from accumulate(facts, _with, initial=start)

    def _led_to(self, life: Life, places: Sequence[Place]) -> Iterator[list[Fact]]:
        for place in places:
            if not place.step:
                yield from ([{"ending": ending}] for ending in (_LEFT, _DONE))
                continue
            step = self._routine.steps[place.step - 1]
            reached = {"step": step.id, "is_mask_on": step.phase is Phase.HOLDING}
            yield [reached]
            yield [_began(self._routine, self._hold_seconds), reached]
        match life.under_way:
            case Command(Intent.FELT, about=feeling):
                yield [{"feeling": feeling}]
            case Command(Intent.YES):  # to the question whether it was that
                yield from ([{"feeling": feeling.value}] for feeling in Feeling)


def _began(routine: Routine, hold_seconds: float) -> Fact:
    return {"routine": routine.id, "name": routine.title, "mask": routine.mask, "hold_seconds": hold_seconds}


def _fact_in(line: Line, routine: str) -> Fact | None:
    """What a line says that changes the history: a fact, or how a life began."""
    match line["name"]:
        case "Record":
            return dict(line["fact"])
        case "Started":
            return {"restored": None}
        case "Restored":
            return {"restored": line.get("snapshot", {}).get("routine", routine)}
        case _:
            return None


def _with(sittings: Sittings, fact: Fact) -> Sittings:
    """The history with one fact more: written down here once more, independent of the coach."""
    open_ = _open(sittings)
    match fact:
        case {"restored": routine}:
            return _begun(sittings, routine)
        case {"routine": routine, "name": name, "mask": mask, "hold_seconds": hold}:
            is_hold = math.isfinite(hold) and hold > 0
            return (*_left(sittings), Sitting(routine, name, mask, float(hold) if is_hold else None))
        case {"step": step, "is_mask_on": is_on} if open_ is not None and sittings[open_].step != step:
            return _changed(sittings, open_, steps=(*sittings[open_].steps, (step, is_on)))
        case {"ending": ending} if open_ is not None:
            return _changed(sittings, open_, ending=ending)
        case {"feeling": feeling} if sittings:
            return _changed(sittings, -1, feelings=(*sittings[-1].feelings, feeling))
    return sittings


def _begun(sittings: Sittings, routine: str | None) -> Sittings:
    """At the start of a life: what was open has been left, but for a session that goes on."""
    going_on = None if routine is None else _open(sittings, routine)
    begun = _left(sittings, but=going_on)
    if routine is None or going_on is not None:
        return begun
    return (*begun, Sitting(routine, routine, "", None))  # it was never written down


def _open(sittings: Sittings, routine: str | None = None) -> int | None:
    fitting = [place for place, one in enumerate(sittings) if one.ending is None and routine in {None, one.routine}]
    return max(fitting, default=None)


def _left(sittings: Sittings, but: int | None = None) -> Sittings:
    return tuple(
        replace(one, ending=_LEFT) if one.ending is None and place != but else one for place, one in enumerate(sittings)
    )


def _changed(sittings: Sittings, place: int, **values: Any) -> Sittings:  # noqa: ANN401  any field's
    changed = list(sittings)
    changed[place] = replace(changed[place], **values)
    return tuple(changed)
