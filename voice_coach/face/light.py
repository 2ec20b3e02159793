"""What the light tells of a view. Pure: `hands` makes it blink."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

from voice_coach.core.view import Attention
from voice_coach.routines import Phase

if TYPE_CHECKING:
    from voice_coach.core.view import View

STEP_SECONDS = 0.1
"""One character of a pattern."""


class Pattern(Enum):
    """Patterns of light, told apart at a glance: "#" is a tenth of a second of light, "." of darkness."""

    OFF = "."
    """Not listening yet, or closed."""
    LISTENING = "#"
    SPEAKING = "#."
    """Fast blinking."""
    HOLDING = "###############..............."
    """As slow as breathing: the mask works. The coach listens."""
    PAUSED = "#..................."
    """A short flash every two seconds. The coach listens."""
    TROUBLE = "#.#......."
    """Two short flashes a second."""

    @property
    def is_steady(self) -> bool:
        """Whether it never changes."""
        return len(self.value) == 1


def pattern_of(view: View) -> Pattern:
    """The pattern that tells most: what does not work comes first, then what the coach does."""
    if view.attention is Attention.CLOSED:
        return Pattern.OFF
    if view.troubles:
        return Pattern.TROUBLE
    if view.saying:
        return Pattern.SPEAKING
    if view.attention is not Attention.LISTENING:
        return Pattern.OFF
    return {Phase.PAUSED: Pattern.PAUSED, Phase.HOLDING: Pattern.HOLDING}.get(view.phase, Pattern.LISTENING)
