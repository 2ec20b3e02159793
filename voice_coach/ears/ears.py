"""The ears of the running coach: one worker between the microphone and the loop."""

from __future__ import annotations

import threading
from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING

from voice_coach.core import commands
from voice_coach.core.events import EarsReady, Event, Heard, Refusal, Unheard
from voice_coach.ears.front_end import FrontEnd, Untouched
from voice_coach.ears.verdict import Accepted, Refused, Unfinished
from voice_coach.errors import CoachError, EarsError

if TYPE_CHECKING:
    from collections.abc import Callable

    from voice_coach.ears.hearing import Hearing, Judged
    from voice_coach.ears.microphone import Microphone

    Post = Callable[[Event | CoachError], None]

_NOT_WORTH_SHOWING = frozenset({Refusal.NOTHING_HEARD, Refusal.OWN_WORDS})


class LiveEars:
    """Listens to a microphone on a thread of its own, which also loads the witnesses.

    Args:
        microphone: not yet open.
        load: loads what hears; takes seconds, may raise EarsError.
        engine: what to call it on the face.
        front_end: cleans the sound before it is heard.
    """

    def __init__(
        self,
        microphone: Microphone,
        load: Callable[[], Hearing],
        engine: str,
        front_end: FrontEnd | None = None,
    ) -> None:
        self._microphone = microphone
        self._load = load
        self._engine = engine
        self._front_end = front_end or Untouched()
        self._listen = commands.Listen(frozenset())

    def start(self, post: Post) -> None:
        """Open the microphone and begin to load.

        Raises:
            EarsError: there is no microphone.
        """
        self._microphone.open()
        self._worker = threading.Thread(target=self._work, args=(post,), name="ears", daemon=True)
        self._worker.start()

    def listen(self, listen: commands.Listen) -> None:
        """Take from now on what this allows."""
        self._listen = listen

    def stop(self) -> None:
        """Close the microphone and wait for the worker, but not for ever."""
        self._microphone.close()
        self._worker.join(timeout=2.0)

    def _work(self, post: Post) -> None:
        try:
            self._hear(post)
        except CoachError as error:
            post(error)
        except Exception as error:  # noqa: BLE001 - a thread's last resort: whatever it is, the person must be told
            post(EarsError(f"The recogniser stopped with '{error}'. Run: scripts/setup"))

    def _hear(self, post: Post) -> None:
        with closing(self._load()) as hearing:
            post(EarsReady(engine=self._engine))
            while (block := self._microphone.read()) is not None:
                sound, echo = self._front_end.clean(*block)
                for judged in hearing.feed(sound, self._listen, echo):
                    event = event_of(judged)
                    if event is not None:
                        post(event)


def event_of(judged: Judged) -> Heard | Unheard | None:
    """What the session should know of a verdict; None when there is nothing to tell."""
    match judged.verdict:
        case Accepted(phrase, _, _, is_certain):
            return Heard(intent=phrase.intent, text=phrase.text, minutes=phrase.minutes, is_certain=is_certain)
        case Unfinished(accepted):
            return event_of(replace(judged, verdict=accepted))
        case Refused(reason) if reason in _NOT_WORTH_SHOWING:
            return None
        case Refused(reason, phrase, _, is_near) as refused:
            intent, minutes = (phrase.intent, phrase.minutes) if phrase else (None, None)
            return Unheard(text=refused.text, reason=reason, intent=intent, minutes=minutes, is_near=is_near)
