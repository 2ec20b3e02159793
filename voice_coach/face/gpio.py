"""A button and a light on the pins of a Raspberry Pi, through gpiozero, an optional package.

docs/hands.md shows the wiring and the patterns of the light.
"""

from __future__ import annotations

import itertools
import logging
import os
import tempfile
import threading
import time
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Any

from voice_coach.errors import FaceError
from voice_coach.face.base import NO_KEYS, Face
from voice_coach.language.intents import Intent
from voice_coach.routines import Phase
from voice_coach.session.events import CommandHeard
from voice_coach.session.view import Attention, View

if TYPE_CHECKING:
    from collections.abc import Iterator

    from voice_coach.face.base import KeyNames, PostHeard

LONG_SECONDS = 1.0
"""Seconds after which a press counts as a long one, at once: nobody has to guess when to let go."""
_HEARD_SECONDS = 1.5
"""Seconds that it takes to hear a question: a press that comes sooner was not meant as an answer."""
_DOUBLE_SECONDS = 0.3
"""Seconds within which a second press is a bad contact, or a hand that trembles."""
_BOUNCE_SECONDS = 0.03
"""Seconds during which a button is not read again: cheap contacts chatter for 5 to 20 ms."""
_STEP_SECONDS = 0.1
"""Seconds that one character of a pattern lasts."""
_REMEDY = "leave out button_pin and light_pin to go without."

_log = logging.getLogger(__name__)


class LedPattern(Enum):
    """Patterns of light, told apart at a glance: "#" is a tenth of a second of light, "." is one of darkness."""

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


def pattern_of(view: View) -> LedPattern:
    """The pattern that tells most: what does not work comes first, then what the coach does."""
    if view.attention is Attention.CLOSED:
        return LedPattern.OFF
    if view.faults:
        return LedPattern.TROUBLE
    if view.saying:
        return LedPattern.SPEAKING
    if view.attention is not Attention.LISTENING:
        return LedPattern.OFF
    return {Phase.PAUSED: LedPattern.PAUSED, Phase.HOLDING: LedPattern.HOLDING}.get(view.phase, LedPattern.LISTENING)


@dataclass(frozen=True, slots=True)
class ButtonPress:
    """A press that has begun."""

    view: View
    """The view that was shown then: no press answers a question that it came before."""
    asked_seconds: float
    """For how many seconds the question of the view had been open."""
    is_double: bool = False
    """Whether it came at once after another one."""


def meaning(press: ButtonPress, *, is_long: bool) -> CommandHeard | None:
    """Return the event that a press stands for; None for none.

    Nothing takes the mask off by accident. A press never answers: during the mask it asks whether to take it off,
    and so does the next one. Yes is a long press, which begins when the question has been heard. Silence is no.

    Args:
        press: How it began.
        is_long: Whether it lasts LONG_SECONDS or more.
    """
    view = press.view
    if not is_long:
        return None if press.is_double else _on(view)
    if view.question and press.asked_seconds >= _HEARD_SECONDS:
        return CommandHeard(intent=Intent.YES, text="yes please")
    if view.phase is Phase.PAUSED:
        return CommandHeard(intent=Intent.RESUME, text="go on")
    return CommandHeard(intent=Intent.PAUSE, text="pause please")


def _on(view: View) -> CommandHeard:
    """The first step, or the next."""
    if view.phase in {Phase.IDLE, Phase.DONE}:
        return CommandHeard(intent=Intent.START, text="start the mask")
    return CommandHeard(intent=Intent.NEXT, text="next step")


class GpioFace(Face):
    """Shows a view on a light, and posts Heard for presses of a button.

    Args:
        button_pin: BCM number; the button connects it to ground. None for no button.
        light_pin: BCM number; the light goes on when it is high. None for no light.
        long_seconds: How long a long press is.
    """

    keys: KeyNames = NO_KEYS

    def __init__(
        self, button_pin: int | None = None, light_pin: int | None = None, *, long_seconds: float = LONG_SECONDS
    ) -> None:
        self._button_pin = button_pin
        self._light_pin = light_pin
        self._long_seconds = long_seconds
        self._light: Any = None  # of gpiozero, which has no types
        self._pattern = LedPattern.OFF
        self._view = View(phase=Phase.IDLE)
        self._asked_at = 0.0
        """Monotonic seconds at which the open question was asked."""
        self._pressed: ButtonPress | None = None
        """The press that is going on; None if there is none, or if it has been told already."""
        self._told_at = float("-inf")
        """Monotonic seconds at which the last press was told."""
        self._pressing = threading.Lock()
        self._opened = ExitStack()

    def start(self, post: PostHeard) -> None:
        """Take the pins.

        Args:
            post: Takes Heard for each press.

        Raises:
            FaceError: gpiozero is missing, or the pins cannot be used.
        """
        self._post = post
        if self._button_pin is not None and self._button_pin == self._light_pin:
            message = f"Button and light cannot share pin {self._button_pin}: give one of them another pin."
            raise FaceError(message)
        try:
            import gpiozero  # noqa: PLC0415 - an optional package, slow to import
        except ImportError as error:
            what, how = "need the Python package gpiozero", "pip install"
            if error.name != "gpiozero":
                what = f"cannot use the Python package gpiozero ({_first_line(error)})"
                how = "pip install --force-reinstall"
            message = f"The button and the light {what}: install it with {how} 'gpiozero>=2' lgpio, or {_REMEDY}"
            raise FaceError(message) from error
        try:
            folder = self._opened.enter_context(_own_folder())
            with _lgpio_at_home_in(folder):
                self._open(gpiozero)
        except Exception as error:  # pin factories raise classes of their own that share no public base
            self.stop()
            message = (
                f"The pins of button and light cannot be used ({_first_line(error)}): see docs/hands.md, or {_REMEDY}"
            )
            raise FaceError(message) from error

    def show(self, view: View) -> None:
        """Let the light tell a view from now on; never raises."""
        if view.question != self._view.question:
            self._asked_at = time.monotonic()
        self._view = view
        pattern = pattern_of(view)
        if self._light is None or pattern is self._pattern:
            return
        try:
            self._shine(pattern)
        except Exception:  # noqa: BLE001 - whatever happened to the light, the coach goes on
            _log.exception("the light is lost")
            self._light = None

    def tell_loading(self, done: int, total: int) -> None:
        """A light has no figures."""

    def stop(self) -> None:
        """Give the pins back, the light off; may be called again."""
        self._light = None
        with suppress(Exception):
            self._opened.close()

    def _open(self, gpiozero: Any) -> None:  # noqa: ANN401 - a module without types
        if self._light_pin is not None:
            self._light = light = gpiozero.LED(self._light_pin)
            self._opened.callback(light.close)
            self._opened.callback(light.off)
            self._opened.callback(setattr, light, "source", None)
            self._light.source_delay = _STEP_SECONDS
        if self._button_pin is not None:
            button = gpiozero.Button(self._button_pin, bounce_time=_BOUNCE_SECONDS, hold_time=self._long_seconds)
            self._opened.callback(button.close)
            button.when_pressed = self._begin
            button.when_held = lambda: self._tell(is_long=True)
            button.when_released = lambda: self._tell(is_long=False)

    def _shine(self, pattern: LedPattern) -> None:
        self._light.source = None
        values = [int(step == "#") for step in pattern.value]
        if pattern.is_steady:
            self._light.value = values[0]
        else:
            self._light.source = itertools.cycle(values)
        self._pattern = pattern

    def _begin(self) -> None:
        now = time.monotonic()
        with self._pressing:
            self._pressed = ButtonPress(
                self._view, now - self._asked_at, is_double=now - self._told_at < _DOUBLE_SECONDS
            )

    def _tell(self, *, is_long: bool) -> None:
        """Tell a press once: when it has become a long one, or else when the button is let go."""
        with self._pressing:
            press, self._pressed = self._pressed, None
            if press is None:
                return
            self._told_at = time.monotonic()
        if heard := meaning(press, is_long=is_long):
            self._post(heard)


def _own_folder() -> tempfile.TemporaryDirectory[str]:
    """Return a new one, in memory where that can be: a full disk must not take the button."""
    with suppress(OSError):
        return tempfile.TemporaryDirectory(prefix="voice-coach-", dir="/dev/shm")
    return tempfile.TemporaryDirectory(prefix="voice-coach-")


@contextmanager
def _lgpio_at_home_in(folder: str) -> Iterator[None]:
    """Give lgpio a folder for its pipe; it would make one in the working folder, and fail where that is read-only.

    When it is loaded it makes that folder the working folder of the process, which is undone here.
    """
    before = Path.cwd()
    os.environ["LG_WD"] = folder
    try:
        yield
    finally:
        os.chdir(before)


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0].rstrip(".!")
