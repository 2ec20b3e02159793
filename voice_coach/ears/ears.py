"""The ears of the running coach: one worker between the microphone and the loop."""

from __future__ import annotations

import threading
from contextlib import ExitStack
from dataclasses import replace
from typing import TYPE_CHECKING

from voice_coach.core import commands
from voice_coach.core.events import EarsReady, Event, Heard, Refusal, Unheard
from voice_coach.ears.front_end import FrontEnd, Untouched
from voice_coach.ears.hearing import Hearing, Judged
from voice_coach.ears.verdict import Accepted, Refused, Unfinished
from voice_coach.errors import CoachError, EarsError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from voice_coach.core.phrases import PhraseBook
    from voice_coach.ears.evidence import Witness
    from voice_coach.ears.microphone import Microphone

    Post = Callable[[Event | CoachError], None]

_NOT_WORTH_SHOWING = frozenset({Refusal.NOTHING_HEARD, Refusal.OWN_WORDS})


class LiveEars:
    """Listens to a microphone on a thread of its own, which also loads the witnesses.

    Args:
        microphone: not yet open.
        load: makes the witnesses; takes seconds, may raise EarsError.
        book: the phrases.
        engine: what to call the witnesses on the face.
        front_end: cleans the sound before it is heard.
    """

    def __init__(
        self,
        microphone: Microphone,
        load: Callable[[], Sequence[Witness]],
        book: PhraseBook,
        engine: str,
        front_end: FrontEnd | None = None,
    ) -> None:
        self._microphone = microphone
        self._load = load
        self._book = book
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
        with ExitStack() as loaded:
            witnesses = self._load()
            for witness in witnesses:
                loaded.callback(witness.close)
            post(EarsReady(engine=self._engine))
            hearing = Hearing(witnesses, self._book)
            while (block := self._microphone.read()) is not None:
                for judged in hearing.feed(self._front_end.clean(block), self._listen):
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
        case Refused(reason, text):
            return None if reason in _NOT_WORTH_SHOWING else Unheard(text=text, reason=reason)
