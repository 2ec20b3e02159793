"""Translates keys of a keyboard and of pedals into the same commands that words give.

Pedals are foot switches, presenters and other keyboards of one or two keys, which turn pages or move a cursor.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from voice_coach.language.intents import Intent
from voice_coach.routines import Phase
from voice_coach.session.events import CommandHeard
from voice_coach.session.view import Attention

if TYPE_CHECKING:
    from collections.abc import Mapping

    from voice_coach.session.view import View


@dataclass(frozen=True, slots=True)
class Key:
    """A key, its intent, and its label on the page."""

    key: str
    intent: Intent
    text: str
    """The phrase that a press counts as. It has two or more words, because at times single words are ignored."""
    label: str

    @property
    def name(self) -> str:
        """The name of the key, as the page and the coach say it."""
        return "space" if self.key == " " else self.key

    def heard(self) -> CommandHeard:
        """Return the event that a press of the key causes."""
        return CommandHeard(intent=self.intent, text=self.text)


_PAUSE = Key(" ", Intent.PAUSE, "pause please", "pause")
_RESUME = Key(" ", Intent.RESUME, "go on", "go on")
_YES = Key("y", Intent.YES, "yes please", "yes")
_NO = Key("n", Intent.NO, "no thanks", "no")
_START = Key("s", Intent.START, "start the mask", "start")
_NEXT = Key("n", Intent.NEXT, "next step", "next")
_BACK = Key("b", Intent.BACK, "go back", "back")
_REPEAT = Key("r", Intent.REPEAT, "say again", "repeat")
_WHY = Key("w", Intent.WHY, "tell me why", "why")
_TIME = Key("t", Intent.TIME_LEFT, "time left", "time left")
_MORE = Key("a", Intent.ADD_TIME, "more time", "more time")
_LESS = Key("c", Intent.CUT_TIME, "less time", "less time")
_HELP = Key("?", Intent.HELP, "help me", "help")
_STINGS = Key("!", Intent.STINGS, "it stings", "it stings")
_QUIT = Key("q", Intent.QUIT, "quit please", "quit")

_ALWAYS = (
    _START,
    _NEXT,
    _BACK,
    _REPEAT,
    _WHY,
    _TIME,
    _MORE,
    _LESS,
    _HELP,
    _STINGS,
    _QUIT,
    Key("x", Intent.WHATS_NEXT, "what's next", "what's next"),
    Key("i", Intent.WHICH_STEP, "which step", "which step"),
    Key("o", Intent.START_OVER, "start over", "start over"),
    Key("+", Intent.LOUDER, "speak louder", "louder"),
    Key("=", Intent.LOUDER, "speak louder", "louder"),
    Key("-", Intent.QUIETER, "speak quieter", "quieter"),
    Key(">", Intent.FASTER, "speak faster", "faster"),
    Key("<", Intent.SLOWER, "speak slower", "slower"),
)
_BY_KEY = {key.key: key for key in _ALWAYS}
KEY_NAMES: Mapping[Intent, str] = {
    key.intent: key.name.upper() if key.key.isalpha() else key.name
    for key in (*_ALWAYS, _PAUSE, _RESUME, _YES, _NO)
    if key.key.isalpha() or key.key.isspace()
}
"""Names of the keys that the coach can say aloud, by intent."""
_LONGEST_TYPED = 3
"""Characters that may arrive at once; more than these were pasted, and are ignored."""
_PEDAL_KEYS = {
    "\x1b[6~": _NEXT,  # Page Down
    "\x1b[C": _NEXT,  # right
    "\x1bOC": _NEXT,  # right, where the terminal is in its application mode
    "\r": _NEXT,  # Enter
    "\n": _NEXT,  # Enter, as most terminals translate it
    "\x1b[5~": _BACK,  # Page Up
    "\x1b[D": _BACK,  # left
    "\x1bOD": _BACK,
}
"""The sequences that a terminal sends for a pedal's keys (ECMA-48, and xterm's "PC-style function keys")."""
_DEBOUNCE_SECONDS = 0.8
"""Seconds within which the same key counts as the same step of the foot. A key held down repeats after 0.25 to 0.66
s."""


def read_keys(typed: bytes, view: View) -> list[CommandHeard]:
    """Translate typed keys into events; pastes, unknown keys and escape sequences (see `read_pedal`) give none.

    Args:
        typed: The bytes that one read of the terminal returned.
        view: The view on the page; while it has a question, y and n answer that.
    """
    text = typed.decode(errors="ignore")
    if text.startswith("\x1b") or len(text) > _LONGEST_TYPED:
        return []
    return [key.heard() for letter in text if (key := _key_of(letter.lower(), view))]


def read_pedal(typed: str, view: View) -> CommandHeard | None:
    """Translate a pedal's key into its event; None when something else was typed.

    Args:
        typed: The text that one read of the terminal returned: a key of a pedal, once or several times.
        view: The view on the page; before the first step, "next" starts the routine.
    """
    for sequence, key in _PEDAL_KEYS.items():
        if typed and typed == sequence * (len(typed) // len(sequence)):
            return (_START if key is _NEXT and view.phase in {Phase.IDLE, Phase.DONE} else key).heard()
    return None


class PedalDebouncer:
    """Tells a new step on a pedal from the repetitions of a key that is held down."""

    def __init__(self) -> None:
        self._last: CommandHeard | None = None
        self._last_at = 0.0

    def is_new_step(self, heard: CommandHeard, now: float) -> bool:
        """Return whether this is a new step on the pedal.

        Args:
            heard: The event of the key.
            now: The time in monotonic seconds.
        """
        is_new = heard != self._last or now - self._last_at >= _DEBOUNCE_SECONDS
        self._last, self._last_at = heard, now
        return is_new


def useful_keys(view: View) -> tuple[Key, ...]:
    """Return the keys that are useful with a view, the most useful first."""
    if view.attention is Attention.CLOSED:
        return ()
    if view.question:
        return (_YES, _NO, _STINGS)
    match view.phase:
        case Phase.IDLE | Phase.DONE:
            return (_START, _HELP, _QUIT)
        case Phase.HOLDING | Phase.PAUSED:
            return (_space(view), _TIME, _MORE, _LESS, _REPEAT, _WHY, _HELP, _STINGS, _QUIT)
        case _:
            return (_NEXT, _BACK, _REPEAT, _WHY, _space(view), _HELP, _STINGS, _QUIT)


def _space(view: View) -> Key:
    return _RESUME if view.phase is Phase.PAUSED else _PAUSE


def _key_of(letter: str, view: View) -> Key | None:
    if view.question and letter in "yn":
        return _YES if letter == "y" else _NO
    if letter == " ":
        return _space(view)
    return _BY_KEY.get(letter)
