"""A face of one button and one light on the pins of a Raspberry Pi, by the optional package gpiozero.

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
from voice_coach.session.events import CommandHeard, Via
from voice_coach.session.view import Attention, View

if TYPE_CHECKING:
    from collections.abc import Iterator

    from voice_coach.face.base import KeyNames, PostHeard

LONG_SECONDS = 1.0
"""Seconds after which a press counts as long, even before the button is let go."""
_HEARD_SECONDS = 1.5
"""Seconds that a person needs to hear a question; a press that begins sooner is not taken as an answer."""
_DOUBLE_SECONDS = 0.3
"""Seconds within which a second press is ignored: it is a bad contact, or a trembling hand."""
_BOUNCE_SECONDS = 0.03
"""Seconds for which a button is not read again; cheap contacts bounce for 5 to 20 ms."""
_STEP_SECONDS = 0.1
"""Seconds that one character of a pattern lasts."""
_REMEDY = "leave out button_pin and light_pin to go without."

_log = logging.getLogger(__name__)


class LedPattern(Enum):
    """The patterns of the light. "#" is a tenth of a second of light, "." a tenth of a second of darkness."""

    OFF = "."
    """The coach is not listening yet, or has ended."""
    LISTENING = "#"
    SPEAKING = "#."
    """The light blinks fast while the coach speaks."""
    HOLDING = "###############..............."
    """The light blinks as slowly as breathing while the mask works; the coach listens."""
    PAUSED = "#..................."
    """The light flashes briefly every two seconds while the routine is paused; the coach listens."""
    FAULT = "#.#......."
    """The light flashes twice in each second while something does not work."""

    @property
    def is_steady(self) -> bool:
        """Whether the light never changes in this pattern."""
        return len(self.value) == 1


def pattern_of(view: View) -> LedPattern:
    """Return the pattern for a view: a fault comes first, then the coach's activity."""
    if view.attention is Attention.CLOSED:
        return LedPattern.OFF
    if view.faults:
        return LedPattern.FAULT
    if view.saying:
        return LedPattern.SPEAKING
    if view.attention is not Attention.LISTENING:
        return LedPattern.OFF
    return {Phase.PAUSED: LedPattern.PAUSED, Phase.HOLDING: LedPattern.HOLDING}.get(view.phase, LedPattern.LISTENING)


@dataclass(frozen=True, slots=True)
class ButtonPress:
    """A press of the button that has begun."""

    view: View
    """The view that was shown when the press began; a press cannot answer a later question."""
    asked_seconds: float
    """Seconds for which the question of the view had been open."""
    is_double: bool = False
    """Whether it came within _DOUBLE_SECONDS after another press."""


def meaning(press: ButtonPress, *, is_long: bool) -> CommandHeard | None:
    """Return the event that a press causes; None for none.

    The mask must not be ended by accident. A short press never answers a question: during the mask it makes the coach
    ask whether to take the mask off, and another one makes it ask again. Only a long press that begins after the
    question was heard means yes. No press means no.

    Args:
        press: The press as it began.
        is_long: Whether it lasts LONG_SECONDS or more.
    """
    view = press.view
    if not is_long:
        return None if press.is_double else _on(view)
    if view.question and press.asked_seconds >= _HEARD_SECONDS:
        return CommandHeard(intent=Intent.YES, via=Via.BUTTON)
    if view.phase is Phase.PAUSED:
        return CommandHeard(intent=Intent.RESUME, via=Via.BUTTON)
    return CommandHeard(intent=Intent.PAUSE, via=Via.BUTTON)


def _on(view: View) -> CommandHeard:
    """Return the event that starts the routine, or that goes to the next step."""
    if view.phase in {Phase.IDLE, Phase.DONE}:
        return CommandHeard(intent=Intent.START, via=Via.BUTTON)
    return CommandHeard(intent=Intent.NEXT, via=Via.BUTTON)


class GpioFace(Face):
    """A face that shows views by a light, and posts a CommandHeard for each press of a button.

    Args:
        button_pin: BCM number of the pin that the button connects to ground; None for no button.
        light_pin: BCM number of the pin that is high when the light shall be on; None for no light.
        long_seconds: Seconds after which a press is long.
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
        """The press that is going on; None if there is none, or if its event has been posted already."""
        self._told_at = float("-inf")
        """Monotonic seconds at which the last press ended or became long."""
        self._pressing = threading.Lock()
        self._opened = ExitStack()

    def start(self, post: PostHeard) -> None:
        """Open the pins.

        Args:
            post: Takes a CommandHeard for each press.

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
        """Show a view by the light from now on; this never raises."""
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
        """Do nothing: a light cannot show progress."""

    def stop(self) -> None:
        """Turn the light off and release the pins; may be called again."""
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
        """Post the event of a press once: when the press becomes long, or else when the button is let go."""
        with self._pressing:
            press, self._pressed = self._pressed, None
            if press is None:
                return
            self._told_at = time.monotonic()
        if heard := meaning(press, is_long=is_long):
            self._post(heard)


def _own_folder() -> tempfile.TemporaryDirectory[str]:
    """Return a new temporary folder, in memory if possible, so that the button works even when the disk is full."""
    with suppress(OSError):
        return tempfile.TemporaryDirectory(prefix="voice-coach-", dir="/dev/shm")
    return tempfile.TemporaryDirectory(prefix="voice-coach-")


@contextmanager
def _lgpio_at_home_in(folder: str) -> Iterator[None]:
    """Give lgpio a folder for its pipe; by itself it uses the working folder, and fails where that is read-only.

    When lgpio is loaded, it makes the folder the working folder of the process. This is undone here.
    """
    before = Path.cwd()
    os.environ["LG_WD"] = folder
    try:
        yield
    finally:
        os.chdir(before)


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0].rstrip(".!")
