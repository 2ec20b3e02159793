"""Real ears on the virtual card, and a person in front of them."""

from __future__ import annotations

import queue
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from tests.patience import patient
from voice_coach.ears import load_recognizers
from voice_coach.ears.live import LiveEars
from voice_coach.ears.microphone import Microphone
from voice_coach.ears.pipeline import RecognitionPipeline
from voice_coach.ears.rejection import DEFAULT
from voice_coach.language.intents import Intent
from voice_coach.library import load_language
from voice_coach.rehearsal.dialogue import Person
from voice_coach.session.events import (
    CommandHeard,
    EarsReady,
    Fault,
    FaultCleared,
    FaultRaised,
    VoiceActivity,
)
from voice_coach.session.listening import listening_in

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from voice_coach.ears.frontend import FrontEnd
    from voice_coach.ears.live import Load
    from voice_coach.ears.recognizers.recognizer import Recognizer
    from voice_coach.errors import CoachError
    from voice_coach.rehearsal.virtual_card import VirtualCard
    from voice_coach.session.events import Event

    Wrap = Callable[[Recognizer], Recognizer]

PATIENT_SECONDS = patient(30.0)
"""For what has no limit in the test."""
HEARD_SECONDS = 4.0
"""From the end of a command to the event."""


class Listening:
    """Ears that listen as in a running routine.

    Args:
        card: that they hear.
        folder: for what the person says.
        load: instead of the real one.
        wrap: what becomes of the real recogniser.
        wait_for_device: as of LiveEars.
        channel: of the microphone, as of Microphone.
    """

    def __init__(  # noqa: PLR0913 - all that ears can be told in a test
        self,
        card: VirtualCard,
        folder: Path,
        *,
        load: Load | None = None,
        wrap: Wrap = lambda recognizer: recognizer,
        wait_for_device: bool = False,
        channel: int | None = None,
    ) -> None:
        self._wrap = wrap
        self._events: queue.SimpleQueue[Event | CoachError] = queue.SimpleQueue()
        self.activity: list[bool] = []
        """Whether somebody was speaking, as the ears told it; these events come between all others."""
        self.person = Person(card, folder)
        self.person.learn([("awb", "next step"), ("awb", "say that again")])
        self.microphone = Microphone(channel=channel)
        self.ears = LiveEars(self.microphone, load or self.load, "moonshine", wait_for_device=wait_for_device)

    def load(self, lent: FrontEnd, heartbeat: Callable[[], None]) -> RecognitionPipeline:
        """The real recogniser, wrapped."""
        pack = load_language("en")
        recognizers = load_recognizers(
            ("moonshine",), pack.phrase_book, lambda _done, _of: heartbeat(), lambda: pack.understander
        )
        wrapped = [self._wrap(recognizer) for recognizer in recognizers]
        return RecognitionPipeline(wrapped, pack.phrase_book, DEFAULT, lent)

    def start(self) -> None:
        """Open the microphone and load; may raise EarsError."""
        self.ears.start(self._take)
        self.ears.listen(listening_in("applying"))

    def _take(self, event: Event | CoachError) -> None:
        if isinstance(event, VoiceActivity):
            self.activity.append(event.is_active)
        else:
            self._events.put(event)

    def wait_for(self, wanted: Event | type, seconds: float = PATIENT_SECONDS) -> list[Event | CoachError]:
        """Wait for an event, or for any of a kind; fail when it does not come.

        Returns:
            What came up to it.
        """
        came: list[Event | CoachError] = []
        until = time.monotonic() + seconds
        while not came or not (isinstance(came[-1], wanted) if isinstance(wanted, type) else came[-1] == wanted):
            try:
                came.append(self._events.get(timeout=max(0.0, until - time.monotonic())))
            except queue.Empty:
                raise AssertionError(f"{wanted} did not come, but {came}") from None
        return came

    def wait_until_ready(self) -> None:
        """Wait for the recogniser."""
        self.wait_for(EarsReady)

    def hears_next_step(self) -> bool:
        """Say it, and whether it is heard; what was said before may be heard first."""
        self.person.say("awb", "next step")
        until = time.monotonic() + patient(HEARD_SECONDS)
        while True:
            heard = self.wait_for(CommandHeard, max(0.0, until - time.monotonic()))[-1]
            if isinstance(heard, CommandHeard) and heard.intent is Intent.NEXT:
                return True

    def news(self) -> list[Event | CoachError]:
        """What came and was not waited for."""
        came = []
        while not self._events.empty():
            came.append(self._events.get())
        return came


@contextmanager
def listening(  # noqa: PLR0913 - as Listening
    card: VirtualCard,
    folder: Path,
    *,
    load: Load | None = None,
    wrap: Wrap = lambda recognizer: recognizer,
    wait_for_device: bool = False,
    channel: int | None = None,
) -> Iterator[Listening]:
    """Start them, and stop them again."""
    live = Listening(card, folder, load=load, wrap=wrap, wait_for_device=wait_for_device, channel=channel)
    live.start()
    try:
        yield live
    finally:
        live.ears.stop()


def began(trouble: Fault) -> FaultRaised:
    return FaultRaised(fault=trouble)


def over(trouble: Fault) -> FaultCleared:
    return FaultCleared(fault=trouble)
