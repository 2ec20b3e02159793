"""A face that shows nothing, for when standard output belongs to a program."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from voice_coach.core.events import Heard
    from voice_coach.core.intents import Intent
    from voice_coach.core.view import View


class SilentFace:
    """Shows nothing and has no keys."""

    keys: Mapping[Intent, str] = MappingProxyType({})

    def start(self, post: Callable[[Heard], None]) -> None:
        """There is nothing to start."""

    def show(self, view: View) -> None:
        """There is nothing to show it on."""

    def tell_loading(self, done: int, total: int) -> None:
        """There is nobody to tell."""

    def stop(self) -> None:
        """There is nothing to stop."""
