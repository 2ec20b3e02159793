"""The protocol that every face implements, several faces as one, the words of the terminal, and the time to show."""

from __future__ import annotations

import math
from abc import abstractmethod
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Protocol

from voice_coach.errors import bystander
from voice_coach.language.intents import Intent
from voice_coach.routines import Phase
from voice_coach.session.events import CommandHeard

if TYPE_CHECKING:
    from voice_coach.language.pack import LanguagePack
    from voice_coach.language.wording import Sentences
    from voice_coach.session.view import CountdownView, View

PostHeard = Callable[[CommandHeard], None]
"""A function that gives the loop the command of a key, a press or a touch. It can be called from any thread, and never
blocks."""

KeyNames = Mapping[Intent, str]
"""Names of keys that the coach can say aloud, by the intents of the keys."""

NO_KEYS: KeyNames = MappingProxyType({})
"""The keys of a face that has no keys with a name."""


class Face(Protocol):
    """A face shows views, and posts a CommandHeard for each key, press or touch.

    The loop calls `start`, then `show` for each new view, then `stop`, all from its own thread. Every face inherits
    from this class, so that a face that lacks a method cannot be instantiated.
    """

    @property
    @abstractmethod
    def keys(self) -> KeyNames:
        """The keys that the coach may name aloud, as in "say yes, or press Y"."""

    @abstractmethod
    def start(self, post: PostHeard) -> None:
        """Begin to show views, and to post commands.

        Raises:
            FaceError: the face cannot work here; nothing is left open then.
        """

    @abstractmethod
    def show(self, view: View) -> None:
        """Show a view from now on; this returns without waiting for a slow screen or client."""

    @abstractmethod
    def tell_loading(self, done: int, total: int) -> None:
        """Show how many sounds of a calibration are done, of how many; from any thread, after start."""

    @abstractmethod
    def stop(self) -> None:
        """Release everything that the face uses; may be called again."""


class SilentFace(Face):
    """A face that shows nothing and has no keys, for when standard output belongs to another program."""

    keys: KeyNames = NO_KEYS

    def start(self, post: PostHeard) -> None:
        """Do nothing: there is nothing to start."""

    def show(self, view: View) -> None:
        """Do nothing: there is nothing to show a view on."""

    def tell_loading(self, done: int, total: int) -> None:
        """Do nothing: there is nothing to show progress on."""

    def stop(self) -> None:
        """Do nothing: there is nothing to stop."""


@dataclass(frozen=True, slots=True)
class Notice:
    """A text that a terminal shows until the routine begins: where the mirror is, and how to pair a phone with it."""

    lines: tuple[str, ...]
    picture: tuple[str, ...] = ()
    """Lines of a picture of characters, to be drawn white on black; left out where there is no room for them."""
    caption: str = ""
    """A line above the picture, which is left out with it."""


NO_NOTICE = Notice(())
"""The notice that says nothing."""


KEY_LABELS = (
    Intent.START, Intent.NEXT, Intent.BACK, Intent.REPEAT, Intent.WHY, Intent.PAUSE, Intent.RESUME, Intent.TIME_LEFT,
    Intent.ADD_TIME, Intent.CUT_TIME, Intent.HELP, Intent.STINGS, Intent.YES, Intent.NO, Intent.QUIT,
)  # fmt: skip
"""The intents whose keys are shown."""
PLACEHOLDERS: Mapping[str, Mapping[str, str]] = {
    "page": {"name": "", "welcome": "", "step": "number count"},
    "phase": {phase.value: "" for phase in Phase},
    "ears": dict.fromkeys(("loading", "listening", "hearing", "standby", "deaf", "closed"), ""),
    "label": dict.fromkeys(
        ("trouble", "coach", "question", "heard", "may_say", "mask", "skin", "feeling", "timers"), ""
    ),
    "key": {intent.value: "" for intent in KEY_LABELS},
    "key_name": {"space": ""},
    "line": {
        "loading": "", "learning": "done total", "listening": "", "standby": "", "deaf": "", "closed": "",
        "trouble": "trouble", "trouble_over": "trouble", "heard": "text", "note": "text", "question": "text",
        "step": "number count title", "instruction": "text", "running": "time", "paused": "time", "coach": "text",
        "may_say": "phrases", "keys": "keys",
    },
    "notice": {
        "here": "url", "pair": "url", "camera": "", "code": "code minutes", "elsewhere": "urls", "no_network": "",
        "unencrypted": "",
    },
}  # fmt: skip
"""The placeholders of the terminal's texts (`terminal.toml` of each language)."""


def load_texts(pack: LanguagePack) -> Sentences:
    """Read the texts of the terminal in a language.

    Raises:
        ContentError: the language's file is missing or wrong.
    """
    return pack.sentences("terminal", PLACEHOLDERS)


def beside_instruction(view: View) -> str:
    """Return what the coach says beyond the instruction and the question, which are shown by themselves."""
    rest = view.caption
    for shown in (view.instruction, view.question):
        if shown:
            rest = rest.replace(shown, " ")
    return " ".join(rest.split())


_EPSILON = 1e-6


def remaining_seconds(countdown: CountdownView, now: float) -> float:
    """Return the seconds that are left at `now`, a time of the coach's clock.

    The result is never negative, and never more than when the view was made: a countdown begins with the bell, shortly
    after the view, and until then its whole time is left.
    """
    running = countdown.remaining_seconds if countdown.ends_at is None else countdown.ends_at - now
    return max(0.0, min(countdown.remaining_seconds, running))


def clock_text(seconds: float) -> str:
    """Return the time as minutes and seconds, rounded up, so that 0:00 shows only when the time is over."""
    minutes, rest = divmod(math.ceil(seconds - _EPSILON), 60)
    return f"{minutes}:{rest:02d}"


def next_change(view: View, now: float, bar_cells: int) -> float | None:
    """Return for how many seconds a picture of a view stays the same, which has a bar so many cells wide.

    The result is None when no time runs in it.
    """
    mask = seconds_to_change(view.countdown, now, bar_cells) if view.countdown else None
    others = (seconds_to_change(timer.countdown, now, bar_cells=1) for timer in view.timers)
    return min((seconds for seconds in (mask, *others) if seconds is not None), default=None)


def seconds_to_change(countdown: CountdownView, now: float, bar_cells: int) -> float | None:
    """Return for how many seconds the picture stays the same; None while the countdown is paused or over.

    The picture changes with each second, and when the bar, which is `bar_cells` wide, grows by one cell.
    """
    remaining = remaining_seconds(countdown, now)
    if countdown.ends_at is None or remaining <= 0:
        return None
    to_second = remaining - math.ceil(remaining - 1 - _EPSILON)
    cell = countdown.total_seconds / max(1, bar_cells)
    to_cell = remaining - (math.ceil(remaining / cell - _EPSILON) - 1) * cell
    return max(0.1, min(to_second, to_cell))


class CompositeFace(Face):
    """A face that shows each view on several faces, in their order. If one face fails, the others go on.

    Args:
        faces: the faces. If several have a key for the same intent, the key of the first is named.
    """

    def __init__(self, *faces: Face) -> None:
        self._faces = faces
        self._started = ExitStack()

    @property
    def keys(self) -> KeyNames:
        """The keys of all faces."""
        return {intent: name for face in reversed(self._faces) for intent, name in face.keys.items()}

    def start(self, post: PostHeard) -> None:
        """Start all faces, or none.

        Raises:
            FaceError: a face cannot start; those before it are stopped again.
        """
        with ExitStack() as started:
            for face in self._faces:
                face.start(post)
                started.callback(face.stop)
            self._started = started.pop_all()

    def show(self, view: View) -> None:
        """Show a view on all faces."""
        for face in self._faces:
            with bystander(type(face).__name__):
                face.show(view)

    def tell_loading(self, done: int, total: int) -> None:
        """Show on all faces how many sounds of a calibration are done, of how many."""
        for face in self._faces:
            with bystander(type(face).__name__):
                face.tell_loading(done, total)

    def stop(self) -> None:
        """Stop all faces, the last one first."""
        self._started.close()
