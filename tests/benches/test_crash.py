"""How the bench of crashes judges: it must not take a wrong place for a right one."""

from __future__ import annotations

from typing import Any

import pytest
from crash_judge import Judge
from crash_lives import Life, Moment
from crash_places import Command, Outcome

from voice_coach.core.intents import Intent
from voice_coach.library import load_routine

Line = dict[str, Any]

PHASES = [step.phase for step in load_routine("facial_mask", "en").steps]
HOLD_SECONDS = 900.0
KILLED_AT = 105.0
RESTARTED_AT = 106.0
HOLDING = {"remaining_seconds": 800.0, "ends_at": 905.0, "total_seconds": 900.0}
PAUSED = HOLDING | {"ends_at": None}


def show(phase: str, step: int, countdown: Line | None = None, at: float = 104.0) -> Line:
    return {"name": "Show", "at": at, "view": {"phase": phase, "step_number": step, "countdown": countdown}}


def life(*lines: Line, said: Command | None = None) -> Life:
    return Life(Moment.OBEYING, lines, 0.5, 1.0, KILLED_AT, said, 2, "")


def judged(before: Life, *, after: Line, event: str = "Restored") -> Outcome:
    judge = Judge(PHASES, HOLD_SECONDS)
    assert not list(judge.take(before))
    list(judge.take(life({"name": event, "at": RESTARTED_AT}, after | {"at": RESTARTED_AT})))
    return next(iter(judge.counts))


def said(intent: Intent, minutes: int = 0) -> Command:
    return Command(intent, minutes, started_at=103.5)


def test_what_was_told_last_is_right() -> None:
    before = life(show("briefing", 1), show("briefing", 2))
    assert judged(before, after=show("briefing", 2)) is Outcome.RIGHT
    assert judged(before, after=show("briefing", 1)) is Outcome.WRONG
    assert judged(before, after=show("paused", 2)) is Outcome.WRONG


def test_a_session_lost_is_wrong() -> None:
    assert judged(life(show("briefing", 2)), after=show("idle", 0), event="Started") is Outcome.WRONG
    assert judged(life(show("done", 10)), after=show("idle", 0), event="Started") is Outcome.RIGHT


@pytest.mark.parametrize(("moved", "outcome"), [(0.9, Outcome.RIGHT), (-0.9, Outcome.RIGHT), (1.1, Outcome.WRONG)])
def test_the_time_left_is_right_within_a_second(moved: float, outcome: Outcome) -> None:
    running = HOLDING | {"ends_at": 905.0 + moved}
    assert judged(life(show("holding", 4, HOLDING)), after=show("holding", 4, running)) is outcome
    standing = PAUSED | {"remaining_seconds": 800.0 + moved}
    assert judged(life(show("paused", 4, PAUSED)), after=show("paused", 4, standing)) is outcome


def test_a_hold_that_is_over_meanwhile_is_at_the_next_step() -> None:
    over = HOLDING | {"ends_at": RESTARTED_AT - 0.5}
    assert judged(life(show("holding", 4, over)), after=show("removing", 5)) is Outcome.RIGHT
    assert judged(life(show("holding", 4, HOLDING)), after=show("removing", 5)) is Outcome.WRONG


def test_a_command_under_way_explains_where_it_leads_and_nothing_else() -> None:
    before = life(show("briefing", 2), said=said(Intent.NEXT))
    assert judged(before, after=show("applying", 3)) is Outcome.IN_FLIGHT
    assert judged(before, after=show("briefing", 2)) is Outcome.RIGHT
    assert judged(before, after=show("briefing", 1)) is Outcome.WRONG


def test_more_time_under_way_is_as_much_as_was_asked_for() -> None:
    before = life(show("holding", 4, HOLDING), said=said(Intent.ADD_TIME, 2))
    longer = {"remaining_seconds": 920.0, "ends_at": 1025.0, "total_seconds": 1020.0}
    assert judged(before, after=show("holding", 4, longer)) is Outcome.IN_FLIGHT
    assert judged(before, after=show("holding", 4, longer | {"ends_at": 1030.0})) is Outcome.WRONG


def test_a_command_that_was_told_is_not_under_way() -> None:
    heard = {"name": "Heard", "intent": "next", "at": 104.5}
    before = life(show("briefing", 1), heard, show("briefing", 2, at=104.5), said=said(Intent.NEXT))
    assert judged(before, after=show("briefing", 2)) is Outcome.RIGHT
    assert judged(before, after=show("applying", 3)) is Outcome.WRONG


def test_a_voice_that_was_told_is_kept() -> None:
    loud = {"name": "Save", "voice": {"words_per_minute": 165, "volume": 0.9}, "at": 104.0}
    soft = {"name": "Speak", "voice": {"words_per_minute": 165, "volume": 0.8}, "at": RESTARTED_AT}
    judge = Judge(PHASES, HOLD_SECONDS)
    list(judge.take(life(show("briefing", 1), loud)))
    restored = {"name": "Restored", "at": RESTARTED_AT}
    list(judge.take(life(restored, soft, show("briefing", 1, at=RESTARTED_AT))))
    assert +judge.counts == {Outcome.WRONG: 1}


def test_lives_that_told_nothing_are_judged_with_the_next_one() -> None:
    judge = Judge(PHASES, HOLD_SECONDS)
    for _ in range(3):
        list(judge.take(life()))
    list(judge.take(life({"name": "Started", "at": RESTARTED_AT}, show("idle", 0))))
    assert +judge.counts == {Outcome.RIGHT: 3}
