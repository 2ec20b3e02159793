"""A session that breaks off, and the next one that goes on with it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.session.conversation import Conversation, fresh_session
from voice_coach.session.commands import SaveSnapshot
from voice_coach.session.events import EarsReady, Restored

if TYPE_CHECKING:
    from voice_coach.session.persistence import Snapshot


def kept_of(conversation: Conversation) -> Snapshot | None:
    """What the memory was last asked to keep."""
    return next((command.snapshot for command in reversed(conversation.all) if isinstance(command, SaveSnapshot)), None)


def resumed(
    before: Conversation, away_seconds: float | None, *, is_certain: bool = True, clock_moved: float = 0.0
) -> Conversation:
    """A new program, so many seconds later, given what the old one kept.

    Args:
        before: What was broken off, now.
        away_seconds: How long it was away; None: it was away for a minute and cannot know that.
        is_certain: Whether the notes were whole.
        clock_moved: Seconds by which the new monotonic clock differs, as after a start of the computer.
    """
    snapshot = kept_of(before)
    assert snapshot is not None
    seconds = 60.0 if away_seconds is None else away_seconds
    after = Conversation(fresh_session(), now=before.now + seconds + clock_moved)
    after.send(
        Restored(
            is_daytime=False,
            snapshot=snapshot,
            taken_at=before.now,
            away_seconds=away_seconds,
            read_at=after.now,
            is_certain=is_certain,
        )
    )
    after.send(EarsReady(engine="test"))
    return after
