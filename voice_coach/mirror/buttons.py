"""What can be touched on the mirror, and what each touch means: like a key of the terminal, it does what words do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from voice_coach.core.intents import MINUTE_INTENTS, SLOTS, SPECS, Intent
from voice_coach.core.view import Attention
from voice_coach.routines import Phase

if TYPE_CHECKING:
    from voice_coach.core.view import View

COMMANDS = tuple(sorted((intent for intent in Intent if intent not in SLOTS), key=lambda intent: intent.value))
"""The intents that a page or another program can send: those that need no words of the person's own."""
TIMED = MINUTE_INTENTS
"""Of these, what may carry a number of minutes."""
BUTTONS = tuple(intent for intent, spec in SPECS.items() if spec.has_button)
"""The intents that have a button, each with its words in mirror.toml; `buttons_of` says when it is there."""


def buttons_of(view: View) -> tuple[Intent, ...]:
    """The buttons that make sense now, in the order in which they stand: at most five, and none when it has ended."""
    if view.attention is Attention.CLOSED:
        return ()
    if view.question:
        return (Intent.YES, Intent.NO, Intent.REPEAT, Intent.STINGS)
    match view.phase:
        case Phase.IDLE | Phase.DONE:
            return (Intent.START, Intent.REPEAT, Intent.HELP, Intent.STINGS)
        case Phase.PAUSED:
            return (Intent.BACK, Intent.NEXT, Intent.REPEAT, Intent.RESUME, Intent.STINGS)
        case _:
            return (Intent.BACK, Intent.NEXT, Intent.REPEAT, Intent.PAUSE, Intent.STINGS)
