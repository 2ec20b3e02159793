"""The sentences that the coach will probably say next, found by asking the coach itself.

To ask it means to run the handlers of about 25 intents, which takes far longer than the rest of a step. So the session
remembers for which situation it was asked last (`situation_of`), and it is asked again only in another one.
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
from voice_coach.session.state import ClarificationHistory, LastHeard, Session
from voice_coach.session.turn import Turn

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_NOTHING_HEARD = LastHeard()
_NO_DOUBTS = ClarificationHistory()


@dataclass(frozen=True, slots=True)
class Situation:
    """All that the likely texts depend on: in equal situations they are equal."""

    session: Session
    """Without what no text depends on; a field that is added to Session counts until it is left out here, too."""
    times: tuple[str, ...]
    """How the time left is worded, now and after the shortest changes that a person can ask for. No time left has words
    of its own, so this also tells whether to cut a minute would end the hold."""


def situation_of(session: Session) -> Situation:
    """The situation in which the likely texts are asked for."""
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
            clarifications=_NO_DOUBTS,
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
    """The sentences that would answer each intent now, and that time will bring; the most likely first.

    Args:
        session: whose sentences they are.
        answer: how a command is answered in a turn, without any effect but the turn that it returns.
    """
    return tuple(dict.fromkeys(_texts(session, answer)))


def _texts(session: Session, answer: Callable[[Turn, CommandHeard], Turn]) -> Iterator[str]:
    turn = Turn(session)
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
