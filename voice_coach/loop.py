"""The coach's only loop: it takes events from one queue, and hands the commands that they lead to over to the edges.

The loop sets the time of every event by the coach's clock. Memory, face, observers and pulse are bystanders: their
exceptions are logged, and the countdown goes on. Ears and mouth report their own failures as events.
"""

from __future__ import annotations

import queue
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Protocol, assert_never

from voice_coach import clock
from voice_coach.errors import CoachError, bystander
from voice_coach.interruption import interrupted_by_request
from voice_coach.session import commands, step
from voice_coach.session.events import Event, Fault, FaultRaised, Ticked
from voice_coach.session.scheduling import next_deadline

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from voice_coach.face.base import Face
    from voice_coach.session.state import Session

    Post = Callable[[Event | CoachError], None]
    """A function that gives the loop an event, or an error that ends it; callable from any thread, never blocks."""


_LOOK_SECONDS = 1.0
"""Seconds after which a wait for a deadline looks at the clock again.

A wait stands still while the machine sleeps, but the deadline comes nearer."""


class Ears(Protocol):
    """The edge that hears: it posts CommandHeard and CommandRejected as the last Listen allows, and EarsReady once."""

    def start(self, post: Post) -> None: ...
    def listen(self, listen: commands.Listen) -> None: ...
    def stop(self) -> None: ...


class Mouth(Protocol):
    """The edge that speaks: it posts SpeechEnded. Only start and stop may block for longer than 20 ms."""

    def start(self, post: Post) -> None: ...
    def speak(self, speak: commands.Speak) -> None: ...
    def prepare(self, prepare: commands.Prepare) -> None: ...
    def hush(self) -> None: ...
    def cue(self, cue: commands.Cue) -> None: ...
    def stop(self) -> None: ...


class Memory(Protocol):
    """The edge that saves preferences, session and history; its methods return when everything is on the disk.

    It posts FaultRaised for what it cannot save, and HistoryLoaded as the answer to `recall`.
    """

    def start(self, post: Post) -> None: ...
    def save(self, save: commands.SavePreferences) -> None: ...
    def keep(self, keep: commands.SaveSnapshot) -> None: ...
    def record(self, record: commands.AppendHistory) -> None: ...
    def recall(self) -> None: ...
    def stop(self) -> None: ...


class Observer(Protocol):
    """An edge that is shown every event and its commands, such as the JSON lines of `start --json`; it never blocks."""

    def observe(self, event: Event, commands: tuple[commands.Command, ...]) -> None: ...
    def stop(self) -> None: ...


class Pulse(Protocol):
    """An edge that tells a watchdog at each turn of the loop that the loop still runs.

    A turn waits for at most `seconds`; None for any time.
    """

    @property
    def seconds(self) -> float | None: ...
    def beat(self) -> None: ...
    def stop(self) -> None: ...


class NoPulse:
    """The pulse of a loop without a watchdog: it does nothing."""

    seconds: float | None = None

    def beat(self) -> None: ...
    def stop(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Edges:
    """All edges of a running coach: the parts that touch the world outside of the program."""

    ears: Ears
    mouth: Mouth
    face: Face
    memory: Memory
    observers: Sequence[Observer] = ()
    pulse: Pulse = field(default_factory=NoPulse)


def run(session: Session, edges: Edges, first: Event) -> commands.Quit:
    """Start the edges, and handle events until the session orders Quit.

    Args:
        session: the session before its first event, as `new_session` makes it.
        edges: edges that are not yet started; they are stopped at the end in any case.
        first: the first event, Started or Restored.

    Returns:
        The order to end, which says for whom and in which language the coach is to begin anew, if it is.

    Raises:
        CoachError: an edge can't work; the text is for the person.
        KeyboardInterrupt: the person pressed Ctrl-C.
        SystemExit: SIGTERM or SIGHUP has come.
    """
    inbox: queue.SimpleQueue[Event | CoachError | None] = queue.SimpleQueue()
    with interrupted_by_request(lambda: inbox.put(None)) as let_interrupt, ExitStack() as started:
        for edge in (edges.memory, edges.face, edges.mouth, edges.ears):
            edge.start(inbox.put)
            started.callback(_stop, edge)
        for observer in edges.observers:
            started.callback(_stop, observer)
        started.callback(_stop, edges.pulse)
        inbox.put(first)
        quit_order: commands.Quit | None = None
        while quit_order is None:
            let_interrupt()
            with bystander("the pulse"):
                edges.pulse.beat()
            event = _next_event(inbox, next_deadline(session), edges.pulse.seconds)
            if event is None:
                continue
            session, ordered = step(session, event)
            for command in ordered:
                _hand_over(command, edges, inbox.put)
            quit_order = next((command for command in ordered if isinstance(command, commands.Quit)), None)
            for observer in edges.observers:
                with bystander("an observer"):
                    observer.observe(event, ordered)
        return quit_order


def _stop(edge: Ears | Mouth | Face | Memory | Observer | Pulse) -> None:
    with bystander(type(edge).__name__):
        edge.stop()


def _next_event(
    inbox: queue.SimpleQueue[Event | CoachError | None], deadline: float | None, longest: float | None
) -> Event | None:
    """Wait for an event or the session's deadline, which is the event Ticked, and set its time.

    Returns None when the wait ended before either: after `longest` seconds, to look at the clock again, or because of a
    signal.
    """
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
    return event and replace(event, at=clock.now())


def _hand_over(command: commands.Command, edges: Edges, post: Post) -> None:
    """Hand a command to its edge."""
    match command:
        case commands.Speak() | commands.Prepare() | commands.Hush() | commands.Cue():
            _tell_mouth(command, edges.mouth)
        case commands.SavePreferences() | commands.SaveSnapshot() | commands.AppendHistory() | commands.QueryHistory():
            with bystander("the memory", lambda: post(FaultRaised(fault=Fault.UNKEPT_NOTES))):
                _tell_memory(command, edges.memory)
        case commands.Listen():
            edges.ears.listen(command)
        case commands.Show(view):
            with bystander("the face"):
                edges.face.show(view)
        case commands.Quit():
            pass  # `run` ends the loop
        case _:
            assert_never(command)


def _tell_mouth(command: commands.Speak | commands.Prepare | commands.Hush | commands.Cue, mouth: Mouth) -> None:
    match command:
        case commands.Speak():
            mouth.speak(command)
        case commands.Prepare():
            mouth.prepare(command)
        case commands.Hush():
            mouth.hush()
        case commands.Cue():
            mouth.cue(command)


def _tell_memory(
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
