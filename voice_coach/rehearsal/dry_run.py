"""Dry runs: all sentences of a routine with the times at which the coach would say them, without waiting for them."""

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
"""Seconds that a person is assumed to need for a step after its explanation."""
_TICK_SECONDS = 1.0
_LONGEST_SECONDS = 4 * 3600.0
"""Seconds after which a dry run is ended in any case."""
_SECONDS_A_CHARACTER = 60.0 / (165 * 5.7)
"""Seconds of speech per character, at 165 words per minute and 5.7 characters per word with its space."""


@dataclass(frozen=True, slots=True)
class SpokenLine:
    """A sentence or a sound of the coach in a dry run."""

    at: float
    """Seconds since the start of the dry run."""
    phase: Phase
    step_number: int
    """The number of the step, counted from 1."""
    title: str
    """The title of the step."""
    text: str
    """The sentence that the coach says; empty for a sound."""
    sound: Sound | None = None


def simulate_routine(session: Session, *, is_daytime: bool) -> Iterator[SpokenLine]:
    """Run a session in which the person answers yes to questions and otherwise says only "next step" after each step.

    Args:
        session: A session before its first event.
        is_daytime: Whether it is day, so that the routine includes sunscreen.
    """
    simulation = _Simulation(session)
    simulation.send(Started(is_daytime=is_daytime, is_greeting=False))
    simulation.send(EarsReady(engine=""))
    simulation.spoken.clear()
    simulation.hear(Intent.START)
    while simulation.session.phase is not Phase.DONE and simulation.now < _LONGEST_SECONDS:
        yield from simulation.taken()
        if simulation.is_counting:
            simulation.wait(_TICK_SECONDS)
            continue
        simulation.wait(STEP_SECONDS)
        simulation.hear(Intent.YES if simulation.session.question else Intent.NEXT)
    yield from simulation.taken()


class _Simulation:
    """A session with a simulated clock, in which speech takes time."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.now = 0.0
        self.spoken: list[SpokenLine] = []
        self._speech: tuple[float, int] | None = None

    @property
    def is_counting(self) -> bool:
        """Whether a countdown is running, which ends by itself."""
        return self.session.phase is Phase.HOLDING and not self.session.routine.is_overnight

    def taken(self) -> list[SpokenLine]:
        """Return and forget the lines that were said since the last call."""
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
        """Let the current speech end, and then let `seconds` pass, with every event that is due meanwhile."""
        silent_at = self._speech[0] if self._speech else self.now
        end = max(self.now, silent_at) + seconds
        while (at := self._next_event_at()) is not None and at <= end:
            self.now = max(self.now, at)
            if self._speech and self.now >= self._speech[0]:
                utterance_id, self._speech = self._speech[1], None
                self.send(SpeechEnded(utterance_id=utterance_id))
            else:
                self.send(Ticked())
        self.now = end

    def _next_event_at(self) -> float | None:
        times = (next_deadline(self.session), self._speech[0] if self._speech else None)
        return min((at for at in times if at is not None), default=None)

    def _note(self, at: float, text: str, sound: Sound | None) -> None:
        current = self.session.current_step
        number, title = self.session.position + 1, current.title if current else ""
        self.spoken.append(SpokenLine(at, self.session.phase, number, title, text, sound))
