"""The one protocol that every face keeps, and two things that are handed to faces: their keys and their notice."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Protocol

from voice_coach.language.intents import Intent
from voice_coach.session.events import CommandHeard

if TYPE_CHECKING:
    from voice_coach.session.view import View

PostHeard = Callable[[CommandHeard], None]
"""Gives the loop what a key, a press or a touch stands for; callable from any thread, never blocks."""

KeyNames = Mapping[Intent, str]
"""Names of keys that the coach can say aloud, by what the keys stand for."""

NO_KEYS: KeyNames = MappingProxyType({})
"""The keys of a face that has none with a name."""


class Face(Protocol):
    """Shows views, and posts Heard for keys, presses and touches.

    The loop calls `start`, then `show` for each new view, then `stop`, all from its own thread. Every face inherits
    from this class, so that one without a method cannot be made.
    """

    @property
    @abstractmethod
    def keys(self) -> KeyNames:
        """The keys that the coach may name: "say yes, or press Y"."""

    @abstractmethod
    def start(self, post: PostHeard) -> None:
        """Begin to show, and to post what the person does.

        Raises:
            FaceError: the face cannot work here; nothing is left open then.
        """

    @abstractmethod
    def show(self, view: View) -> None:
        """Show a view from now on; this does not wait for whoever looks."""

    @abstractmethod
    def tell_loading(self, done: int, total: int) -> None:
        """Show how far the ears have come with something that takes long; from any thread, after start."""

    @abstractmethod
    def stop(self) -> None:
        """Give everything back; may be called again."""


class SilentFace(Face):
    """Shows nothing and has no keys: standard output belongs to a program."""

    keys: KeyNames = NO_KEYS

    def start(self, post: PostHeard) -> None:
        """There is nothing to start."""

    def show(self, view: View) -> None:
        """There is nothing to show it on."""

    def tell_loading(self, done: int, total: int) -> None:
        """There is nobody to tell."""

    def stop(self) -> None:
        """There is nothing to stop."""


@dataclass(frozen=True, slots=True)
class Notice:
    """Stands on a terminal until the routine begins: where the mirror is, and how to pair a phone with it."""

    lines: tuple[str, ...]
    picture: tuple[str, ...] = ()
    """Lines of characters, white on black; left out where there is no room for them."""


NO_NOTICE = Notice(())
