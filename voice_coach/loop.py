"""The only loop: one queue in, commands out; the only place that reads the clock."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable

    from voice_coach.core import commands
    from voice_coach.core.events import Event
    from voice_coach.core.view import View

    Post = Callable[[Event], None]
    """How an edge gives an event to the loop; callable from any thread, never blocks."""


class Ears(Protocol):
    """Hear: post Heard and Unheard (and EarsReady once), as allowed by the last Listen."""

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


class Face(Protocol):
    """Show: post Heard for keys."""

    def start(self, post: Post) -> None: ...
    def show(self, view: View) -> None: ...
    def stop(self) -> None: ...


class Memory(Protocol):
    """Keep the person's preferences."""

    def save(self, save: commands.Save) -> None: ...


class Observer(Protocol):
    """Sees every event and what came of it (the JSON lines of `start --json`, later the journal)."""

    def observe(self, event: Event, commands: tuple[commands.Command, ...]) -> None: ...
