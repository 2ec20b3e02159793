"""Judges whether the settings, the history and the announcements of a hold survive restarts. Pure.

Settings that were told must be on the disk. Facts that were told must be in the history in their order, and nothing
else: nobody waits for the history, so the latest facts of a life may be missing, the last one first. An announcement
that was told is neither forgotten nor made twice.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from itertools import accumulate
from typing import TYPE_CHECKING, Any

from benches.crash.positions import Restoration, SpokenCommand
from voice_coach.language.intents import Intent
from voice_coach.routines import Milestone, Phase
from voice_coach.routines.past_masks import Feeling
from voice_coach.session.timer import schedule

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from benches.crash.positions import Life, Position
    from voice_coach.rehearsal.coach_process import Line
    from voice_coach.routines import Hold, Routine
    from voice_coach.session.timer import AnnouncementMark

    PastSessions = tuple["PastSession", ...]
    Fact = dict[str, Any]
    Snapshot = dict[str, Any]

_PACE_STEP, _VOLUME_STEP = 20, 0.1
_HALF_A_STEP = 0.05
LATEST_SECONDS = 1.0
"""Seconds after which a recorded fact must be on a disk that works."""
_LEFT, _DONE = "left", "done"
_DUE_SECONDS = 0.1
"""Seconds by which an announcement may come earlier than calculated here."""


@dataclass(frozen=True, slots=True)
class Preferences:
    """The preferences that a person chose by voice."""

    words_per_minute: int = 165
    volume: float = 0.8
    skin: str | None = None
    detail: str = "full"


class SettingsJudge:
    """Follows the settings over all lives."""

    def __init__(self) -> None:
        self._kept = Preferences()
        self.compared = 0
        """How often settings that had been changed in a life were judged after it."""

    def judge(self, life: Life) -> tuple[Restoration, str]:
        """Judge the settings that a life has left; return the judgement, and what is wrong."""
        told = _last_saved(life.lines) or self._kept
        kept = life.kept.settings
        if kept is None:
            return Restoration.WRONG, life.kept.complaint
        self.compared += told != Preferences()
        before, self._kept = self._kept, kept
        if kept == told:
            return Restoration.RIGHT, ""
        if any(kept == saved for line in life.unsure if (saved := _saved(line))):
            return Restoration.IN_FLIGHT, ""
        if life.under_way and _explains(life.under_way, told, kept):
            return Restoration.IN_FLIGHT, ""
        return Restoration.WRONG, f"WRONG settings: {told} was told, {kept} is kept, before it was {before}"


def _last_saved(lines: Sequence[Line]) -> Preferences | None:
    return next((saved for line in reversed(lines) if (saved := _saved(line))), None)


def _saved(line: Line) -> Preferences | None:
    if line["name"] != "SavePreferences":
        return None
    voice = line["voice"]
    detail = "brief" if line.get("is_brief") else "full"
    return Preferences(voice["words_per_minute"], round(voice["volume"], 2), line.get("skin"), detail)


def _explains(command: SpokenCommand, told: Preferences, kept: Preferences) -> bool:
    """Whether the command explains the changed settings. A yes may confirm any other command."""
    louder = abs(kept.volume - told.volume) <= _VOLUME_STEP + _HALF_A_STEP
    faster = abs(kept.words_per_minute - told.words_per_minute) <= _PACE_STEP
    changes = {
        Intent.LOUDER: louder and kept == replace(told, volume=kept.volume),
        Intent.QUIETER: louder and kept == replace(told, volume=kept.volume),
        Intent.FASTER: faster and kept == replace(told, words_per_minute=kept.words_per_minute),
        Intent.SLOWER: faster and kept == replace(told, words_per_minute=kept.words_per_minute),
        Intent.SKIN: kept == replace(told, skin=kept.skin),
        Intent.BRIEF: kept == replace(told, detail="brief"),
        Intent.FULL: kept == replace(told, detail="full"),
    }
    return any(changes.values()) if command.intent is Intent.YES else changes.get(command.intent, False)


@dataclass(frozen=True, slots=True)
class PastSession:
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
        self._kept: PastSessions = ()
        self.told = self.demanded = self.found = 0
        """Facts that were told, that had to be in the history after their life, and that were in it."""

    def judge(self, life: Life, places: Sequence[Position]) -> tuple[Restoration, str]:
        """Judge the facts of a life; return the judgement, and what is wrong.

        Args:
            life: over.
            places: where it may have gone untold.
        """
        kept = life.kept.past_sessions
        if kept is None:
            return Restoration.WRONG, life.kept.complaint
        before, self._kept = self._kept, kept
        told = [(line["at"], fact) for line in life.lines if (fact := _fact_in(line, self._routine.id)) is not None]
        demanded = sum(at < life.killed_at - LATEST_SECONDS or "restored" in fact for at, fact in told)
        facts = [fact for _, fact in told]
        states = list(accumulate(facts, _with, initial=before))
        self._count(facts, demanded, max((at for at, state in enumerate(states) if state == kept), default=0))
        if kept == states[-1]:
            return Restoration.RIGHT, ""
        if kept in states[demanded:] or kept in self._untold(life, states[-1], places):
            return Restoration.IN_FLIGHT, ""
        what = f"{demanded} of {facts} had to be in it, there is {kept[-2:]}, before there was {before[-2:]}"
        return Restoration.WRONG, f"WRONG history: {what}"

    def _count(self, facts: Sequence[Fact], demanded: int, found: int) -> None:
        sums = [sum("restored" not in fact for fact in facts[:end]) for end in (len(facts), demanded, found)]
        self.told, self.demanded, self.found = (
            before + more for before, more in zip((self.told, self.demanded, self.found), sums, strict=True)
        )

    def _untold(self, life: Life, state: PastSessions, places: Sequence[Position]) -> Iterator[PastSessions]:
        """Facts that a history may hold beyond all that was told: those that the command under way has led to."""
        began = not any(line["name"] in {"Started", "Restored"} for line in life.lines)
        starts = [state, *(_with(state, {"restored": one}) for one in (None, self._routine.id) if began)]
        unsure = [fact for line in life.unsure if (fact := _fact_in(line, self._routine.id)) is not None]
        for start in starts:
            for facts in (unsure, *self._led_to(life, places)):
                yield from accumulate(facts, _with, initial=start)

    def _led_to(self, life: Life, places: Sequence[Position]) -> Iterator[list[Fact]]:
        for place in places:
            if not place.step:
                yield from ([{"ending": ending}] for ending in (_LEFT, _DONE))
                continue
            step = self._routine.steps[place.step - 1]
            reached = {"step": step.id, "is_mask_on": step.phase is Phase.HOLDING}
            yield [reached]
            yield [_began(self._routine, self._hold_seconds), reached]
        match life.under_way:
            case SpokenCommand(Intent.FELT, about=feeling):
                yield [{"feeling": feeling}]
            case SpokenCommand(Intent.YES):  # to the question whether it was that
                yield from ([{"feeling": feeling.value}] for feeling in Feeling)


def _began(routine: Routine, hold_seconds: float) -> Fact:
    return {"routine": routine.id, "name": routine.title, "mask": routine.mask, "hold_seconds": hold_seconds}


def _fact_in(line: Line, routine: str) -> Fact | None:
    """The change that a line makes to the history: a fact, or the beginning of a life."""
    match line["name"]:
        case "AppendHistory":
            return dict(line["event"])
        case "Started":
            return {"restored": None}
        case "Restored":
            return {"restored": line.get("snapshot", {}).get("routine", routine)}
        case _:
            return None


def _with(past_sessions: PastSessions, fact: Fact) -> PastSessions:
    """The history with one fact more, derived here independently of the coach."""
    open_ = _open(past_sessions)
    match fact:
        case {"restored": routine}:
            return _begun(past_sessions, routine)
        case {"routine": routine, "name": name, "mask": mask, "hold_seconds": hold}:
            is_hold = math.isfinite(hold) and hold > 0
            return (*_left(past_sessions), PastSession(routine, name, mask, float(hold) if is_hold else None))
        case {"step": step, "is_mask_on": is_on} if open_ is not None and past_sessions[open_].step != step:
            return _changed(past_sessions, open_, steps=(*past_sessions[open_].steps, (step, is_on)))
        case {"ending": ending} if open_ is not None:
            return _changed(past_sessions, open_, ending=ending)
        case {"feeling": feeling} if past_sessions:
            return _changed(past_sessions, -1, feelings=(*past_sessions[-1].feelings, feeling))
    return past_sessions


def _begun(past_sessions: PastSessions, routine: str | None) -> PastSessions:
    """The history at the start of a life: a session that was open counts as left, unless it goes on."""
    going_on = None if routine is None else _open(past_sessions, routine)
    begun = _left(past_sessions, but=going_on)
    if routine is None or going_on is not None:
        return begun
    return (*begun, PastSession(routine, routine, "", None))  # it was never written down


def _open(past_sessions: PastSessions, routine: str | None = None) -> int | None:
    fitting = [
        place for place, one in enumerate(past_sessions) if one.ending is None and routine in {None, one.routine}
    ]
    return max(fitting, default=None)


def _left(past_sessions: PastSessions, but: int | None = None) -> PastSessions:
    return tuple(
        replace(one, ending=_LEFT) if one.ending is None and place != but else one
        for place, one in enumerate(past_sessions)
    )


def _changed(past_sessions: PastSessions, place: int, **values: Any) -> PastSessions:  # noqa: ANN401  any field's
    changed = list(past_sessions)
    changed[place] = replace(changed[place], **values)
    return tuple(changed)


class AnnouncementsJudge:
    """Follows the announcements of the hold over all lives.

    Args:
        hold: of the routine.
    """

    def __init__(self, hold: Hold) -> None:
        self._hold = hold
        self._past: frozenset[AnnouncementMark] | None = None
        self._ever: frozenset[AnnouncementMark] = frozenset()
        self._reminders: set[str] = set()
        self.told = 0
        """Announcements that were told, or jumped over."""
        self.compared = 0
        """Restarts in a hold, some of whose announcements had been told."""

    def begin(self, first: Line, killed_at: float) -> Iterator[str]:
        """Judge which announcements a life still has to make in the hold of the life before it."""
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
        """Take what a life told; an announcement that was made in this hold must not be made again."""
        for line in lines:
            if line["name"] in {"SaveSnapshot", "Restored"}:
                yield from self._take(_past_in(line["snapshot"]), is_new=line["name"] == "SaveSnapshot")
            elif line["name"] == "Speak" and self._past is not None and line["text"] in self._hold.reminders:
                if line["text"] in self._reminders:
                    yield f"WRONG moments: “{line['text']}” was said twice in one hold"
                self._reminders.add(line["text"])

    def _take(self, past: frozenset[AnnouncementMark] | None, *, is_new: bool) -> Iterator[str]:
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

    def _come_by(self, snapshot: Snapshot | None, at: float) -> frozenset[AnnouncementMark]:
        """The announcements that were due when the life ended, made or not."""
        countdown = snapshot["countdown"] if snapshot else None
        if countdown is None:
            return frozenset()
        left = countdown["left_seconds"] if countdown["ends_at"] is None else countdown["ends_at"] - at
        moments = schedule(countdown["total_seconds"], len(self._hold.reminders), self._hold.milestones)
        return frozenset(moment.mark for moment in moments if moment.remaining_seconds >= left - _DUE_SECONDS)


def _past_in(snapshot: Snapshot | None) -> frozenset[AnnouncementMark] | None:
    """The announcements that are past; None when there is no countdown."""
    if snapshot is None or snapshot["countdown"] is None:
        return None
    return frozenset(mark if type(mark) is int else Milestone(mark) for mark in snapshot["past"])


def _words(marks: frozenset[AnnouncementMark]) -> str:
    return ", ".join(sorted(mark.name if isinstance(mark, Milestone) else f"reminder {mark}" for mark in marks))
