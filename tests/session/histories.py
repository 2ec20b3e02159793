"""Lives of a session, whatever happens in them: strategies for property tests."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from tests.session.conversation import fresh_session
from voice_coach.language.intents import Intent
from voice_coach.routines.past_masks import Feeling, HistorySummary, LastMask
from voice_coach.session import step
from voice_coach.session.events import (
    CommandHeard,
    CommandRejected,
    EarsReady,
    Event,
    HistoryLoaded,
    RejectionReason,
    SpeechEnded,
    Started,
    Ticked,
    Via,
    VoiceActivity,
)
from voice_coach.session.scheduling import next_deadline

if TYPE_CHECKING:
    from voice_coach.session.commands import Command
    from voice_coach.session.state import Session

QUICK = settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])

about = st.sampled_from(["", "massage", "relax", "serum", "sunscreen", "clay", "sensitive", "stung", "evening", "none"])
heard = st.builds(
    CommandHeard,
    intent=st.sampled_from([*Intent, *[Intent.START, Intent.NEXT, Intent.YES] * 5]),
    text=st.sampled_from(["word", "two words", ""]),
    via=st.sampled_from([*Via, *[Via.VOICE] * 5]),
    minutes=st.none() | st.integers(-5, 60),
    slot_value=about,
    is_confident=st.booleans(),
)
nearly_heard = st.builds(
    CommandRejected,
    text=st.sampled_from(["word", "two words", "other two words", "three more words"]),
    reason=st.sampled_from([RejectionReason.UNCLEAR, RejectionReason.AMBIGUOUS]),
    intent=st.sampled_from([*Intent, *[Intent.NEXT, Intent.PAUSE, Intent.STINGS] * 4]),
    minutes=st.none() | st.integers(-5, 60),
    slot_value=about,
    is_borderline=st.just(value=True),
)
events: st.SearchStrategy[Event] = st.one_of(
    heard,
    heard,
    heard,
    st.builds(SpeechEnded, utterance_id=st.integers(0, 30)),
    st.builds(CommandRejected, text=st.sampled_from(["", "next step"]), reason=st.sampled_from(RejectionReason)),
    nearly_heard,
    nearly_heard,
    st.just(Ticked()),
    st.just(HistoryLoaded(past=HistorySummary(LastMask(2, 1, "facial_mask", Feeling.STUNG), 1, 3, 9))),
    st.just(EarsReady(engine="any")),
    st.builds(VoiceActivity, is_active=st.booleans()),
)
delays = st.sampled_from([0.0, 0.1, 0.8, 3.0, 9.7, 40.0, 200.0, 900.0, -1.0, -500.0])
"""Seconds between events; a clock may even go backwards."""
_INTO_THE_HOLD = (Intent.START, Intent.NEXT, Intent.NEXT, Intent.NEXT)
walks = st.integers(0, 10).map(
    lambda count: [
        (5.0, CommandHeard(intent=intent, text="by key")) for intent in [Intent.START, *[Intent.NEXT] * count][:count]
    ]
)
"""Straight to any step, as most people go."""
histories = st.builds(lambda walk, rest: [*walk, *rest], walks, st.lists(st.tuples(delays, events), max_size=25))
hardly_heard = st.tuples(
    st.sampled_from([4.0, 13.0, 130.0]),
    st.one_of(
        st.builds(
            CommandRejected,
            text=st.sampled_from(["time left", "tell me why"]),
            reason=st.just(RejectionReason.UNCLEAR),
            intent=st.sampled_from([Intent.TIME_LEFT, Intent.WHY, Intent.PAUSE]),
            is_borderline=st.just(value=True),
        ),
        st.builds(CommandHeard, intent=st.sampled_from([Intent.YES, Intent.NO]), text=st.just("two words")),
    ),
)
doubtful_holds = st.lists(hardly_heard, min_size=2, max_size=12).map(
    lambda rest: [*((5.0, CommandHeard(intent=intent, text="by key")) for intent in _INTO_THE_HOLD), *rest]
)
"""Into the hold, with a person who is hardly ever heard well there."""
holds = st.sampled_from([5.0, 20.0, 150.0, 600.0, 900.0, 1800.0])


def live(
    history: list[tuple[float, Event]], hold_seconds: float = 900.0, *, ends_speech: bool = True
) -> list[tuple[Session, Event, Session, tuple[Command, ...]]]:
    """Live through a history as the loop would, woken at every deadline: all (before, event, after, commands)."""
    session, now = fresh_session(hold_seconds), 1000.0
    story: list[tuple[Session, Event, Session, tuple[Command, ...]]] = []

    def send(event: Event, at: float) -> None:
        nonlocal session
        before, stamped = session, replace(event, at=at)
        session, commands = step(session, stamped)
        story.append((before, stamped, session, commands))

    send(Started(is_daytime=True), now)
    for delay, event in history:
        if session.saying and ends_speech and delay > 1:
            send(SpeechEnded(utterance_id=session.saying.utterance_id), now + 1)
        while (deadline := next_deadline(session)) is not None and deadline <= now + delay:
            send(Ticked(), deadline)
        now += delay
        send(event, now)
    return story
