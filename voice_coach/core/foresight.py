"""What the coach will probably say next, found by asking the coach itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from voice_coach.core import time_moves
from voice_coach.core.commands import Speak
from voice_coach.core.events import Heard, Ticked
from voice_coach.core.intents import Intent
from voice_coach.core.obedience import obey
from voice_coach.core.timing import moment_text
from voice_coach.core.turn import Turn

if TYPE_CHECKING:
    from collections.abc import Iterator

    from voice_coach.core.state import Session

_BY_LIKELIHOOD = (
    Intent.YES,
    Intent.NO,
    Intent.NEXT,
    Intent.START,
    Intent.REPEAT,
    Intent.TIME_LEFT,
    Intent.PAUSE,
    Intent.RESUME,
    Intent.WHY,
    Intent.BACK,
    Intent.WHATS_NEXT,
    Intent.WHICH_STEP,
    Intent.STINGS,
    Intent.HELP,
    Intent.QUIT,
    Intent.START_OVER,
    Intent.ADD_TIME,
    Intent.CUT_TIME,
    Intent.LOUDER,
    Intent.QUIETER,
    Intent.MORE,
    Intent.WHO_SAYS,
    Intent.STEPS_LEFT,
    Intent.LAST_MASK,
    Intent.HOW_OFTEN,
)
"""What has one answer, but for faster and slower: after those nothing rendered before is of use."""


def likely_texts(session: Session) -> tuple[str, ...]:
    """The sentences that would answer each intent now, and that time will bring; the most likely first."""
    return tuple(dict.fromkeys(_texts(session)))


def _texts(session: Session) -> Iterator[str]:
    turn = Turn(session)
    for intent in _BY_LIKELIHOOD:
        heard = Heard(intent=intent, text=session.wording.phrases[intent])
        yield from _spoken(obey(turn, heard))
    if session.holding:
        yield from _spoken(time_moves.take_off(turn, Ticked()))
        mark = session.holding.next_mark
        if mark is not None:
            yield moment_text(session, mark)


def _spoken(turn: Turn) -> Iterator[str]:
    return (command.text for command in turn.commands if isinstance(command, Speak))
