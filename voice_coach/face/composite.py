"""Several faces as one."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING

from voice_coach.errors import bystander
from voice_coach.face.base import Face

if TYPE_CHECKING:
    from voice_coach.face.base import KeyNames, PostHeard
    from voice_coach.session.view import View


class CompositeFace(Face):
    """Shows each view on all faces, in their order; all post to the same loop. One that fails spares the others.

    Args:
        faces: if several have a key for the same thing, the key of the first is named.
    """

    def __init__(self, *faces: Face) -> None:
        self._faces = faces
        self._started = ExitStack()

    @property
    def keys(self) -> KeyNames:
        """The keys of all faces."""
        return {intent: name for face in reversed(self._faces) for intent, name in face.keys.items()}

    def start(self, post: PostHeard) -> None:
        """Start all, or none.

        Raises:
            FaceError: one cannot start; those before it are stopped again.
        """
        with ExitStack() as started:
            for face in self._faces:
                face.start(post)
                started.callback(face.stop)
            self._started = started.pop_all()

    def show(self, view: View) -> None:
        """Show a view on all."""
        for face in self._faces:
            with bystander(type(face).__name__):
                face.show(view)

    def tell_loading(self, done: int, total: int) -> None:
        """Tell all how far the ears have come."""
        for face in self._faces:
            with bystander(type(face).__name__):
                face.tell_loading(done, total)

    def stop(self) -> None:
        """Stop all, the last one first."""
        self._started.close()
