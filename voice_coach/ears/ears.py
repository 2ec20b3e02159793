"""The ears of the running coach: a microphone, one worker that hears, and a watcher that replaces it when it hangs."""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from dataclasses import replace
from typing import TYPE_CHECKING

from voice_coach.core import commands
from voice_coach.core.events import (
    EarsReady,
    Event,
    Heard,
    Refusal,
    Trouble,
    TroubleBegan,
    TroubleOver,
    Unheard,
    VoiceActivity,
)
from voice_coach.ears.front_end import FrontEnd, Loan, Untouched
from voice_coach.ears.verdict import Accepted, Refused, Unfinished
from voice_coach.ears.worker import RecognitionWorker
from voice_coach.errors import CoachError, EarsError

if TYPE_CHECKING:
    from collections.abc import Callable

    from voice_coach.core.phrases import Phrase
    from voice_coach.ears.hearing import Judged
    from voice_coach.ears.microphone import Microphone
    from voice_coach.ears.worker import Load

    Post = Callable[[Event | CoachError], None]

_NOT_WORTH_SHOWING = frozenset({Refusal.NOTHING_HEARD, Refusal.OWN_WORDS})
_LOOK_SECONDS = 0.25
"""How often the watcher looks."""
_REPLACEMENTS = 3
"""So often the recogniser is replaced ..."""
_REPLACED_WITHIN_SECONDS = 600.0
"""... in so long; then only a new start of the program may help."""

_log = logging.getLogger(__name__)


class LiveEars:
    """Listens to a microphone on a thread of its own, which also loads the witnesses.

    A witness may hang in a library, where nothing can interrupt it, or fail. Then its thread is given up and another
    one loads all witnesses anew; meanwhile Trouble.NO_RECOGNISER lasts.

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
        self._loan = Loan(front_end or Untouched())
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
            self._post(TroubleOver(trouble=Trouble.NO_RECOGNISER))

    def _tell(self, judged: Judged) -> None:
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
        self._loan = self._loan.lend_anew()
        now = time.monotonic()
        if len(self._replaced_at) == _REPLACEMENTS and now - self._replaced_at[0] < _REPLACED_WITHIN_SECONDS:
            return False
        self._replaced_at.append(now)
        if not self._is_without_recogniser:
            self._is_without_recogniser = True
            self._post(TroubleBegan(trouble=Trouble.NO_RECOGNISER))
        self._begin_work()
        return True


def event_of(judged: Judged) -> Heard | Unheard | None:
    """What the session should know of a verdict; None when there is nothing to tell."""
    match judged.verdict:
        case Accepted(phrase, _, _, is_certain):
            return _heard(phrase, is_certain=is_certain)
        case Unfinished(accepted):
            return event_of(replace(judged, verdict=accepted))
        case Refused(reason) if reason in _NOT_WORTH_SHOWING:
            return None
        case Refused(reason, phrase, _, is_near) as refused:
            if phrase is None:
                return Unheard(text="", reason=reason)
            return Unheard(
                text=phrase.text,
                reason=reason,
                intent=phrase.intent,
                minutes=phrase.minutes,
                about=phrase.about,
                other=_heard(refused.other) if refused.other else None,
                is_near=is_near,
            )


def _heard(phrase: Phrase, *, is_certain: bool = True) -> Heard:
    return Heard(
        intent=phrase.intent,
        text=phrase.text,
        minutes=phrase.minutes,
        about=phrase.about,
        then=Heard(intent=phrase.then, text=phrase.text) if phrase.then else None,
        is_certain=is_certain,
    )
