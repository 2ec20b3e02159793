"""Edges for a coach with the real loop and session, of which a bench or a test has only the face for real."""

from __future__ import annotations

from typing import TYPE_CHECKING

from voice_coach.session.events import CommandHeard, EarsReady, Event

if TYPE_CHECKING:
    from collections.abc import Callable

    from voice_coach.errors import CoachError
    from voice_coach.face import PostHeard
    from voice_coach.face.base import Face
    from voice_coach.session import commands


class OpenEars:
    """Hear what `post` is given, from the start on."""

    def start(self, post: Callable[[Event | CoachError], None]) -> None:
        self.post = post
        post(EarsReady(engine="test"))

    def listen(self, listen: commands.Listen) -> None: ...
    def stop(self) -> None: ...


class NoMemory:
    """Keeps nothing."""

    def start(self, post: Callable[[Event | CoachError], None]) -> None: ...
    def save(self, save: commands.SavePreferences) -> None: ...
    def keep(self, keep: commands.SaveSnapshot) -> None: ...
    def record(self, record: commands.AppendHistory) -> None: ...
    def recall(self) -> None: ...
    def stop(self) -> None: ...


class OverheardFace:
    """A real face; what it posts is also given to a listener, before the loop gets it."""

    def __init__(self, face: Face, listener: Callable[[CommandHeard], None]) -> None:
        self._face = face
        self._listener = listener
        self.keys = face.keys
        self.show = face.show
        self.tell_loading = face.tell_loading
        self.stop = face.stop

    def start(self, post: PostHeard) -> None:
        def posting(heard: CommandHeard) -> None:
            self._listener(heard)
            post(heard)

        self._face.start(posting)
