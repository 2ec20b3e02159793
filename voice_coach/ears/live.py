"""The ears of a running coach: a microphone and a thread that recognises, replaced when it hangs."""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from contextlib import closing
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from voice_coach import clock
from voice_coach.ears.frontend import FrontEnd, FrontEndLease, PassThrough
from voice_coach.ears.recognizers.recognizer import SAMPLE_RATE
from voice_coach.ears.rejection import Accepted, Incomplete, Rejected
from voice_coach.errors import CoachError, EarsError
from voice_coach.session import commands
from voice_coach.session.events import (
    CommandHeard,
    CommandRejected,
    EarsReady,
    Event,
    Fault,
    FaultCleared,
    FaultRaised,
    RejectionReason,
    VoiceActivity,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from voice_coach.ears.frontend import FrontEnd
    from voice_coach.ears.microphone import Microphone
    from voice_coach.ears.pipeline import Recognition, RecognitionPipeline
    from voice_coach.session.commands import Listen

    Load = Callable[[FrontEnd, Callable[[], None]], RecognitionPipeline]
    """Loads what hears, with this front end, and calls back as a sign of life; takes seconds, may raise EarsError."""
    from voice_coach.language.phrases import Phrase

    Post = Callable[[Event | CoachError], None]


ANSWER_SECONDS = 3.0
"""For a piece of sound: 0.2 s at most here, perhaps 1.5 s on a small machine."""
LOAD_SECONDS = 60.0
"""For loading, or for one step of a calibration."""
STALE_SECONDS = 3.0
"""Sound that waited for longer is not heard any more: who said it has said it again."""
_GAP_SECONDS = 0.25
"""Without sound: the microphone was away, or the machine too busy or asleep. Half a command is forgotten then."""


class RecognitionWorker:
    """One thread with one RecognitionPipeline.

    Args:
        microphone: open.
        load: loads what hears.
        front_end: lent to this worker alone.
        listen: what may be taken at this moment.
        on_ready: called when it hears from now on.
        take: called with each decision.
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
        take: Callable[[Recognition], None],
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

    def _hear(self, hearing: RecognitionPipeline) -> None:
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
                if isinstance(judged.decision, Accepted):  # another channel may have it, too: it counts once
                    taken_until = heard_until
                self._tell(partial(self._take, judged))
            self._tell(partial(self._on_activity, hearing.is_in_utterance))

    def _heartbeat(self) -> None:
        self._signs += 1

    def _tell(self, tell: Callable[[], None]) -> None:
        with self._lock:
            if not self._is_abandoned:
                tell()


_NOT_WORTH_SHOWING = frozenset({RejectionReason.NOTHING_HEARD, RejectionReason.OWN_WORDS})
_LOOK_SECONDS = 0.25
"""How often the watcher looks."""
_REPLACEMENTS = 3
"""So often the recogniser is replaced ..."""
_REPLACED_WITHIN_SECONDS = 600.0
"""... in so long; then only a new start of the program may help."""

_log = logging.getLogger(__name__)


class LiveEars:
    """Listens to a microphone on a thread of its own, which also loads the recognisers.

    A recogniser may hang in a library, where nothing can interrupt it, or fail. Then its thread is given up and another
    one loads all recognisers anew; meanwhile Trouble.NO_RECOGNISER lasts.

    Args:
        microphone: not yet open.
        load: loads what hears.
        engine: what to call it on the face.
        front_end: cleans the sound before it is heard.
        wait_for_device: no microphone at the start is a Trouble, and no error.
    """

    def __init__(
        self,
        microphone: Microphone,
        load: Load,
        engine: str,
        front_end: FrontEnd | None = None,
        *,
        wait_for_device: bool = False,
    ) -> None:
        self._microphone = microphone
        self._load = load
        self._engine = engine
        self._loan = FrontEndLease(front_end or PassThrough())
        self._wait_for_device = wait_for_device
        self._listen = commands.Listen(frozenset())
        self._is_stopping = threading.Event()
        self._replaced_at: deque[float] = deque(maxlen=_REPLACEMENTS)
        self._is_without_recogniser = False
        self._is_active = False
        """Whether an utterance goes on, as far as the session knows."""

    def start(self, post: Post) -> None:
        """Open the microphone and begin to load.

        Raises:
            EarsError: there is no microphone, and it is not waited for.
        """
        self._microphone.open(post, wait_for_device=self._wait_for_device)
        self._post = post
        self._begin_work()
        self._watcher = threading.Thread(target=self._watch, name="watch ears", daemon=True)
        self._watcher.start()

    def listen(self, listen: commands.Listen) -> None:
        """Take from now on what this allows."""
        self._listen = listen

    def stop(self) -> None:
        """Close the microphone and wait for the worker, but not for ever."""
        self._is_stopping.set()
        self._watcher.join()
        self._microphone.close()
        self._worker.join(timeout=2.0)

    def _begin_work(self) -> None:
        self._tell_activity(is_active=False)
        self._worker = RecognitionWorker(
            self._microphone,
            self._load,
            self._loan,
            lambda: self._listen,
            on_ready=self._tell_ready,
            take=self._tell,
            on_activity=lambda is_active: self._tell_activity(is_active=is_active),
        )
        self._worker.start()

    def _tell_ready(self) -> None:
        self._post(EarsReady(engine=self._engine))
        if self._is_without_recogniser:
            self._is_without_recogniser = False
            self._post(FaultCleared(fault=Fault.NO_RECOGNISER))

    def _tell(self, judged: Recognition) -> None:
        event = event_of(judged)
        if event is not None:
            self._post(event)

    def _tell_activity(self, *, is_active: bool) -> None:
        if is_active is not self._is_active:
            self._is_active = is_active
            self._post(VoiceActivity(is_active=is_active))

    def _watch(self) -> None:
        while not self._is_stopping.wait(_LOOK_SECONDS):
            failure = self._worker.failure
            if isinstance(failure, CoachError):
                self._post(failure)
                return
            if failure is None and not self._worker.is_hung(_LOOK_SECONDS):
                continue
            reason = f"stopped with '{failure}'" if failure else "does not answer"
            if not self._replace(reason):
                self._post(EarsError(f"The recogniser {reason}, again and again. Run: scripts/setup"))
                return

    def _replace(self, reason: str) -> bool:
        """Give the worker up and begin with another; False when that has been tried often enough."""
        _log.warning("the recogniser %s", reason)
        self._worker.abandon()
        self._loan = self._loan.renew()
        now = time.monotonic()
        if len(self._replaced_at) == _REPLACEMENTS and now - self._replaced_at[0] < _REPLACED_WITHIN_SECONDS:
            return False
        self._replaced_at.append(now)
        if not self._is_without_recogniser:
            self._is_without_recogniser = True
            self._post(FaultRaised(fault=Fault.NO_RECOGNISER))
        self._begin_work()
        return True


def event_of(judged: Recognition) -> CommandHeard | CommandRejected | None:
    """What the session should know of a decision; None when there is nothing to tell."""
    match judged.decision:
        case Accepted(phrase, _, _, is_certain):
            return _heard(phrase, is_certain=is_certain)
        case Incomplete(accepted):
            return event_of(replace(judged, decision=accepted))
        case Rejected(reason) if reason in _NOT_WORTH_SHOWING:
            return None
        case Rejected(reason, phrase, _, is_near) as refused:
            if phrase is None:
                return CommandRejected(text="", reason=reason)
            return CommandRejected(
                text=phrase.text,
                reason=reason,
                intent=phrase.intent,
                minutes=phrase.minutes,
                slot_value=phrase.slot_value,
                other=_heard(refused.other) if refused.other else None,
                is_borderline=is_near,
            )


def _heard(phrase: Phrase, *, is_certain: bool = True) -> CommandHeard:
    return CommandHeard(
        intent=phrase.intent,
        text=phrase.text,
        minutes=phrase.minutes,
        slot_value=phrase.slot_value,
        next_command=CommandHeard(intent=phrase.next_command, text=phrase.text) if phrase.next_command else None,
        is_confident=is_certain,
    )
