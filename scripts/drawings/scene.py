"""The real session, led to the moments that are drawn."""

from __future__ import annotations

from dataclasses import replace

from voice_coach.language.intents import Intent
from voice_coach.library import load_language, load_routines
from voice_coach.routines import Phase
from voice_coach.session import new_session, step
from voice_coach.session.commands import Show
from voice_coach.session.events import (
    CommandHeard,
    EarsReady,
    Event,
    SpeechEnded,
    Started,
    Ticked,
)
from voice_coach.session.scheduling import next_deadline
from voice_coach.session.view import View

_STEP_SECONDS = 5.0
"""How long the person takes for a step."""


class Scene:
    """A session played with a clock of our own; there is sound, but nobody waits for it.

    Args:
        language: the language of the coach, such as "en".
    """

    def __init__(self, language: str = "en") -> None:
        routines = load_routines(language)
        self._session = new_session(routines["facial_mask"], load_language(language).wording, routines=routines)
        self.view = View(phase=Phase.IDLE)
        self.now = 0.0
        self.play(Started(is_daytime=True))
        self.play(EarsReady(engine="moonshine"))

    def play(self, event: Event) -> None:
        """Let one event happen now."""
        self._session, commands = step(self._session, replace(event, at=self.now))
        self.view = [command.view for command in commands if isinstance(command, Show)][-1]

    def say(self, intent: Intent) -> None:
        """Let the person say what the coach suggests for an intent."""
        self.play(CommandHeard(intent=intent, text=self.phrase(intent)))

    def phrase(self, intent: Intent) -> str:
        """Return what the coach suggests to say for an intent."""
        return self._session.wording.phrases[intent]

    def wait(self, seconds: float) -> None:
        """Let time pass; whatever is being said ends at once."""
        end = self.now + seconds
        while True:
            if self._session.saying:
                self.play(SpeechEnded(utterance_id=self._session.saying.utterance_id))
            deadline = next_deadline(self._session)
            if deadline is None or deadline > end:
                break
            self.now = max(self.now, deadline)
            self.play(Ticked())
        self.now = end

    def go_on_to(self, phase: Phase) -> None:
        """Say "next" until a phase is reached."""
        while self.view.phase is not phase:
            self.wait(_STEP_SECONDS)
            self.say(Intent.NEXT)
            if self.view.question and self.view.phase is not Phase.DONE:  # there it asks how the skin feels
                self.say(Intent.YES)
