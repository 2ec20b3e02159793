"""Sentences that are rendered ahead: found anew only when they may have changed, and then always."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.session.histories import QUICK, histories, holds, live
from voice_coach.language.intents import Intent
from voice_coach.routines import USUAL_LONGEST_SECONDS
from voice_coach.session import reducer as door
from voice_coach.session.dispatch import dispatch
from voice_coach.session.events import (
    CommandHeard,
    Fault,
    FaultCleared,
    FaultRaised,
    VoiceActivity,
)
from voice_coach.session.prefetch import texts_to_prefetch
from voice_coach.session.reducer import step

if TYPE_CHECKING:
    from collections.abc import Callable

    from voice_coach.session.events import Event
    from voice_coach.session.state import Session
    from voice_coach.session.turn import Turn

    History = list[tuple[float, Event]]

INTO_THE_HOLD: History = [
    (5.0, CommandHeard(intent=intent, text="by key")) for intent in (Intent.START, *[Intent.NEXT] * 3)
]
SOMEBODY_SPEAKS = VoiceActivity(is_active=True)
small_things = st.tuples(
    st.floats(0.01, 9.0),
    st.one_of(
        st.just(SOMEBODY_SPEAKS),
        st.builds(
            CommandHeard,
            intent=st.sampled_from([Intent.ADD_TIME, Intent.CUT_TIME, Intent.PAUSE, Intent.RESUME, Intent.NO]),
            text=st.just("by key"),
            minutes=st.none() | st.integers(1, 20),
        ),
        st.sampled_from([FaultRaised(fault=Fault.NO_SPEAKER), FaultCleared(fault=Fault.NO_SPEAKER)]),
    ),
)


def assert_as_if_found_anew(history: History, hold_seconds: float, *, ends_speech: bool = True) -> None:
    for before, event, after, commands in live(history, hold_seconds, ends_speech=ends_speech):
        _, anew = step(replace(before, prepared_for=None), event)
        assert commands == anew
        assert after.prepared == texts_to_prefetch(after, dispatch)


@QUICK
@given(history=histories, hold_seconds=holds, ends_speech=st.booleans())
def test_in_any_history_the_mouth_is_asked_for_what_would_be_found_anew_at_every_event(
    history: History, hold_seconds: float, *, ends_speech: bool
) -> None:
    assert_as_if_found_anew(history, hold_seconds, ends_speech=ends_speech)


@QUICK
@given(st.lists(small_things, min_size=5, max_size=40), holds)
def test_so_it_is_when_little_happens_in_the_hold(things: History, hold_seconds: float) -> None:
    assert_as_if_found_anew([*INTO_THE_HOLD, *things], hold_seconds)


@pytest.mark.parametrize("hold_seconds", [90.2, 330.0])
def test_so_it_is_at_every_moment_of_a_hold(hold_seconds: float) -> None:
    moments = round(hold_seconds / 1.7)
    story: History = [*INTO_THE_HOLD, *[(1.7, SOMEBODY_SPEAKS)] * moments]
    assert_as_if_found_anew(story, hold_seconds)


def test_so_it_is_when_only_half_a_minute_can_be_added() -> None:
    story: History = [*INTO_THE_HOLD, (700.0, SOMEBODY_SPEAKS), *[(0.4, SOMEBODY_SPEAKS)] * 200]
    assert_as_if_found_anew(story, USUAL_LONGEST_SECONDS - 30.0)


def test_so_it_is_when_speech_makes_a_milestone_late() -> None:
    repeat = CommandHeard(intent=Intent.REPEAT, text="by key")
    story: History = [*INTO_THE_HOLD, (447.0, repeat), *[(0.4, SOMEBODY_SPEAKS)] * 30]
    assert_as_if_found_anew(story, 900.0, ends_speech=False)


def test_while_the_time_left_is_worded_the_same_nothing_is_found_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    found = []

    def counting(session: Session, answer: Callable[[Turn, CommandHeard], Turn]) -> tuple[str, ...]:
        found.append(session.now)
        return texts_to_prefetch(session, answer)

    monkeypatch.setattr(door, "texts_to_prefetch", counting)
    story = live([*INTO_THE_HOLD, *[(0.1, SOMEBODY_SPEAKS)] * 600], 900.0)
    in_the_hold = [event.at for before, event, _, _ in story if before.holding]
    assert len(in_the_hold) > 600
    assert 1 <= len([at for at in found if at in in_the_hold]) < 15
