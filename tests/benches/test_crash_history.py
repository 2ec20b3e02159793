"""How the bench of crashes judges the history: what was told is in it, in its order, and nothing else."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from benches.crash.memory_judges import Chosen, HistoryJudge, Sitting
from benches.crash.places import Command, Kept, Life, Moment, Outcome, Place
from voice_coach.core.intents import Intent
from voice_coach.core.view import Phase
from voice_coach.library import load_routine

if TYPE_CHECKING:
    from collections.abc import Sequence

Line = dict[str, Any]

ROUTINE = load_routine("facial_mask", "en")
KILLED_AT = 105.0
STARTED = {"name": "Started", "at": 90.0}
RESTORED = {"name": "Restored", "at": 90.0, "snapshot": {"routine": ROUTINE.id}}
BEGAN = {"routine": ROUTINE.id, "name": ROUTINE.title, "mask": ROUTINE.mask, "hold_seconds": 240.0}
SITTING = Sitting(ROUTINE.id, ROUTINE.title, ROUTINE.mask, 240.0)


def record(fact: Line, at: float = 95.0) -> Line:
    return {"name": "Record", "fact": fact, "at": at}


def reached(step: str, at: float = 95.0) -> Line:
    return record({"step": step, "is_mask_on": step == "relax"}, at)


def life(*lines: Line, kept: Sequence[Sitting] | None, said: Command | None = None, complaint: str = "") -> Life:
    sittings = None if kept is None else tuple(kept)
    return Life(Moment.LATER, lines, 0.5, 1.0, KILLED_AT, said, 2, "", Kept(Chosen(), sittings, complaint))


def judged(*lives: Life, places: Sequence[Place] = ()) -> Outcome:
    judge = HistoryJudge(ROUTINE, 240.0)
    outcomes = [judge.judge(one, places)[0] for one in lives]
    return outcomes[-1]


def sitting(*steps: str, ending: str | None = None, feelings: Sequence[str] = ()) -> Sitting:
    reached_steps = tuple((one, one == "relax") for one in steps)
    return replace(SITTING, steps=reached_steps, ending=ending, feelings=tuple(feelings))


TOLD = (STARTED, record(BEGAN), reached("cleanse"), reached("massage"))


def test_all_that_was_told_is_right() -> None:
    assert judged(life(*TOLD, kept=[sitting("cleanse", "massage")])) is Outcome.RIGHT


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
def test_a_fact_that_is_missing_wrong_or_invented_is_wrong(kept: list[Sitting]) -> None:
    assert judged(life(*TOLD, kept=kept)) is Outcome.WRONG


def test_what_was_recorded_in_the_last_second_may_be_missing_the_latest_first() -> None:
    told = (STARTED, record(BEGAN), reached("cleanse"), reached("massage", 104.5), reached("apply", 104.6))
    assert judged(life(*told, kept=[sitting("cleanse")])) is Outcome.IN_FLIGHT
    assert judged(life(*told, kept=[sitting("cleanse", "massage")])) is Outcome.IN_FLIGHT
    assert judged(life(*told, kept=[sitting("cleanse", "apply")])) is Outcome.WRONG
    assert judged(life(*told, kept=[])) is Outcome.WRONG


def test_a_history_that_cannot_be_read_is_wrong() -> None:
    judge = HistoryJudge(ROUTINE, 240.0)
    damaged = life(*TOLD, kept=None, complaint="WRONG, it cannot be read")
    assert judge.judge(damaged, ()) == (Outcome.WRONG, "WRONG, it cannot be read")


def test_what_a_command_under_way_led_to_may_be_there() -> None:
    said = Command(Intent.NEXT, started_at=104.0)
    ahead = [Place(Phase.APPLYING, 3)]
    more = [sitting("cleanse", "massage", "apply")]
    assert judged(life(*TOLD, kept=more, said=said), places=ahead) is Outcome.IN_FLIGHT
    other = [sitting("cleanse", "massage", "rinse")]
    assert judged(life(*TOLD, kept=other, said=said), places=ahead) is Outcome.WRONG
    felt = [sitting("cleanse", "massage", feelings=["good"])]
    assert judged(life(*TOLD, kept=felt, said=Command(Intent.FELT, about="good"))) is Outcome.IN_FLIGHT
    assert judged(life(*TOLD, kept=felt, said=Command(Intent.FELT, about="tight"))) is Outcome.WRONG


def test_a_session_that_goes_on_stays_open_and_one_that_does_not_has_been_left() -> None:
    first = life(*TOLD, kept=[sitting("cleanse", "massage")])
    going_on = [sitting("cleanse", "massage", "apply")]
    assert judged(first, life(RESTORED, reached("apply"), kept=going_on)) is Outcome.RIGHT
    left = [sitting("cleanse", "massage", ending="left")]
    assert judged(first, life(STARTED, kept=left)) is Outcome.RIGHT
    assert judged(first, life(STARTED, kept=[sitting("cleanse", "massage")])) is Outcome.WRONG
    assert judged(first, life(RESTORED, kept=left)) is Outcome.WRONG


def test_a_session_whose_beginning_was_lost_is_written_down_when_it_goes_on() -> None:
    lost = life(STARTED, record(BEGAN, 104.9), kept=[])
    anew = Sitting(ROUTINE.id, ROUTINE.id, "", None)
    assert judged(lost, life(RESTORED, kept=[anew])) is Outcome.RIGHT
    assert judged(lost, life(RESTORED, kept=[])) is Outcome.WRONG


def test_earlier_sessions_do_not_change() -> None:
    done = sitting("cleanse", ending="done", feelings=["good"])
    first = life(*TOLD[:3], record({"ending": "done"}), record({"feeling": "good"}), kept=[done])
    assert judged(first, life(*TOLD, kept=[done, sitting("cleanse", "massage")])) is Outcome.RIGHT
    assert judged(first, life(*TOLD, kept=[sitting("cleanse", "massage")])) is Outcome.WRONG
    altered = replace(done, feelings=())
    assert judged(first, life(*TOLD, kept=[altered, sitting("cleanse", "massage")])) is Outcome.WRONG


def test_a_life_that_told_nothing_may_have_looked_at_the_history_or_not() -> None:
    first = life(*TOLD, kept=[sitting("cleanse", "massage")])
    for kept in (sitting("cleanse", "massage"), sitting("cleanse", "massage", ending="left")):
        assert judged(first, life(kept=[kept])) in {Outcome.RIGHT, Outcome.IN_FLIGHT}
    assert judged(first, life(kept=[])) is Outcome.WRONG
