"""How the bench of crashes judges the moments of a hold: none that was told is forgotten, and none comes twice."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from benches.crash.memory_judges import AnnouncementsJudge
from voice_coach.library import load_routine
from voice_coach.routines import Hold

if TYPE_CHECKING:
    from collections.abc import Sequence

Line = dict[str, Any]

HOLD = load_routine("facial_mask", "en").hold or Hold(900.0)
KILLED_AT = 1000.0
LEFT = 130.0
"""Of 240 seconds, of which reminder 0 is due at 180 and milestones at 120 and 60."""


def snapshot(past: Sequence[float | str], left: float = LEFT) -> Line:
    countdown = {"total_seconds": 240.0, "left_seconds": 240.0, "ends_at": KILLED_AT + left}
    return {"countdown": countdown, "past": past}


def kept(past: Sequence[float | str], left: float = LEFT) -> Line:
    return {"name": "SaveSnapshot", "snapshot": snapshot(past, left), "at": KILLED_AT - 1}


def complaints(told: Sequence[Line], restored: Sequence[float | str], left: float = LEFT) -> list[str]:
    judge = AnnouncementsJudge(HOLD)
    assert not list(judge.follow(told))
    return list(judge.begin({"name": "Restored", "snapshot": snapshot(restored, left)}, KILLED_AT))


def test_the_same_moments_are_right() -> None:
    assert not complaints([kept([]), kept([0])], [0])


def test_a_moment_that_was_told_and_is_not_kept_is_wrong() -> None:
    assert complaints([kept([]), kept([0])], []) == ["WRONG moments: reminder 0 told and forgotten"]


def test_a_moment_that_nobody_told_is_wrong_unless_it_was_due() -> None:
    told = [kept([]), kept([0])]
    assert complaints(told, [0, 120.0]) == ["WRONG moments: TWO_MINUTES neither told nor due"]
    assert not complaints(told, [0, 120.0], left=119.9)


def test_a_moment_that_is_told_twice_is_wrong() -> None:
    judge = AnnouncementsJudge(HOLD)
    lines = [kept([]), kept([0]), {"name": "Restored", "snapshot": snapshot([])}, kept([0])]
    assert list(judge.follow(lines)) == ["WRONG moments: reminder 0 told twice"]


def test_a_reminder_that_is_said_twice_is_wrong_whatever_the_notes_say() -> None:
    judge = AnnouncementsJudge(HOLD)
    spoken = {"name": "Speak", "text": HOLD.reminders[0], "at": 1.0}
    assert not list(judge.follow([kept([]), spoken]))
    assert "was said twice in one hold" in next(iter(judge.follow([spoken])))


def test_another_hold_has_all_its_moments_again() -> None:
    judge = AnnouncementsJudge(HOLD)
    over = {"name": "SaveSnapshot", "snapshot": {"countdown": None, "past": []}}
    assert not list(judge.follow([kept([]), kept([0]), over, kept([]), kept([0])]))
    assert judge.told == 2


def test_a_moment_that_is_forgotten_in_the_middle_of_a_life_is_wrong() -> None:
    judge = AnnouncementsJudge(HOLD)
    assert list(judge.follow([kept([0]), kept([])])) == ["WRONG moments: reminder 0 told and then forgotten"]
