"""A face that shows nothing, for when standard output belongs to a program."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from voice_coach.core.view import View
    from voice_coach.loop import Post


class SilentFace:
    """Shows nothing and has no keys."""

    def start(self, post: Post) -> None:
        """There is nothing to start."""

    def show(self, view: View) -> None:
        """There is nothing to show it on."""

    def stop(self) -> None:
        """There is nothing to stop."""
