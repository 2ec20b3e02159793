"""Pedals: foot switches, presenters and other keyboards of one or two keys. Their keys turn pages or move a cursor."""

from __future__ import annotations

from typing import TYPE_CHECKING

from voice_coach.core.events import Heard
from voice_coach.core.intents import Intent
from voice_coach.routines import Phase

if TYPE_CHECKING:
    from voice_coach.core.view import View

_START = Heard(intent=Intent.START, text="start the mask")
_NEXT = Heard(intent=Intent.NEXT, text="next step")
_BACK = Heard(intent=Intent.BACK, text="go back")
_BY_SEQUENCE = {
    "\x1b[6~": _NEXT,  # Page Down
    "\x1b[C": _NEXT,  # right
    "\x1bOC": _NEXT,  # right, where the terminal is in its application mode
    "\r": _NEXT,  # Enter
    "\n": _NEXT,  # Enter, as most terminals translate it
    "\x1b[5~": _BACK,  # Page Up
    "\x1b[D": _BACK,  # left
    "\x1bOD": _BACK,
}
"""What a terminal sends for a key (ECMA-48, and xterm's "PC-style function keys")."""
_PAUSE_SECONDS = 0.8
"""A key held down repeats after 0.25 to 0.66 s: what comes sooner after the last one is the same step of the foot."""


def read_pedal(typed: str, view: View) -> Heard | None:
    """What a pedal's key stands for; None when something else was typed.

    Args:
        typed: All that came at once: a key of a pedal, or the same one several times.
        view: What the page shows: before the first step, "next" begins.
    """
    for sequence, heard in _BY_SEQUENCE.items():
        if typed and typed == sequence * (len(typed) // len(sequence)):
            return _START if heard is _NEXT and view.phase in {Phase.IDLE, Phase.DONE} else heard
    return None


class Foot:
    """Tells a step of the foot from the repetitions of a key that it holds down."""

    def __init__(self) -> None:
        self._last: Heard | None = None
        self._last_at = 0.0

    def steps(self, heard: Heard, now: float) -> bool:
        """Whether this is a new step.

        Args:
            heard: What the key stands for.
            now: Monotonic seconds.
        """
        is_new = heard != self._last or now - self._last_at >= _PAUSE_SECONDS
        self._last, self._last_at = heard, now
        return is_new
