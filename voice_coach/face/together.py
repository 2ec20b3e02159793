"""Several faces as one."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING, Protocol

from voice_coach.bystander import bystander

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from voice_coach.core.events import Heard
    from voice_coach.core.intents import Intent
    from voice_coach.core.view import View


class Shown(Protocol):
    """As the loop knows it, and as the ears tell that they load."""

    @property
    def keys(self) -> Mapping[Intent, str]:
        """Names of keys, by what they stand for."""

    def start(self, post: Callable[[Heard], None]) -> None:
        """Begin."""

    def show(self, view: View) -> None:
        """Show a view from now on."""

    def tell_loading(self, done: int, total: int) -> None:
        """Show how far the ears have come."""

    def stop(self) -> None:
        """Give everything back."""


class Together:
    """Shows each view on all faces, in their order; all post to the same loop. One that fails spares the others.

    Args:
        faces: of which the first names a key that several have.
    """

    def __init__(self, *faces: Shown) -> None:
        self._faces = faces
        self._started = ExitStack()

    @property
    def keys(self) -> Mapping[Intent, str]:
        """Those of all faces."""
        return {intent: name for face in reversed(self._faces) for intent, name in face.keys.items()}

    def start(self, post: Callable[[Heard], None]) -> None:
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
