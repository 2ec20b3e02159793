"""A mirror with the real loop and the real session behind it, on the real clock; only ears, mouth and memory are quick.

with coaching() as coach:
    coach.served.press("start")
    coach.say(Intent.NEXT)
"""

from __future__ import annotations

import threading
import time
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

from benches.common.edges import NoMemory, OpenEars, OverheardFace
from tests.mirror.serving import Served, new_face
from tests.patience import patient
from voice_coach.errors import CoachError
from voice_coach.library import load_language, load_routine
from voice_coach.loop import Edges, run
from voice_coach.session import new_session
from voice_coach.session.events import (
    CommandHeard,
    Event,
    SpeechEnded,
    Started,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from voice_coach.language.intents import Intent
    from voice_coach.mirror.limits import Limits
    from voice_coach.session import commands

SPEECH_SECONDS = 0.2
"""How long this mouth needs for anything."""


class _QuickMouth:
    """Needs SPEECH_SECONDS for each sentence, and makes no sound."""

    def __init__(self, speech_seconds: float) -> None:
        self._speech_seconds = speech_seconds
        self._timer: threading.Timer | None = None

    def start(self, post: Callable[[Event | CoachError], None]) -> None:
        self._post = post

    def speak(self, speak: commands.Speak) -> None:
        self.hush()
        ended = SpeechEnded(utterance_id=speak.utterance_id)
        self._timer = threading.Timer(self._speech_seconds, self._post, (ended,))
        self._timer.daemon = True
        self._timer.start()

    def prepare(self, prepare: commands.Prepare) -> None: ...
    def cue(self, cue: commands.Cue) -> None: ...

    def hush(self) -> None:
        if self._timer:
            self._timer.cancel()

    def stop(self) -> None:
        self.hush()


class Coaching:
    """A coach that runs, and its mirror."""

    def __init__(self, served: Served, ears: OpenEars, language: str) -> None:
        self.served = served
        self.ears = ears
        self._phrases = load_language(language).wording.phrases

    def say(self, intent: Intent, minutes: int | None = None) -> None:
        """Let the person say something that is heard."""
        self.ears.post(CommandHeard(intent=intent, text=self._phrases[intent], minutes=minutes))

    def post(self, event: Event) -> None:
        """Let anything else happen, such as CommandRejected, VoiceActivity or TroubleBegan."""
        self.ears.post(event)

    def wait_for(self, what: Callable[[dict[str, Any]], bool], seconds: float = 10) -> dict[str, Any]:
        """Wait until the state is such; returns it."""
        given_up_at = time.monotonic() + patient(seconds)
        while not what(state := self.served.state()):
            assert time.monotonic() < given_up_at, state
            time.sleep(0.02)
        return state


@contextmanager
def coaching(
    *,
    language: str = "en",
    hold_seconds: float | None = None,
    speech_seconds: float = SPEECH_SECONDS,
    limits: Limits | None = None,
    port: int = 0,
) -> Iterator[Coaching]:
    """Start a coach with a mirror; it has greeted nobody yet when this returns.

    Args:
        language: of the coach and the page.
        hold_seconds: of the mask; None for the routine's own.
        speech_seconds: how long each sentence takes.
        limits: of the mirror.
        port: of the mirror; 0 for any.
    """
    with new_face(language=language, limits=limits, port=port) as served:
        ears = OpenEars()
        session = new_session(
            load_routine("facial_mask", language), load_language(language).wording, hold_seconds=hold_seconds
        )
        edges = Edges(ears, _QuickMouth(speech_seconds), OverheardFace(served.face, served.posted.append), NoMemory())

        def live() -> None:
            with suppress(CoachError):
                run(session, edges, Started(is_daytime=True))

        thread = threading.Thread(target=live, daemon=True)
        thread.start()
        coach = Coaching(served, ears, language)
        try:
            served.wait_until_served()
            yield coach
        finally:
            ears.post(CoachError("The test is over."))
            thread.join()
