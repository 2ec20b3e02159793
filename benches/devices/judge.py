"""Judges a session with pulled plugs by the coach's JSON lines and by what the virtual card has recorded. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from statistics import median
from typing import TYPE_CHECKING

from benches.devices.session import MICROPHONE, SPEAKER, Cycle, DeviceRun
from voice_coach.library import load_language, load_routine
from voice_coach.rehearsal.recorder import first_sound
from voice_coach.routines import Milestone
from voice_coach.session.timer import schedule

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from voice_coach.rehearsal.coach_process import Line


BACK_SECONDS = 2.0
"""Seconds within which a device that was plugged in works again."""
_SOUND_SECONDS = 1.5
"""Seconds from the command to speak to its sound, synthesis included."""
_GREETING_SECONDS = 4.0
"""The same for the first sentence, which waits for a voice to be loaded, on a machine that may have more to do."""
_STANDING_SECONDS = 0.5
"""Seconds; a sentence that is replaced sooner need not be heard."""
_MILESTONE_SECONDS = 8.0
"""Seconds by which a milestone may be late: it waits for the coach's sentence, and for the speaker."""
_EARLY_SECONDS = 0.05


@dataclass(frozen=True, slots=True)
class Judgement:
    """The figures of a session, and what was lost in it."""

    figures: dict[str, object]
    lost: list[str]
    """Everything that went wrong, a sentence each."""


def judge(session: DeviceRun) -> Judgement:
    """Judge a session by its lines and by what the card has recorded."""
    cycles = session.cycles
    milestones = list(_milestones(session))
    figures: dict[str, object] = {
        "cycles": len(cycles),
        "commands_given": len(cycles),
        "commands_understood": sum(cycle.understood_at is not None for cycle in cycles),
        "commands_repeated": sum(cycle.tries - 1 for cycle in cycles),
        "milestones_due": len(milestones),
        "milestones_spoken": sum(is_spoken for _, is_spoken in milestones),
    }
    for side in (SPEAKER, MICROPHONE):
        figures |= _times(f"{side}_missed", [c.missed_at[side] - c.pulled_at for c in cycles if side in c.missed_at])
        figures |= _times(f"{side}_back", [c.back_at[side] - c.plugged_at for c in cycles if side in c.back_at])
    figures |= _times("first_sound", list(_first_sounds(session)))
    figures |= _times("command", [c.understood_at - c.plugged_at for c in cycles if c.understood_at is not None])
    lost = [f"cycle {number}: {what}" for number, cycle in enumerate(cycles, 1) for what in _lost_in(cycle)]
    lost += [f"the milestone {milestone.name} was not spoken" for milestone, is_spoken in milestones if not is_spoken]
    lost += [f"“{line['text']}” was not heard" for line in _unheard(session)]
    return Judgement(figures, lost)


def _times(name: str, seconds: Sequence[float]) -> dict[str, float]:
    if not seconds:
        return {}
    return {f"{name}_median_s": round(median(seconds), 2), f"{name}_worst_s": round(max(seconds), 2)}


def _lost_in(cycle: Cycle) -> Iterator[str]:
    for side in cycle.pull.sides:
        if side not in cycle.missed_at:
            yield f"nobody missed the {side}"
        elif side not in cycle.back_at:
            yield f"the {side} did not come back"
        elif cycle.back_at[side] - cycle.plugged_at > BACK_SECONDS:
            yield f"the {side} took {cycle.back_at[side] - cycle.plugged_at:.1f} s to come back"
    if cycle.understood_at is None:
        yield "the command was not understood"


def _first_sounds(session: DeviceRun) -> Iterator[float]:
    """Seconds from plugging the speaker to the first sound, where a sentence that was cut off is said again."""
    for cycle in session.cycles:
        back_at = cycle.back_at.get(SPEAKER)
        if back_at is None:
            continue
        again = [line for line in _speaks(session) if 0.0 <= line["at"] - back_at < _STANDING_SECONDS]
        sound_at = _sound_after(session, cycle.plugged_at)
        if again and sound_at is not None:
            yield sound_at - cycle.plugged_at


def _sound_after(session: DeviceRun, at: float) -> float | None:
    """When the first sound begins at the speaker after a moment, within a few seconds."""
    recording = session.recording
    place = recording.seconds_at(at)
    part = recording.slice(place, place + 4 * _SOUND_SECONDS)
    found = first_sound(part.speaker, part.rate)
    return None if found is None else part.started_at + found


def _milestones(session: DeviceRun) -> Iterator[tuple[Milestone, bool]]:
    """Each milestone that came, and whether it was spoken about then, and heard."""
    bell = next((line for line in session.lines if line["name"] == "Cue" and line["sound"] == "bell"), None)
    if bell is None:
        return
    wording = load_language("en").wording.time
    hold = load_routine("facial_mask", "en").hold
    for moment in schedule(session.hold_seconds, len(hold.reminders) if hold else 0):
        due = bell["due"] + session.hold_seconds - moment.remaining_seconds
        if not isinstance(moment.mark, Milestone) or due > session.ended_at:
            continue
        left = {
            wording.left(moment.remaining_seconds - late).casefold() for late in range(round(_MILESTONE_SECONDS) + 1)
        }
        told = [
            line
            for line in _speaks(session)
            if abs(line["at"] - due - _MILESTONE_SECONDS / 2) <= _MILESTONE_SECONDS / 2 + _EARLY_SECONDS
        ]
        yield (
            moment.mark,
            any(any(text in line["text"].casefold() for text in left) and _is_heard(session, line) for line in told),
        )


def _unheard(session: DeviceRun) -> Iterator[Line]:
    """Sentences that ought to have been heard (not hushed, replaced or cut off by a plug) and were not."""
    stirs = [line for line in session.lines if line["name"] in ("Speak", "Hush", "FaultRaised", "SpeechEnded")]
    greeting = next(_speaks(session), None)
    for line, following in pairwise(stirs):
        patience = _GREETING_SECONDS if line is greeting else _SOUND_SECONDS
        stands = following["name"] == "SpeechEnded" or following["at"] - line["at"] > patience
        if line["name"] == "Speak" and stands and not _is_heard(session, line, patience):
            yield line


def _is_heard(session: DeviceRun, line: Line, seconds: float = _SOUND_SECONDS) -> bool:
    sound_at = _sound_after(session, line["at"])
    return sound_at is not None and sound_at - line["at"] < seconds


def _speaks(session: DeviceRun) -> Iterator[Line]:
    return (line for line in session.lines if line["name"] == "Speak")
