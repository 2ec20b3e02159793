"""Paints lines onto a terminal, writing only those that changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.segment import Segments

if TYPE_CHECKING:
    from rich.console import Console
    from rich.segment import Segment

    from voice_coach.face.page import Lines


class Painter:
    """Remembers what stands on the terminal."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._painted: Lines = []
        self._size = (0, 0)

    def paint(self, lines: Lines) -> str:
        """What must be written to the terminal, so that it shows these lines; empty when it does already."""
        changes = []
        if self._size != self._console.size:
            changes.append("\x1b[2J")
            self._painted, self._size = [], self._console.size
        for row, line in enumerate(lines):
            if row >= len(self._painted) or self._painted[row] != line:
                changes.append(f"\x1b[{row + 1};1H{self._as_text(line)}")
        self._painted = lines
        return "".join(changes)

    def _as_text(self, line: list[Segment]) -> str:
        """A line with its colours, as the terminal wants them."""
        with self._console.capture() as capture:
            self._console.print(Segments(line), end="", soft_wrap=True)
        return capture.get()
