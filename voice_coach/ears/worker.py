"""The thread that loads the witnesses and hears with them, until it is given up."""

from __future__ import annotations

import threading
import time
from contextlib import closing
from functools import partial
from typing import TYPE_CHECKING

from voice_coach import clock
from voice_coach.ears.evidence import SAMPLE_RATE
from voice_coach.ears.verdict import Accepted

if TYPE_CHECKING:
    from collections.abc import Callable

    from voice_coach.core.commands import Listen
    from voice_coach.ears.front_end import FrontEnd
    from voice_coach.ears.hearing import Hearing, Judged
    from voice_coach.ears.microphone import Microphone

    Load = Callable[[FrontEnd, Callable[[], None]], Hearing]
    """Loads what hears, with this front end, and calls back as a sign of life; takes seconds, may raise EarsError."""

ANSWER_SECONDS = 3.0
"""For a piece of sound: 0.2 s at most here, perhaps 1.5 s on a small machine."""
LOAD_SECONDS = 60.0
"""For loading, or for one step of a calibration."""
STALE_SECONDS = 3.0
"""Sound that waited for longer is not heard any more: who said it has said it again."""
_GAP_SECONDS = 0.25
"""Without sound: the microphone was away, or the machine too busy or asleep. Half a command is forgotten then."""


class RecognitionWorker:
    """One thread with one Hearing.

    Args:
        microphone: open.
        load: loads what hears.
        front_end: lent to this worker alone.
        listen: what may be taken at this moment.
        on_ready: called when it hears from now on.
        take: called with each verdict.
        on_activity: called after each piece of sound with whether an utterance goes on. None of the three is called
            any more once it was given up.
    """

    def __init__(  # noqa: PLR0913 - what a thread can be told, once
        self,
        microphone: Microphone,
        load: Load,
        front_end: FrontEnd,
        listen: Callable[[], Listen],
        *,
        on_ready: Callable[[], None],
        take: Callable[[Judged], None],
        on_activity: Callable[[bool], None],
    ) -> None:
        self._microphone = microphone
        self._load = load
        self._front_end = front_end
        self._listen = listen
        self._on_ready = on_ready
        self._take = take
        self._on_activity = on_activity
        self._lock = threading.Lock()
        self._is_abandoned = False
        self._patience: float | None = LOAD_SECONDS
        """Seconds for what it does now; None while it waits for sound."""
        self._signs = 0
        """Of life, counted."""
        self._seen = (0, 0.0)
        """How many signs the watcher saw, and seconds since that many."""
        self._failure: Exception | None = None
        self._thread = threading.Thread(target=self._run, name="ears", daemon=True)

    def start(self) -> None:
        """Load, and hear from then on."""
        self._thread.start()

    def join(self, timeout: float) -> None:
        """Wait for it to end, which it does when the microphone is closed."""
        self._thread.join(timeout)

    @property
    def failure(self) -> Exception | None:
        """What ended it."""
        return self._failure

    def is_hung(self, seconds: float) -> bool:
        """Whether it has been at the same piece of work for too long.

        Args:
            seconds: since the watcher asked last. It adds up what it has seen itself, so that a program that was
                stopped as a whole, or had no processor, is not taken for one that hangs.
        """
        patience = self._patience  # first: a sign of life comes before it is set
        seen, waited = self._seen
        is_new = patience is None or seen != self._signs
        self._seen = (self._signs, 0.0 if is_new else waited + seconds)
        return patience is not None and self._seen[1] >= patience

    def abandon(self) -> None:
        """Ignore whatever it may still find out."""
        with self._lock:
            self._is_abandoned = True

    def _run(self) -> None:
        try:
            with closing(self._load(self._front_end, self._heartbeat)) as hearing:
                self._tell(self._on_ready)
                self._hear(hearing)
        except Exception as error:  # noqa: BLE001 - whatever a library raises, the watcher decides what to do
            self._failure = error

    def _hear(self, hearing: Hearing) -> None:
        channel, heard_until, taken_until, slept = 0, 0.0, 0.0, clock.slept_seconds()
        while not self._is_abandoned:
            self._patience = None
            block = self._microphone.read()
            if block is None:
                return
            self._heartbeat()
            self._patience = ANSWER_SECONDS
            if block.at < taken_until or time.monotonic() - block.at > STALE_SECONDS:
                continue
            slept, slept_before = clock.slept_seconds(), slept
            if block.channel != channel:
                channel = block.channel
                hearing.begin_anew()
                self._front_end.begin_anew()
            elif block.at - heard_until > _GAP_SECONDS or slept - slept_before > _GAP_SECONDS:
                hearing.interrupt()
            heard_until = block.at + len(block.sound) / SAMPLE_RATE
            sound, echo = self._front_end.clean(block.sound, block.at)
            for judged in hearing.feed(sound, self._listen(), echo):
                if isinstance(judged.verdict, Accepted):  # another channel may have it, too: it counts once
                    taken_until = heard_until
                self._tell(partial(self._take, judged))
            self._tell(partial(self._on_activity, hearing.is_in_utterance))

    def _heartbeat(self) -> None:
        self._signs += 1

    def _tell(self, tell: Callable[[], None]) -> None:
        with self._lock:
            if not self._is_abandoned:
                tell()
