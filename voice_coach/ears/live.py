"""The ears of a running coach: a microphone and a thread with the recognisers, which is replaced when it hangs."""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from contextlib import closing
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from voice_coach import clock, set_up_again
from voice_coach.ears.frontend import FrontEnd, FrontEndLease, PassThrough
from voice_coach.ears.recognizers.recognizer import SAMPLE_RATE
from voice_coach.ears.rejection import Accepted, Incomplete, Rejected
from voice_coach.errors import CoachError, DeviceError, EarsError, problem_with
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
    """A function that takes seconds to load a pipeline with a front end, and calls its second argument as a heartbeat.

    It raises EarsError when the pipeline cannot be loaded.
    """
    from voice_coach.language.phrases import Phrase

    Post = Callable[[Event | CoachError], None]


ANSWER_SECONDS = 3.0
"""Seconds for which the worker may do nothing at all with a block of sound before it is taken to hang."""
BUSY_SECONDS = 30.0
"""Seconds that a block may take while the worker computes. The most that was measured is 0.9 s of processor time on a
fast machine; a Raspberry Pi needs several times as long, and a busy one longer still.
"""
LOAD_SECONDS = 60.0
"""Seconds that loading, or one step of a calibration, may take before the worker is taken to hang."""
STALE_SECONDS = 3.0
"""Seconds after which waiting sound is dropped, because the person will have repeated the command."""
_GAP_SECONDS = 0.25
"""Seconds of missing sound (lost microphone, busy or sleeping machine) after which a begun utterance is forgotten."""


@dataclass(frozen=True, slots=True)
class _Seen:
    """The state of a worker when the watcher last looked at it."""

    heartbeats: int = 0
    worked: float = 0.0
    """Seconds of processor time that the worker had used."""
    waited: float = 0.0
    """Seconds for which the watcher has waited for another heartbeat."""
    idle: float = 0.0
    """Seconds, the newest of these, in which the worker used no processor time."""


class RecognitionWorker:
    """A thread that runs one RecognitionPipeline.

    Args:
        microphone: the microphone, already open.
        load: loads the pipeline.
        front_end: the front end, leased to this worker alone.
        listen: returns the intents that may be taken now.
        on_ready: called once the pipeline is loaded. Like the next two, it is never called after `abandon`.
        take: called with each recognition.
        on_activity: called after each block of sound with whether an utterance has begun and not yet ended.
    """

    def __init__(  # noqa: PLR0913 - every option of the thread, given once
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
        """Seconds that the present piece of work may take; None while the worker waits for sound."""
        self._heartbeats = 0
        """The number of heartbeats so far."""
        self._seen = _Seen()
        self._processor_clock: int | None = None
        """The number of the clock of the thread's processor time; None until the thread runs."""
        self._failure: Exception | None = None
        self._thread = threading.Thread(target=self._run, name="ears", daemon=True)

    def start(self) -> None:
        """Start the thread, which loads the pipeline and then recognises."""
        self._thread.start()

    def join(self, timeout: float) -> None:
        """Wait at most `timeout` seconds for the end of the thread, which ends when the microphone is closed."""
        self._thread.join(timeout)

    @property
    def failure(self) -> Exception | None:
        """The exception that ended the thread; None while there is none."""
        return self._failure

    def is_hung(self, seconds: float) -> bool:
        """Return whether the thread has been at the same piece of work for too long, or has stopped working at it.

        Args:
            seconds: the time between two calls of this function. These seconds are added up, and the time of day is not
                read, so that a program which was stopped as a whole does not seem to hang.
        """
        patience = self._patience  # read first: a heartbeat comes before it is set
        before, worked = self._seen, self._worked_seconds()
        if patience is None or before.heartbeats != self._heartbeats:
            self._seen = _Seen(self._heartbeats, worked)
            return False
        idle = 0.0 if worked > before.worked else before.idle + seconds
        self._seen = _Seen(self._heartbeats, worked, before.waited + seconds, idle)
        return idle >= patience or self._seen.waited >= max(patience, BUSY_SECONDS)

    def _worked_seconds(self) -> float:
        """Return the processor time that the thread has used."""
        if self._processor_clock is None:
            return 0.0
        try:
            return time.clock_gettime(self._processor_clock)
        except OSError:  # the thread has just ended
            return 0.0

    def abandon(self) -> None:
        """Give the worker up: none of its callbacks is called any more."""
        with self._lock:
            self._is_abandoned = True

    def _run(self) -> None:
        self._processor_clock = time.pthread_getcpuclockid(threading.get_ident())
        try:
            with closing(self._load(self._front_end, self._heartbeat)) as pipeline:
                self._tell(self._on_ready)
                self._hear(pipeline)
        except Exception as error:  # noqa: BLE001 - whatever a library raises, the watcher decides what to do
            self._failure = error

    def _hear(self, pipeline: RecognitionPipeline) -> None:
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
                pipeline.begin_anew()
                self._front_end.begin_anew()
            elif block.at - heard_until > _GAP_SECONDS or slept - slept_before > _GAP_SECONDS:
                pipeline.interrupt()
            heard_until = block.at + len(block.sound) / SAMPLE_RATE
            sound, echo = self._front_end.clean(block.sound, block.at)
            for recognition in pipeline.feed(sound, self._listen(), echo):
                if isinstance(recognition.decision, Accepted):  # another channel may repeat the words: they count once
                    taken_until = heard_until
                self._tell(partial(self._take, recognition))
            self._tell(partial(self._on_activity, pipeline.is_in_utterance))

    def _heartbeat(self) -> None:
        self._heartbeats += 1

    def _tell(self, tell: Callable[[], None]) -> None:
        with self._lock:
            if not self._is_abandoned:
                tell()


_NOT_WORTH_SHOWING = frozenset({RejectionReason.NOTHING_HEARD, RejectionReason.OWN_WORDS})
_LOOK_SECONDS = 0.25
"""Seconds between two looks of the watcher at the worker."""
_REPLACEMENTS = 3
"""Times that a worker is replaced within _REPLACED_WITHIN_SECONDS before the ears give up."""
_REPLACED_WITHIN_SECONDS = 600.0
"""Seconds in which the replacements of a worker are counted."""

_log = logging.getLogger(__name__)


class LiveEars:
    """The ears of a running coach: a microphone, a worker that recognises, and a watcher that replaces the worker.

    A recogniser may fail, or hang in a library, where nothing can interrupt it. Then its worker is abandoned and
    another one loads all recognisers anew; until it is ready, Fault.NO_RECOGNISER lasts.

    Args:
        microphone: the microphone, not yet open.
        load: loads the pipeline.
        engine: the name of the recognisers, to be shown.
        front_end: cleans the sound before it is recognised; None leaves it as it is.
        wait_for_device: whether a missing microphone raises a Fault at the start, and no error.
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
        self._lease = FrontEndLease(front_end or PassThrough())
        self._wait_for_device = wait_for_device
        self._listen = commands.Listen(frozenset())
        self._is_stopping = threading.Event()
        self._replaced_at: deque[float] = deque(maxlen=_REPLACEMENTS)
        self._is_without_recogniser = False
        self._is_active = False
        """Whether the last VoiceActivity event was an active one."""

    def look_for_microphone(self) -> None:
        """Begin to look for the microphone; `start` does it otherwise. `forget_microphone` ends it without a start."""
        self._microphone.start()

    def find_microphone(self) -> DeviceError | None:
        """Wait until the microphone is open; return why it is not, which may change: it is looked for all the time.

        Raises:
            DeviceError: one was asked for that does not exist.
        """
        return problem_with(self._microphone.wait_until_open)

    def forget_microphone(self) -> None:
        """Close the microphone of ears that were never started."""
        self._microphone.close()

    def start(self, post: Post) -> None:
        """Open the microphone and begin to load the recognisers; events go to `post`.

        Raises:
            EarsError: there is no microphone, and `wait_for_device` is false.
        """
        self._microphone.open(post, wait_for_device=self._wait_for_device)
        self._post = post
        self._begin_work()
        self._watcher = threading.Thread(target=self._watch, name="watch ears", daemon=True)
        self._watcher.start()

    def listen(self, listen: commands.Listen) -> None:
        """Report from now on only the intents that `listen` allows."""
        self._listen = listen

    def stop(self) -> None:
        """Close the microphone, and wait for the worker to end, for two seconds at most."""
        self._is_stopping.set()
        self._watcher.join()
        self._microphone.close()
        self._worker.join(timeout=2.0)

    def _begin_work(self) -> None:
        self._tell_activity(is_active=False)
        self._worker = RecognitionWorker(
            self._microphone,
            self._load,
            self._lease,
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

    def _tell(self, recognition: Recognition) -> None:
        event = event_of(recognition)
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
                self._post(EarsError(f"The recogniser {reason}, again and again. Run: {set_up_again()}"))
                return

    def _replace(self, reason: str) -> bool:
        """Abandon the worker and start another; return False, without another, after too many replacements."""
        _log.warning("the recogniser %s", reason)
        self._worker.abandon()
        self._lease = self._lease.renew()
        now = time.monotonic()
        if len(self._replaced_at) == _REPLACEMENTS and now - self._replaced_at[0] < _REPLACED_WITHIN_SECONDS:
            return False
        self._replaced_at.append(now)
        if not self._is_without_recogniser:
            self._is_without_recogniser = True
            self._post(FaultRaised(fault=Fault.NO_RECOGNISER))
        self._begin_work()
        return True


def event_of(recognition: Recognition) -> CommandHeard | CommandRejected | None:
    """Return the session's event for a decision; None when the session need not know of it."""
    match recognition.decision:
        case Accepted(phrase, _, _, is_confident):
            return _heard(phrase, is_confident=is_confident)
        case Incomplete(accepted):
            return event_of(replace(recognition, decision=accepted))
        case Rejected(reason) if reason in _NOT_WORTH_SHOWING:
            return None
        case Rejected(reason, phrase, _, is_borderline) as rejected:
            if phrase is None:
                return CommandRejected(text="", reason=reason)
            return CommandRejected(
                text=phrase.text,
                reason=reason,
                intent=phrase.intent,
                minutes=phrase.minutes,
                slot_value=phrase.slot_value,
                other=_heard(rejected.other) if rejected.other else None,
                is_borderline=is_borderline,
            )


def _heard(phrase: Phrase, *, is_confident: bool = True) -> CommandHeard:
    return CommandHeard(
        intent=phrase.intent,
        text=phrase.text,
        minutes=phrase.minutes,
        slot_value=phrase.slot_value,
        next_command=CommandHeard(intent=phrase.next_command, text=phrase.text) if phrase.next_command else None,
        is_confident=is_confident,
    )
