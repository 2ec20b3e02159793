"""Prediction of the sentences that the coach will probably say next, so that they can be synthesized ahead.

The sentences are found by running the handlers of about 25 intents without their effects, which takes far longer than
the rest of a step. So the session remembers the situation in which this was done last (`situation_of`), and it is done
again only when the situation has changed.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from voice_coach.language.intents import PREFETCHED
from voice_coach.session import timer_commands
from voice_coach.session.commands import Speak
from voice_coach.session.events import CommandHeard, Ticked
from voice_coach.session.scheduling import announcement_text
from voice_coach.session.state import NOT_STARTED, ClarificationHistory, LastHeard, Pain, Session
from voice_coach.session.turn import Turn

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_NOTHING_HEARD = LastHeard()
_NO_CLARIFICATIONS = ClarificationHistory()
_PAIN = Pain(0.0)


@dataclass(frozen=True, slots=True)
class Situation:
    """Everything that the predicted sentences depend on: equal situations have equal sentences."""

    session: Session
    """The session, with fields that no sentence depends on set to fixed values (see `situation_of`)."""
    times: tuple[str, ...]
    """The wordings of the time left: now, after the shortest extension, and after the shortest cut. The wording differs
    when no time is left, so this also tells whether cutting a minute would end the hold."""


def situation_of(session: Session) -> Situation:
    """Return the situation of a session, from which the predicted sentences follow.

    A new field of Session counts as part of the situation unless it is given a fixed value here.
    """
    return Situation(
        replace(
            session,
            now=-math.inf,
            is_listening=False,
            is_hearing=False,
            unannounced_faults=(),
            saying=None,
            last_utterance_id=0,
            prepared=(),
            prepared_for=None,
            last_snapshot=None,
            heard=_NOTHING_HEARD,
            clarifications=_NO_CLARIFICATIONS,
            pain=session.pain and _PAIN,
            attended_at=-math.inf,
            voice_at=-math.inf,
            nudged_at=NOT_STARTED,
            began_at=None,
            done_at=None,
            is_unknown=False,
        ),
        times=tuple(_times(session)),
    )


def _times(session: Session) -> Iterator[str]:
    if session.holding is None:
        return
    left, shortest = session.remaining_seconds, timer_commands.SHORTEST_CHANGE_SECONDS
    for seconds in (left, left + timer_commands.addable(session, shortest), max(0.0, left - shortest)):
        yield session.wording.time.left(seconds)
    mark = session.holding.next_announcement
    if mark is not None:
        yield announcement_text(session, mark)


def texts_to_prefetch(session: Session, answer: Callable[[Turn, CommandHeard], Turn]) -> tuple[str, ...]:
    """Return the sentences that would answer each intent now, and those that are due later; the most likely first.

    Args:
        session: The session that would answer.
        answer: The function that answers a command in a turn; it must have no effect but the turn that it returns.
    """
    return tuple(dict.fromkeys(_texts(session, answer)))


def _texts(session: Session, answer: Callable[[Turn, CommandHeard], Turn]) -> Iterator[str]:
    turn = Turn(replace(session, saying=None))  # what is being said now is over when the answer is due
    for intent in PREFETCHED:
        heard = CommandHeard(intent=intent, text=session.wording.phrases[intent])
        yield from _spoken(answer(turn, heard))
    if session.holding:
        yield from _spoken(timer_commands.take_off(turn, Ticked()))
        mark = session.holding.next_announcement
        if mark is not None:
            yield announcement_text(session, mark)


def _spoken(turn: Turn) -> Iterator[str]:
    return (command.text for command in turn.commands if isinstance(command, Speak))
