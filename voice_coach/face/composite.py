"""A face that combines several faces into one."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING

from voice_coach.errors import bystander
from voice_coach.face.base import Face

if TYPE_CHECKING:
    from voice_coach.face.base import KeyNames, PostHeard
    from voice_coach.session.view import View


class CompositeFace(Face):
    """A face that shows each view on several faces, in their order. If one face fails, the others go on.

    Args:
        faces: the faces. If several have a key for the same intent, the key of the first is named.
    """

    def __init__(self, *faces: Face) -> None:
        self._faces = faces
        self._started = ExitStack()

    @property
    def keys(self) -> KeyNames:
        """The keys of all faces."""
        return {intent: name for face in reversed(self._faces) for intent, name in face.keys.items()}

    def start(self, post: PostHeard) -> None:
        """Start all faces, or none.

        Raises:
            FaceError: a face cannot start; those before it are stopped again.
        """
        with ExitStack() as started:
            for face in self._faces:
                face.start(post)
                started.callback(face.stop)
            self._started = started.pop_all()

    def show(self, view: View) -> None:
        """Show a view on all faces."""
        for face in self._faces:
            with bystander(type(face).__name__):
                face.show(view)

    def tell_loading(self, done: int, total: int) -> None:
        """Show on all faces how many sounds of a calibration are done, of how many."""
        for face in self._faces:
            with bystander(type(face).__name__):
                face.tell_loading(done, total)

    def stop(self) -> None:
        """Stop all faces, the last one first."""
        self._started.close()
