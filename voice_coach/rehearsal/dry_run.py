"""Runs without a person: dry runs, which tell what the coach would say and when, and demonstrations, which show it.

In a demonstration a script takes the place of the ears; all else is the running coach.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from voice_coach import clock
from voice_coach.errors import CoachError
from voice_coach.language.intents import Intent
from voice_coach.routines import Phase
from voice_coach.session import step
from voice_coach.session.commands import Cue, Hush, Prepare, Show, Sound, Speak
from voice_coach.session.events import (
    CommandHeard,
    EarsReady,
    Fault,
    FaultRaised,
    SpeechEnded,
    Started,
    Ticked,
)
from voice_coach.session.scheduling import next_deadline

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from voice_coach.rehearsal.rehearsal_script import DemoScript, DemoTurn
    from voice_coach.session.commands import Command, Listen
    from voice_coach.session.events import Event
    from voice_coach.session.state import Session
    from voice_coach.session.view import View

    Post = Callable[[Event | CoachError], None]

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


DEMO_HOLD_SECONDS = 10.0
"""Length of the countdown of a demonstration."""
_LAST_TURN_SECONDS = 45.0
"""Seconds of a demonstration after which the script skips the rest and takes its leave."""
_LONGEST_DEMO_SECONDS = 57.0
"""Seconds after which a demonstration ends in any case."""
_LOOK_SECONDS = 0.05
_ANSWER_SECONDS = 1.0
"""Seconds after which the script says goodbye again, or answers the question that the coach asks first."""
_BELL_SECONDS = 1.6
"""Seconds for which the bell rings; the script does not speak during them."""


class DemoOverError(CoachError):
    """A demonstration has reached its time limit."""


class ScriptedPerson:
    """The ears of a demonstration: they hear the commands of a script, each at its moment.

    It is an observer of the loop as well, and so knows what the coach says and shows. A turn whose step is over is
    skipped: the person who watches may press keys.

    Args:
        script: the script.
        on_start: called when the faces are ready, before the first command.
    """

    def __init__(self, script: DemoScript, on_start: Callable[[], None]) -> None:
        self._script = script
        self._on_start = on_start
        self._is_stopping = threading.Event()
        self._view: View | None = None
        self._utterance_id: int | None = None
        """The sentence that is being said; None while the coach is silent."""
        self._silent_since = 0.0
        self._thread = threading.Thread(target=self._follow_script, name="demo", daemon=True)

    def start(self, post: Post) -> None:
        """Begin to give the commands of the script."""
        self._post = post
        self._began_at = self._silent_since = clock.now()
        post(EarsReady(engine=""))
        self._on_start()
        self._thread.start()

    def listen(self, listen: Listen) -> None:
        """Do nothing: what the script says is always a command."""

    def stop(self) -> None:
        """Say nothing more; may be called again."""
        self._is_stopping.set()
        self._thread.join()

    def observe(self, event: Event, commands: tuple[Command, ...]) -> None:
        """Take note of what the coach says and shows."""
        if isinstance(event, SpeechEnded) and event.utterance_id == self._utterance_id:
            self._fall_silent(event.at)
        if isinstance(event, FaultRaised) and event.fault is Fault.NO_SPEAKER:  # what was cut off has no end
            self._fall_silent(event.at)
        for command in commands:
            match command:
                case Show(view):
                    self._view = view
                case Speak():
                    self._utterance_id = command.utterance_id
                case Hush():
                    self._fall_silent(event.at)
                case Cue(sound=Sound.BELL, due=due):
                    self._silent_since = max(self._silent_since, due + _BELL_SECONDS)
                case _:
                    pass

    def _fall_silent(self, at: float) -> None:
        self._utterance_id, self._silent_since = None, max(self._silent_since, at)

    def _follow_script(self) -> None:
        for turn in self._script.turns:
            while not (self._is_moment(turn) or self._is_past(turn)):
                if self._elapsed() > _LAST_TURN_SECONDS:
                    break
                if self._is_stopping.wait(_LOOK_SECONDS):
                    return
            if self._is_moment(turn):
                self._say(turn.heard)
        self._take_leave()

    def _take_leave(self) -> None:
        while not self._is_silent_for(_ANSWER_SECONDS) and self._elapsed() < _LAST_TURN_SECONDS:
            if self._is_stopping.wait(_LOOK_SECONDS):
                return
        self._say(self._script.leave)
        while not self._is_stopping.wait(_ANSWER_SECONDS):
            if self._elapsed() > _LONGEST_DEMO_SECONDS:
                self._post(DemoOverError("The demonstration has reached its time limit; start it again."))
                return
            if self._view is not None and self._view.question and self._is_silent_for(_ANSWER_SECONDS):
                self._say(self._script.yes)

    def _say(self, heard: CommandHeard) -> None:
        self._silent_since = clock.now()
        self._post(heard)

    def _is_moment(self, turn: DemoTurn) -> bool:
        view = self._view
        if view is None or view.step_number != turn.step or view.phase not in turn.phases:
            return False
        is_asked_otherwise = bool(view.question) and view.phase is not Phase.DONE
        return not is_asked_otherwise and self._is_silent_for(turn.after_seconds)

    def _is_past(self, turn: DemoTurn) -> bool:
        view = self._view
        if view is None:
            return False
        return view.step_number > turn.step or (view.phase is Phase.DONE and Phase.DONE not in turn.phases)

    def _is_silent_for(self, seconds: float) -> bool:
        return self._utterance_id is None and clock.now() - self._silent_since >= seconds

    def _elapsed(self) -> float:
        return clock.now() - self._began_at


class SilentMouth:
    """A mouth without a speaker: each sentence lasts as long as it would if it were said, so that it can be read."""

    def __init__(self) -> None:
        self._post: Post = lambda _event: None
        self._timer: threading.Timer | None = None

    def start(self, post: Post) -> None:
        """Post SpeechEnded from now on."""
        self._post = post

    def speak(self, speak: Speak) -> None:
        """Let a sentence last its time, in place of the one before."""
        self.hush()
        seconds = len(speak.text.encode()) * _SECONDS_A_CHARACTER  # a Korean syllable, three bytes, lasts longer
        ended = SpeechEnded(utterance_id=speak.utterance_id)
        self._timer = threading.Timer(seconds, self._post, (ended,))
        self._timer.daemon = True
        self._timer.start()

    def prepare(self, prepare: Prepare) -> None:
        """Do nothing: there is nothing to render."""

    def hush(self) -> None:
        """End the present sentence without an event."""
        if self._timer is not None:
            self._timer.cancel()

    def cue(self, cue: Cue) -> None:
        """Do nothing: there is nothing to hear."""

    def stop(self) -> None:
        """End the present sentence."""
        self.hush()
