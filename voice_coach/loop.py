"""The only loop: one queue in, commands out; it stamps what happens by the coach's clock.

Memory, face, observers and pulse are bystanders: whatever they raise is logged, and the countdown goes on. Ears and
mouth post what becomes of them.
"""

from __future__ import annotations

import queue
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Protocol, assert_never

from voice_coach import clock
from voice_coach.errors import CoachError, bystander
from voice_coach.session import commands, step
from voice_coach.session.events import Event, Fault, FaultRaised, Ticked
from voice_coach.session.scheduling import next_deadline

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from voice_coach.face.base import Face
    from voice_coach.session.state import Session

    Post = Callable[[Event | CoachError], None]
    """How an edge gives the loop an event, or the error that ends it; callable from any thread, never blocks."""


_LOOK_SECONDS = 1.0
"""A wait stands still while the machine sleeps, and a deadline does not: so often it is looked at again."""


class Ears(Protocol):
    """Hear: post Heard and CommandRejected (and EarsReady once), as allowed by the last Listen."""

    def start(self, post: Post) -> None: ...
    def listen(self, listen: commands.Listen) -> None: ...
    def stop(self) -> None: ...


class Mouth(Protocol):
    """Speak: post SpeechEnded. No method blocks for longer than 20 ms, but start and stop."""

    def start(self, post: Post) -> None: ...
    def speak(self, speak: commands.Speak) -> None: ...
    def prepare(self, prepare: commands.Prepare) -> None: ...
    def hush(self) -> None: ...
    def cue(self, cue: commands.Cue) -> None: ...
    def stop(self) -> None: ...


class Memory(Protocol):
    """Keep preferences, session and history; post what it can't keep. It returns when all is on the disk."""

    def start(self, post: Post) -> None: ...
    def save(self, save: commands.SavePreferences) -> None: ...
    def keep(self, keep: commands.SaveSnapshot) -> None: ...
    def record(self, record: commands.AppendHistory) -> None: ...
    def recall(self) -> None: ...
    def stop(self) -> None: ...


class Observer(Protocol):
    """Sees every event and what came of it: the JSON lines of `start --json`. It does not wait for its reader."""

    def observe(self, event: Event, commands: tuple[commands.Command, ...]) -> None: ...
    def stop(self) -> None: ...


class Pulse(Protocol):
    """Tell a watchdog with each turn that the loop lives. It waits for `seconds` at most; None: as long as it likes."""

    @property
    def seconds(self) -> float | None: ...
    def beat(self) -> None: ...
    def stop(self) -> None: ...


class NoPulse:
    """Nobody watches."""

    seconds: float | None = None

    def beat(self) -> None: ...
    def stop(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Edges:
    """All that touches the world."""

    ears: Ears
    mouth: Mouth
    face: Face
    memory: Memory
    observers: Sequence[Observer] = ()
    pulse: Pulse = field(default_factory=NoPulse)


def run(session: Session, edges: Edges, first: Event) -> None:
    """Start the edges, and go on until the session says Quit.

    Args:
        session: as new_session made it.
        edges: not yet started; stopped again in any case.
        first: what the session is told first.

    Raises:
        CoachError: an edge can't work; its sentence is for the person.
        KeyboardInterrupt: the person pressed Ctrl-C.
    """
    inbox: queue.SimpleQueue[Event | CoachError] = queue.SimpleQueue()
    with ExitStack() as started:
        for edge in (edges.memory, edges.face, edges.mouth, edges.ears):
            edge.start(inbox.put)
            started.callback(_stop, edge)
        for observer in edges.observers:
            started.callback(_stop, observer)
        started.callback(_stop, edges.pulse)
        inbox.put(first)
        is_over = False
        while not is_over:
            with bystander("the pulse"):
                edges.pulse.beat()
            event = _next_event(inbox, next_deadline(session), edges.pulse.seconds)
            if event is None:
                continue
            session, ordered = step(session, event)
            for command in ordered:
                _obey(command, edges, inbox.put)
            is_over = commands.Quit() in ordered
            for observer in edges.observers:
                with bystander("an observer"):
                    observer.observe(event, ordered)


def _stop(edge: Ears | Mouth | Face | Memory | Observer | Pulse) -> None:
    with bystander(type(edge).__name__):
        edge.stop()


def _next_event(
    inbox: queue.SimpleQueue[Event | CoachError], deadline: float | None, longest: float | None
) -> Event | None:
    """Wait for an event or the session's deadline, whichever comes first; stamp it. None if it took too long."""
    due = None if deadline is None else max(0.0, deadline - clock.now())
    look = None if due is None else _LOOK_SECONDS
    timeout = min((seconds for seconds in (due, longest, look) if seconds is not None), default=None)
    try:
        event = inbox.get(timeout=timeout)
    except queue.Empty:
        if timeout != due:
            return None
        event = Ticked()
    if isinstance(event, CoachError):
        raise event
    return replace(event, at=clock.now())


def _obey(command: commands.Command, edges: Edges, post: Post) -> None:
    """Hand a command to its edge."""
    match command:
        case commands.Speak() | commands.Prepare() | commands.Hush() | commands.Cue():
            _sound(command, edges.mouth)
        case commands.SavePreferences() | commands.SaveSnapshot() | commands.AppendHistory() | commands.QueryHistory():
            with bystander("the memory", lambda: post(FaultRaised(fault=Fault.UNKEPT_NOTES))):
                _remember(command, edges.memory)
        case commands.Listen():
            edges.ears.listen(command)
        case commands.Show(view):
            with bystander("the face"):
                edges.face.show(view)
        case commands.Quit():
            pass  # the loop sees to it
        case _:
            assert_never(command)


def _sound(command: commands.Speak | commands.Prepare | commands.Hush | commands.Cue, mouth: Mouth) -> None:
    match command:
        case commands.Speak():
            mouth.speak(command)
        case commands.Prepare():
            mouth.prepare(command)
        case commands.Hush():
            mouth.hush()
        case commands.Cue():
            mouth.cue(command)


def _remember(
    command: commands.SavePreferences | commands.SaveSnapshot | commands.AppendHistory | commands.QueryHistory,
    memory: Memory,
) -> None:
    match command:
        case commands.SavePreferences():
            memory.save(command)
        case commands.SaveSnapshot():
            memory.keep(command)
        case commands.AppendHistory():
            memory.record(command)
        case commands.QueryHistory():
            memory.recall()
