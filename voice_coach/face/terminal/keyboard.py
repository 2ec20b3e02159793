"""Translates keys of a keyboard and of pedals into the same commands that words give.

Pedals are foot switches, presenters and other keyboards of one or two keys, which turn pages or move a cursor.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING

from voice_coach.language.intents import Intent
from voice_coach.routines import Phase
from voice_coach.session.events import CommandHeard, Via
from voice_coach.session.view import Attention

if TYPE_CHECKING:
    from voice_coach.face.base import KeyNames
    from voice_coach.language.wording import Sentences
    from voice_coach.session.view import ChoiceView, View


@dataclass(frozen=True, slots=True)
class Key:
    """A key, and the command that it gives."""

    key: str
    intent: Intent
    choice: ChoiceView | None = None
    """The choice that the key makes; None for other keys."""

    def name(self, texts: Sentences) -> str:
        """Return the name of the key, as the page shows it."""
        return texts.say("key_name.space") if self.key == " " else self.key

    def label(self, texts: Sentences) -> str:
        """Return what the key does, as the page shows it."""
        return self.choice.title if self.choice else texts.say(f"key.{self.intent.value}")

    def heard(self) -> CommandHeard:
        """Return the event that a press of the key causes."""
        return CommandHeard(intent=self.intent, slot_value=self.choice.value if self.choice else "", via=Via.KEY)


_PAUSE = Key(" ", Intent.PAUSE)
_RESUME = Key(" ", Intent.RESUME)
_YES = Key("y", Intent.YES)
_NO = Key("n", Intent.NO)
_START = Key("s", Intent.START)
_NEXT = Key("n", Intent.NEXT)
_BACK = Key("b", Intent.BACK)
_REPEAT = Key("r", Intent.REPEAT)
_WHY = Key("w", Intent.WHY)
_TIME = Key("t", Intent.TIME_LEFT)
_MORE = Key("a", Intent.ADD_TIME)
_LESS = Key("c", Intent.CUT_TIME)
_HELP = Key("?", Intent.HELP)
_STINGS = Key("!", Intent.STINGS)
_QUIT = Key("q", Intent.QUIT)

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
    Key("x", Intent.WHATS_NEXT),
    Key("i", Intent.WHICH_STEP),
    Key("o", Intent.START_OVER),
    Key("+", Intent.LOUDER),
    Key("=", Intent.LOUDER),
    Key("-", Intent.QUIETER),
    Key(">", Intent.FASTER),
    Key("<", Intent.SLOWER),
)
_BY_KEY = {key.key: key for key in _ALWAYS}
_SKIN_LETTERS = {"dry": "d", "oily": "o", "combination": "c", "sensitive": "e", "normal": "m"}
"""The letters that choose a skin type; during a routine they mean something else, or nothing."""
_LETTERS_OF_HANGUL = {
    unicodedata.normalize("NFKD", hangul): latin
    for hangul, latin in zip(
        "ㅂㅈㄷㄱㅅㅛㅕㅑㅐㅔㅁㄴㅇㄹㅎㅗㅓㅏㅣㅋㅌㅊㅍㅠㅜㅡ", "qwertyuiopasdfghjklzxcvbnm", strict=True
    )
}
"""The letter that is printed on the same key of a Korean keyboard (KS X 5002), by the jamo that the key gives."""
_FIRST_HANGUL = "\u1100"
_MOST_DIGITS = 9
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
_WITHOUT_MASK = frozenset({Phase.IDLE, Phase.BRIEFING, Phase.DONE})
"""Phases without anything on the face that could sting; the key works there all the same."""
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
    return [key.heard() for letter in _as_printed(text) if (key := _key_of(letter.lower(), view))]


def _as_printed(text: str) -> str:
    """Return the Latin letters on the keys that gave a text: a keyboard may be set to Hangul, and join its letters."""
    letters = (unicodedata.normalize("NFKD", letter) if letter >= _FIRST_HANGUL else letter for letter in text)
    return "".join(_LETTERS_OF_HANGUL.get(letter, letter) for letter in "".join(letters))


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


class Keyboard:
    """Reads what was typed on a keyboard, or on a pedal that acts as one."""

    def __init__(self) -> None:
        self._debouncer = PedalDebouncer()

    def read(self, typed: bytes, view: View, now: float) -> list[CommandHeard]:
        """Return the events that typed keys cause.

        Args:
            typed: The bytes that one read of the terminal returned.
            view: The view that the person sees.
            now: The time in monotonic seconds.
        """
        pedal = read_pedal(typed.decode(errors="ignore"), view)
        if pedal is None:
            return read_keys(typed, view)
        return [pedal] if self._debouncer.is_new_step(pedal, now) else []


def key_names(texts: Sentences) -> KeyNames:
    """Return the names of the keys that the coach can say aloud, by intent."""
    return {
        key.intent: key.name(texts).upper() if key.key.isalpha() else key.name(texts)
        for key in (*_ALWAYS, _PAUSE, _RESUME, _YES, _NO)
        if key.key.isalpha() or key.key.isspace()
    }


def useful_keys(view: View) -> tuple[Key, ...]:
    """Return the keys that are useful with a view, the most useful first; `choice_keys` has those of choices."""
    if view.attention is Attention.CLOSED:
        return ()
    stings = () if view.phase in _WITHOUT_MASK else (_STINGS,)
    if view.question:
        return (_YES, _NO, *stings)
    match view.phase:
        case Phase.IDLE | Phase.DONE:
            return (_START, _HELP, _QUIT)
        case Phase.HOLDING | Phase.PAUSED:
            return (_space(view), _TIME, _MORE, _LESS, _REPEAT, _WHY, _HELP, *stings, _QUIT)
        case _:
            return (_NEXT, _BACK, _REPEAT, _WHY, _space(view), _HELP, *stings, _QUIT)


def choice_keys(view: View) -> dict[Intent, tuple[Key, ...]]:
    """Return the keys of what can be chosen now, by intent: digits, and for skin types letters."""
    groups: dict[Intent, list[ChoiceView]] = {}
    for choice in view.choices:
        groups.setdefault(choice.intent, []).append(choice)
    return {
        intent: tuple(
            Key(_SKIN_LETTERS[choice.value] if intent is Intent.SKIN else str(number), intent, choice)
            for number, choice in enumerate(group[:_MOST_DIGITS], start=1)
        )
        for intent, group in groups.items()
    }


def _space(view: View) -> Key:
    return _RESUME if view.phase is Phase.PAUSED else _PAUSE


def _key_of(letter: str, view: View) -> Key | None:
    if view.question and letter in "yn":
        return _YES if letter == "y" else _NO
    if letter == " ":
        return _space(view)
    chosen = next((key for keys in choice_keys(view).values() for key in keys if key.key == letter), None)
    return chosen or _BY_KEY.get(letter)
