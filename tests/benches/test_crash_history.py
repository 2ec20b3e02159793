"""How the bench of crashes judges the history: what was told is in it, in its order, and nothing else."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from benches.crash.memory_judges import HistoryJudge, PastSession, Preferences
from benches.crash.positions import DiskContents, EndMoment, Life, Position, Restoration, SpokenCommand
from voice_coach.language.intents import Intent
from voice_coach.library import load_routine
from voice_coach.routines import Phase

if TYPE_CHECKING:
    from collections.abc import Sequence

Line = dict[str, Any]

ROUTINE = load_routine("facial_mask", "en")
KILLED_AT = 105.0
STARTED = {"name": "Started", "at": 90.0}
RESTORED = {"name": "Restored", "at": 90.0, "snapshot": {"routine": ROUTINE.id}}
BEGAN = {"routine": ROUTINE.id, "name": ROUTINE.title, "mask": ROUTINE.mask, "hold_seconds": 240.0}
SITTING = PastSession(ROUTINE.id, ROUTINE.title, ROUTINE.mask, 240.0)


def record(fact: Line, at: float = 95.0) -> Line:
    return {"name": "AppendHistory", "event": fact, "at": at}


def reached(step: str, at: float = 95.0) -> Line:
    return record({"step": step, "is_mask_on": step == "relax"}, at)


def life(
    *lines: Line, kept: Sequence[PastSession] | None, said: SpokenCommand | None = None, complaint: str = ""
) -> Life:
    past_sessions = None if kept is None else tuple(kept)
    return Life(
        EndMoment.LATER, lines, 0.5, 1.0, KILLED_AT, said, 2, "", DiskContents(Preferences(), past_sessions, complaint)
    )


def judged(*lives: Life, places: Sequence[Position] = ()) -> Restoration:
    judge = HistoryJudge(ROUTINE, 240.0)
    outcomes = [judge.judge(one, places)[0] for one in lives]
    return outcomes[-1]


def sitting(*steps: str, ending: str | None = None, feelings: Sequence[str] = ()) -> PastSession:
    reached_steps = tuple((one, one == "relax") for one in steps)
    return replace(SITTING, steps=reached_steps, ending=ending, feelings=tuple(feelings))


TOLD = (STARTED, record(BEGAN), reached("cleanse"), reached("massage"))


def test_all_that_was_told_is_right() -> None:
    assert judged(life(*TOLD, kept=[sitting("cleanse", "massage")])) is Restoration.RIGHT


@pytest.mark.parametrize(
    "kept",
    [
        [],
        [sitting("cleanse")],
        [sitting("massage")],
        [sitting("massage", "cleanse")],
        [sitting("cleanse", "massage", "apply")],
        [sitting("cleanse", "massage", ending="left")],
        [sitting("cleanse", "massage", feelings=["good"])],
        [sitting(), sitting("cleanse", "massage")],
        [replace(sitting("cleanse", "massage"), hold_seconds=900.0)],
        [replace(sitting("cleanse", "massage"), routine="clay_mask")],
    ],
)
def test_a_fact_that_is_missing_wrong_or_invented_is_wrong(kept: list[PastSession]) -> None:
    assert judged(life(*TOLD, kept=kept)) is Restoration.WRONG


def test_what_was_recorded_in_the_last_second_may_be_missing_the_latest_first() -> None:
    told = (STARTED, record(BEGAN), reached("cleanse"), reached("massage", 104.5), reached("apply", 104.6))
    assert judged(life(*told, kept=[sitting("cleanse")])) is Restoration.IN_FLIGHT
    assert judged(life(*told, kept=[sitting("cleanse", "massage")])) is Restoration.IN_FLIGHT
    assert judged(life(*told, kept=[sitting("cleanse", "apply")])) is Restoration.WRONG
    assert judged(life(*told, kept=[])) is Restoration.WRONG


def test_a_history_that_cannot_be_read_is_wrong() -> None:
    judge = HistoryJudge(ROUTINE, 240.0)
    damaged = life(*TOLD, kept=None, complaint="WRONG, it cannot be read")
    assert judge.judge(damaged, ()) == (Restoration.WRONG, "WRONG, it cannot be read")


def test_what_a_command_under_way_led_to_may_be_there() -> None:
    said = SpokenCommand(Intent.NEXT, started_at=104.0)
    ahead = [Position(Phase.APPLYING, 3)]
    more = [sitting("cleanse", "massage", "apply")]
    assert judged(life(*TOLD, kept=more, said=said), places=ahead) is Restoration.IN_FLIGHT
    other = [sitting("cleanse", "massage", "rinse")]
    assert judged(life(*TOLD, kept=other, said=said), places=ahead) is Restoration.WRONG
    felt = [sitting("cleanse", "massage", feelings=["good"])]
    assert judged(life(*TOLD, kept=felt, said=SpokenCommand(Intent.FELT, about="good"))) is Restoration.IN_FLIGHT
    assert judged(life(*TOLD, kept=felt, said=SpokenCommand(Intent.FELT, about="tight"))) is Restoration.WRONG


def test_a_session_that_goes_on_stays_open_and_one_that_does_not_has_been_left() -> None:
    first = life(*TOLD, kept=[sitting("cleanse", "massage")])
    going_on = [sitting("cleanse", "massage", "apply")]
    assert judged(first, life(RESTORED, reached("apply"), kept=going_on)) is Restoration.RIGHT
    left = [sitting("cleanse", "massage", ending="left")]
    assert judged(first, life(STARTED, kept=left)) is Restoration.RIGHT
    assert judged(first, life(STARTED, kept=[sitting("cleanse", "massage")])) is Restoration.WRONG
    assert judged(first, life(RESTORED, kept=left)) is Restoration.WRONG


def test_a_session_whose_beginning_was_lost_is_written_down_when_it_goes_on() -> None:
    lost = life(STARTED, record(BEGAN, 104.9), kept=[])
    anew = PastSession(ROUTINE.id, ROUTINE.id, "", None)
    assert judged(lost, life(RESTORED, kept=[anew])) is Restoration.RIGHT
    assert judged(lost, life(RESTORED, kept=[])) is Restoration.WRONG


def test_earlier_sessions_do_not_change() -> None:
    done = sitting("cleanse", ending="done", feelings=["good"])
    first = life(*TOLD[:3], record({"ending": "done"}), record({"feeling": "good"}), kept=[done])
    assert judged(first, life(*TOLD, kept=[done, sitting("cleanse", "massage")])) is Restoration.RIGHT
    assert judged(first, life(*TOLD, kept=[sitting("cleanse", "massage")])) is Restoration.WRONG
    altered = replace(done, feelings=())
    assert judged(first, life(*TOLD, kept=[altered, sitting("cleanse", "massage")])) is Restoration.WRONG


def test_a_life_that_told_nothing_may_have_looked_at_the_history_or_not() -> None:
    first = life(*TOLD, kept=[sitting("cleanse", "massage")])
    for kept in (sitting("cleanse", "massage"), sitting("cleanse", "massage", ending="left")):
        assert judged(first, life(kept=[kept])) in {Restoration.RIGHT, Restoration.IN_FLIGHT}
    assert judged(first, life(kept=[])) is Restoration.WRONG
