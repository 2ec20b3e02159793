"""A whole routine without waiting: what the coach says, and when it would say it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from voice_coach.language.intents import Intent
from voice_coach.routines import Phase
from voice_coach.session import step
from voice_coach.session.commands import Cue, Hush, Sound, Speak
from voice_coach.session.events import (
    CommandHeard,
    EarsReady,
    SpeechEnded,
    Started,
    Ticked,
)
from voice_coach.session.scheduling import next_deadline

if TYPE_CHECKING:
    from collections.abc import Iterator

    from voice_coach.session.events import Event
    from voice_coach.session.state import Session

STEP_SECONDS = 20.0
"""How long a person is taken to need for a step, after it was explained."""
_TICK_SECONDS = 1.0
_LONGEST_SECONDS = 4 * 3600.0
"""After this no routine goes on."""
_SECONDS_A_CHARACTER = 60.0 / (165 * 5.7)
"""At 165 words a minute, of English words with their spaces."""


@dataclass(frozen=True, slots=True)
class SpokenLine:
    """One thing that the coach lets hear."""

    at: float
    """Seconds after the beginning."""
    phase: Phase
    step_number: int
    """From 1."""
    title: str
    """Of the step."""
    text: str
    """What is said; empty for a sound."""
    sound: Sound | None = None


def simulate_routine(session: Session, *, is_daytime: bool) -> Iterator[SpokenLine]:
    """Lead a person through who says "next step" after each, and nothing else.

    Args:
        session: before its first event.
        is_daytime: whether sunscreen belongs to it.
    """
    reading = _Reading(session)
    reading.send(Started(is_daytime=is_daytime, is_greeting=False))
    reading.send(EarsReady(engine=""))
    reading.spoken.clear()
    reading.hear(Intent.START)
    while reading.session.phase is not Phase.DONE and reading.now < _LONGEST_SECONDS:
        yield from reading.taken()
        if reading.is_counting:
            reading.wait(_TICK_SECONDS)
            continue
        reading.wait(STEP_SECONDS)
        reading.hear(Intent.YES if reading.session.question else Intent.NEXT)
    yield from reading.taken()


class _Reading:
    """A clock that only this moves, and a mouth that needs its time."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.now = 0.0
        self.spoken: list[SpokenLine] = []
        self._speech: tuple[float, int] | None = None

    @property
    def is_counting(self) -> bool:
        """Whether the time of a mask runs, which ends by itself."""
        return self.session.phase is Phase.HOLDING and not self.session.routine.is_overnight

    def taken(self) -> list[SpokenLine]:
        """What was said since it was asked last."""
        spoken, self.spoken = self.spoken, []
        return spoken

    def hear(self, intent: Intent) -> None:
        self.send(CommandHeard(intent=intent, text=self.session.wording.phrases[intent]))

    def send(self, event: Event) -> None:
        self.session, commands = step(self.session, replace(event, at=self.now))
        for command in commands:
            match command:
                case Speak():
                    self._note(self.now, command.text, None)
                    self._speech = (self.now + len(command.text) * _SECONDS_A_CHARACTER, command.utterance_id)
                case Hush():
                    self._speech = None
                case Cue(sound=sound, due=due) if sound is not Sound.TICK:
                    self._note(due, "", sound)
                case _:
                    pass

    def wait(self, seconds: float) -> None:
        """Let the speech end and so much time pass after it, or until the time of the mask is over."""
        silent_at = self._speech[0] if self._speech else self.now
        end = max(self.now, silent_at) + seconds
        while (at := self._next_moment()) is not None and at <= end:
            self.now = max(self.now, at)
            if self._speech and self.now >= self._speech[0]:
                utterance_id, self._speech = self._speech[1], None
                self.send(SpeechEnded(utterance_id=utterance_id))
            else:
                self.send(Ticked())
        self.now = end

    def _next_moment(self) -> float | None:
        moments = (next_deadline(self.session), self._speech[0] if self._speech else None)
        return min((moment for moment in moments if moment is not None), default=None)

    def _note(self, at: float, text: str, sound: Sound | None) -> None:
        current = self.session.current_step
        number, title = self.session.position + 1, current.title if current else ""
        self.spoken.append(SpokenLine(at, self.session.phase, number, title, text, sound))
