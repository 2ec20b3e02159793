"""How the bench of crashes judges: it must not take a wrong place for a right one."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from benches.crash.judge import Judge
from benches.crash.memory_judges import Preferences
from benches.crash.page import crash_section
from benches.crash.positions import DiskContents, EndMoment, Life, Restoration, SpokenCommand
from benches.crash.run import Run
from benches.power_cut.page import power_cut_section
from voice_coach.language.intents import Intent
from voice_coach.library import load_routine

if TYPE_CHECKING:
    from collections.abc import Sequence

Line = dict[str, Any]

ROUTINE = load_routine("facial_mask", "en")
HOLD_SECONDS = 900.0
KILLED_AT = 105.0
RESTARTED_AT = 106.0
HOLDING = {"remaining_seconds": 800.0, "ends_at": 905.0, "total_seconds": 900.0}
PAUSED = HOLDING | {"ends_at": None}
FIRST = Preferences()


def show(
    phase: str, step: int, countdown: Line | None = None, at: float = 104.0, *, left_out: Sequence[int] = ()
) -> Line:
    steps = [{"progress": "left out" if number in left_out else "to come"} for number in range(1, 11)]
    view = {"phase": phase, "step_number": step, "countdown": countdown, "steps": steps}
    return {"name": "Show", "at": at, "view": view}


def life(
    *lines: Line, said: SpokenCommand | None = None, unsure: Sequence[Line] = (), settings: Preferences = FIRST
) -> Life:
    """What is in the history is judged elsewhere."""
    kept = DiskContents(settings, ())
    return Life(EndMoment.OBEYING, lines, 0.5, 1.0, KILLED_AT, said, 2, "", kept, tuple(unsure))


def begun(event: str) -> Line:
    snapshot: Line | None = {"routine": ROUTINE.id, "countdown": None, "past": []} if event == "Restored" else None
    return {"name": event, "at": RESTARTED_AT, "snapshot": snapshot}


def judged(before: Life, *, after: Line, event: str = "Restored") -> Restoration:
    judge = Judge(ROUTINE, HOLD_SECONDS)
    assert not list(judge.take(before))
    list(judge.take(life(begun(event), after | {"at": RESTARTED_AT})))
    return next(iter(judge.counts))


def said(intent: Intent, minutes: int = 0, about: str = "") -> SpokenCommand:
    return SpokenCommand(intent, minutes, about, started_at=103.5)


def saved(**values: object) -> Line:
    voice = {"words_per_minute": 165, "volume": 0.8}
    return {"name": "SavePreferences", "voice": voice, "skin": None, "is_brief": False, "at": 104.0} | values


def complaints(*lives: Life) -> list[str]:
    judge = Judge(ROUTINE, HOLD_SECONDS)
    return [complaint for life in lives for complaint in judge.take(life)]


def test_what_was_told_last_is_right() -> None:
    before = life(show("briefing", 1), show("briefing", 2))
    assert judged(before, after=show("briefing", 2)) is Restoration.RIGHT
    assert judged(before, after=show("briefing", 1)) is Restoration.WRONG
    assert judged(before, after=show("paused", 2)) is Restoration.WRONG


def test_a_session_lost_is_wrong() -> None:
    assert judged(life(show("briefing", 2)), after=show("idle", 0), event="Started") is Restoration.WRONG
    assert judged(life(show("done", 10)), after=show("idle", 0), event="Started") is Restoration.RIGHT


@pytest.mark.parametrize(
    ("moved", "outcome"), [(0.9, Restoration.RIGHT), (-0.9, Restoration.RIGHT), (1.1, Restoration.WRONG)]
)
def test_the_time_left_is_right_within_a_second(moved: float, outcome: Restoration) -> None:
    running = HOLDING | {"ends_at": 905.0 + moved}
    assert judged(life(show("holding", 4, HOLDING)), after=show("holding", 4, running)) is outcome
    standing = PAUSED | {"remaining_seconds": 800.0 + moved}
    assert judged(life(show("paused", 4, PAUSED)), after=show("paused", 4, standing)) is outcome


def test_a_hold_that_is_over_meanwhile_is_at_the_next_step() -> None:
    over = HOLDING | {"ends_at": RESTARTED_AT - 0.5}
    assert judged(life(show("holding", 4, over)), after=show("removing", 5)) is Restoration.RIGHT
    assert judged(life(show("holding", 4, HOLDING)), after=show("removing", 5)) is Restoration.WRONG


def test_a_command_under_way_explains_where_it_leads_and_nothing_else() -> None:
    before = life(show("briefing", 2), said=said(Intent.NEXT))
    assert judged(before, after=show("applying", 3)) is Restoration.IN_FLIGHT
    assert judged(before, after=show("briefing", 2)) is Restoration.RIGHT
    assert judged(before, after=show("briefing", 1)) is Restoration.WRONG


def test_more_time_under_way_is_as_much_as_was_asked_for() -> None:
    before = life(show("holding", 4, HOLDING), said=said(Intent.ADD_TIME, 2))
    longer = {"remaining_seconds": 920.0, "ends_at": 1025.0, "total_seconds": 1020.0}
    assert judged(before, after=show("holding", 4, longer)) is Restoration.IN_FLIGHT
    assert judged(before, after=show("holding", 4, longer | {"ends_at": 1030.0})) is Restoration.WRONG


def test_a_command_that_was_told_is_not_under_way() -> None:
    heard = {"name": "CommandHeard", "intent": "next", "at": 104.5}
    before = life(show("briefing", 1), heard, show("briefing", 2, at=104.5), said=said(Intent.NEXT))
    assert judged(before, after=show("briefing", 2)) is Restoration.RIGHT
    assert judged(before, after=show("applying", 3)) is Restoration.WRONG


def test_settings_that_were_told_are_on_the_disk() -> None:
    oily = saved(skin="oily")
    assert not complaints(life(show("briefing", 1), oily, settings=Preferences(skin="oily")))
    assert "WRONG settings" in complaints(life(show("briefing", 1), oily))[0]
    assert "WRONG settings" in complaints(life(show("briefing", 1), settings=Preferences(skin="oily")))[0]


def test_settings_that_cannot_be_read_are_wrong() -> None:
    torn = replace(life(show("briefing", 1)), kept=DiskContents(None, (), "WRONG, it cannot be read: settings.toml"))
    assert complaints(torn) == ["WRONG, it cannot be read: settings.toml"]


@pytest.mark.parametrize(
    ("command", "kept"),
    [
        (said(Intent.LOUDER), Preferences(volume=0.9)),
        (said(Intent.SLOWER), Preferences(words_per_minute=145)),
        (said(Intent.SKIN, about="oily"), Preferences(skin="oily")),
        (said(Intent.BRIEF), Preferences(detail="brief")),
    ],
)
def test_a_command_under_way_explains_its_own_setting_and_no_other(command: SpokenCommand, kept: Preferences) -> None:
    assert not complaints(life(show("briefing", 1), said=command, settings=kept))
    assert complaints(life(show("briefing", 1), said=said(Intent.NEXT), settings=kept))
    assert complaints(life(show("briefing", 1), said=command, settings=replace(kept, volume=0.3)))


def test_the_next_coach_speaks_with_the_voice_that_was_kept() -> None:
    soft = {"name": "Speak", "voice": {"words_per_minute": 165, "volume": 0.8}, "text": "", "at": RESTARTED_AT}
    loud = saved(voice={"words_per_minute": 165, "volume": 0.9})
    kept = Preferences(volume=0.9)
    before = life(show("briefing", 1), loud, settings=kept)
    after = life(begun("Restored"), soft, show("briefing", 1, at=RESTARTED_AT), settings=kept)
    assert "WRONG voice" in complaints(before, after)[0]


def test_a_skipped_step_stays_skipped() -> None:
    before = life(show("briefing", 2, left_out=[7, 8]))
    assert judged(before, after=show("briefing", 2, left_out=[7, 8])) is Restoration.RIGHT
    assert judged(before, after=show("briefing", 2, left_out=[8])) is Restoration.WRONG
    assert judged(before, after=show("briefing", 2, left_out=[7, 8, 9])) is Restoration.WRONG


def test_a_step_that_is_being_skipped_may_be_skipped_and_no_other() -> None:
    before = life(show("briefing", 2), said=said(Intent.SKIP, about="toner"))
    assert judged(before, after=show("briefing", 2, left_out=[7])) is Restoration.IN_FLIGHT
    assert judged(before, after=show("briefing", 2, left_out=[8])) is Restoration.WRONG


def test_a_session_goes_on_over_what_is_skipped() -> None:
    before = life(show("aftercare", 6, left_out=[7]), said=said(Intent.NEXT))
    assert judged(before, after=show("aftercare", 8, left_out=[7])) is Restoration.IN_FLIGHT
    assert judged(before, after=show("aftercare", 7, left_out=[7])) is Restoration.WRONG


def test_what_was_told_while_the_disk_was_gone_may_be_kept_or_not() -> None:
    before = life(show("briefing", 1), unsure=[show("briefing", 2)])
    assert judged(before, after=show("briefing", 2)) is Restoration.IN_FLIGHT
    assert judged(before, after=show("briefing", 1)) is Restoration.RIGHT
    assert judged(before, after=show("applying", 3)) is Restoration.WRONG


def test_notes_that_cannot_be_kept_on_a_disk_that_works_are_wrong() -> None:
    trouble = {"name": "FaultRaised", "fault": "unkept_notes", "at": 104.0}
    assert "unkept_notes" in complaints(life(show("briefing", 1), trouble))[0]


def test_what_the_last_life_left_wrong_is_counted() -> None:
    judge = Judge(ROUTINE, HOLD_SECONDS)
    assert list(judge.take(life(show("briefing", 1), saved(skin="oily"))))
    judge.close()
    assert +judge.counts == {Restoration.WRONG: 1}


def test_lives_that_told_nothing_are_judged_with_the_next_one() -> None:
    judge = Judge(ROUTINE, HOLD_SECONDS)
    for _ in range(3):
        list(judge.take(life()))
    list(judge.take(life(begun("Started"), show("idle", 0))))
    assert +judge.counts == {Restoration.RIGHT: 3}


def test_what_a_run_has_found_becomes_a_section() -> None:
    run = Run()
    for one in (life(show("briefing", 1), said=said(Intent.NEXT)), life(begun("Restored"), show("briefing", 1))):
        run.lives.append(one)
        run.complaints += run.judge.take(one)
    figures = run.figures | {"machine": "a machine", "load": 0.5}
    for section, title in ((crash_section, "## Killed again"), (power_cut_section, "## The power cut off again")):
        assert title in section(figures)
        assert "1 briefing" in section(figures)
    assert set(run.unjudged) > {"nothing was judged of moments"}


def test_a_run_in_which_something_went_wrong_says_so() -> None:
    run = Run()
    run.complaints += run.judge.take(life(show("briefing", 1), saved(skin="oily")))
    run.judge.close()
    run.set_aside = 2
    assert run.wrong == ["1 wrong", "2 files put aside as damaged"]
