from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.session.broken_off import kept_of, resumed
from tests.session.conversation import Conversation
from tests.session.histories import QUICK, histories, holds, live
from voice_coach.language.intents import Intent
from voice_coach.routines import Phase
from voice_coach.session import step
from voice_coach.session.commands import (
    Cue,
    SavePreferences,
    SaveSnapshot,
    Sound,
    Speak,
)
from voice_coach.session.events import Event, Restored
from voice_coach.session.persistence import LONGEST_AWAY_SECONDS

UNDER_WAY = [phase for phase in Phase if phase not in {Phase.IDLE, Phase.DONE}]


@QUICK
@given(histories, holds)
def test_whatever_is_spoken_of_was_kept_before(history: list[tuple[float, Event]], hold_seconds: float) -> None:
    for _, _, session, commands in live(history, hold_seconds):
        spoken = [index for index, one in enumerate(commands) if isinstance(one, Speak | Cue)]
        kept = [index for index, one in enumerate(commands) if isinstance(one, SaveSnapshot | SavePreferences)]
        assert not spoken or not kept or max(kept) < min(spoken)
        assert len([one for one in commands if isinstance(one, SaveSnapshot)]) <= 1
        last = [one.snapshot for one in commands if isinstance(one, SaveSnapshot)]
        assert not last or session.last_snapshot == last[-1]


@QUICK
@given(histories, holds, st.floats(0, 1200), st.floats(-5000, 5000), st.floats(0, 30))
def test_any_session_goes_on_where_it_was_with_the_time_that_is_left(
    history: list[tuple[float, Event]], hold_seconds: float, away: float, clock_moved: float, starting: float
) -> None:
    before = live(history, hold_seconds)[-1][2]
    if before.last_snapshot is None:
        return
    restored = Restored(
        is_daytime=before.is_daytime,
        snapshot=before.last_snapshot,
        taken_at=before.now,
        away_seconds=away,
        read_at=before.now + away + clock_moved,
        at=before.now + away + clock_moved + starting,
    )
    fresh = live([], hold_seconds)[0][0]
    after, _ = step(fresh, restored)
    left = before.holding.countdown.remaining(before.now + away + starting) if before.holding else 0.0
    if before.holding and left <= 0:
        assert after.phase is Phase.REMOVING
        return
    assert (after.position, after.phase) == (before.position, before.phase)
    assert after.remaining_seconds == pytest.approx(left, abs=1e-6)


@pytest.mark.parametrize("seconds_after_it_was_ordered", [0.0, 0.1, 5.0])
def test_the_hold_ends_when_it_would_have_even_if_it_was_broken_off_before_its_bell(
    seconds_after_it_was_ordered: float,
) -> None:
    before = Conversation.at(Phase.APPLYING)
    before.hear(Intent.NEXT)
    before.wait(seconds_after_it_was_ordered)
    assert before.session.holding is not None
    after = resumed(before, away_seconds=20)
    assert after.session.holding is not None
    ends_at = before.session.holding.countdown.ends_at
    assert after.session.holding.countdown.ends_at == pytest.approx(ends_at)


@pytest.mark.parametrize("phase", UNDER_WAY)
def test_it_says_where_we_are_and_asks_whether_to_go_on(phase: Phase) -> None:
    after = resumed(Conversation.at(phase), away_seconds=10)
    assert after.phase is phase
    assert after.texts[-1].endswith("Shall we go on?")
    after.hear(Intent.YES)
    assert after.phase is (Phase.HOLDING if phase is Phase.PAUSED else phase)
    assert after.answer


@pytest.mark.parametrize("phase", UNDER_WAY)
def test_lets_continue_says_yes_to_that_question(phase: Phase) -> None:
    one, other = resumed(Conversation.at(phase), away_seconds=10), resumed(Conversation.at(phase), away_seconds=10)
    assert one.hear(Intent.RESUME) == other.hear(Intent.YES)
    assert one.phase is other.phase


def test_in_the_hold_it_tells_the_time_that_is_really_left() -> None:
    after = resumed(Conversation.at(Phase.HOLDING), away_seconds=300, clock_moved=-700.0)
    assert after.texts[-1] == "I was interrupted. Ten minutes are left. Shall we go on?"
    assert "minutes are left" in after.hear(Intent.YES)


def test_the_chime_comes_when_it_would_have_come() -> None:
    before = Conversation.at(Phase.HOLDING)
    due = before.now + before.remaining
    after = resumed(before, away_seconds=200)
    after.wait(900)
    assert [cue.due for cue in after.cues if cue.sound is Sound.CHIME] == [pytest.approx(due)]
    assert after.phase is Phase.REMOVING


def test_a_milestone_told_before_the_break_is_not_told_again() -> None:
    before = Conversation.at(Phase.HOLDING)
    before.wait(460)
    assert any("halfway" in text for text in before.texts)
    after = resumed(before, away_seconds=5)
    after.wait(900)
    assert not any("halfway" in text for text in after.texts)


def test_a_pause_is_still_a_pause() -> None:
    before = Conversation.at(Phase.PAUSED)
    after = resumed(before, away_seconds=3600)
    assert after.session.is_paused
    assert after.remaining == pytest.approx(before.remaining)
    after.hear(Intent.YES)
    assert after.phase is Phase.HOLDING


def test_a_time_that_ended_meanwhile_is_said_before_anything_else() -> None:
    after = resumed(Conversation.at(Phase.HOLDING), away_seconds=2000)
    assert after.texts[0].startswith("The time is over: take the mask off now.")
    assert after.phase is Phase.REMOVING
    assert "Soften it with warm water" in after.hear(Intent.YES)


def test_who_cannot_know_how_long_it_was_off_asks_how_long_the_mask_is_on() -> None:
    after = resumed(Conversation.at(Phase.HOLDING), away_seconds=None)
    assert "How long has the mask been on?" in after.texts[-1]
    assert Intent.ON_FOR in after.listen.intents
    assert after.hear(Intent.ON_FOR, "ten minutes", minutes=10) == "Ten minutes so far. Five minutes are left."
    assert after.remaining == pytest.approx(300)
    assert Intent.ON_FOR not in after.listen.intents


def test_a_mask_that_was_on_for_long_enough_comes_off() -> None:
    after = resumed(Conversation.at(Phase.HOLDING), away_seconds=None)
    answer = after.hear(Intent.ON_FOR, "fifteen minutes", minutes=15)
    assert answer.startswith("Fifteen minutes: then it comes off now.")
    assert after.phase is Phase.REMOVING


def test_one_minute_is_an_answer_while_that_is_asked_and_else_a_pause() -> None:
    after = resumed(Conversation.at(Phase.HOLDING), away_seconds=None)
    answer = after.hear(Intent.PAUSE, "about one minute")
    assert answer.startswith("One minute so far.")
    after.hear(Intent.PAUSE, "one minute")
    assert after.session.is_paused


def test_what_the_person_says_never_lengthens_the_time() -> None:
    before = Conversation.at(Phase.HOLDING)
    before.wait(600)
    after = resumed(before, away_seconds=None)
    after.hear(Intent.ON_FOR, "two minutes", minutes=2)
    assert after.remaining <= before.remaining


def test_a_person_who_does_not_know_either_takes_it_off() -> None:
    after = resumed(Conversation.at(Phase.HOLDING), away_seconds=None)
    assert "safe side" in after.hear(Intent.NO)
    assert after.phase is Phase.REMOVING


def test_without_an_answer_the_countdown_runs_on() -> None:
    after = resumed(Conversation.at(Phase.HOLDING), away_seconds=None)
    after.wait(1000)
    assert after.phase is Phase.REMOVING


def test_no_ends_the_session_but_thinks_of_the_mask() -> None:
    after = resumed(Conversation.at(Phase.HOLDING), away_seconds=10)
    assert "If the mask is still on, rinse it off now" in after.hear(Intent.NO)
    assert after.phase is Phase.IDLE
    assert kept_of(after) is None


def test_damaged_notes_are_not_taken_for_the_truth() -> None:
    after = resumed(Conversation.at(Phase.AFTERCARE), away_seconds=10, is_certain=False)
    assert after.texts[-1].startswith("My notes were damaged. I think we're at:")


def test_yesterdays_mask_is_not_gone_on_with() -> None:
    after = resumed(Conversation.at(Phase.AFTERCARE), away_seconds=LONGEST_AWAY_SECONDS + 1)
    assert after.phase is Phase.IDLE
    assert after.texts[-1].startswith("Hi")
    assert kept_of(after) is None


@pytest.mark.parametrize("phase", [Phase.IDLE, Phase.DONE])
def test_where_nobody_is_led_there_is_nothing_to_keep(phase: Phase) -> None:
    assert kept_of(Conversation.at(phase)) is None


def test_a_goodbye_is_kept_wherever_it_is_said() -> None:
    """A service that comes back shall know that somebody has just left."""
    conversation = Conversation.at(Phase.IDLE)
    conversation.hear(Intent.QUIT, "quit the coach")
    assert SaveSnapshot(None) in conversation.last


def test_who_has_said_goodbye_is_not_asked_to_go_on() -> None:
    conversation = Conversation.at(Phase.APPLYING)
    assert kept_of(conversation) is not None
    conversation.hear(Intent.QUIT)
    conversation.hear(Intent.YES)
    assert kept_of(conversation) is None
