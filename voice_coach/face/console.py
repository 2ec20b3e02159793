"""The console of rich, but that no text in what it draws orders the terminal about."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, TextIO

from rich.console import Console
from rich.segment import Segment
from rich.text import Text

from voice_coach.printable import beneath, printable

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rich.console import ConsoleOptions, RenderableType


class SafeConsole(Console):
    """The only console of the program.

    Args:
        file: where to; else standard output, or standard error if `stderr`.
        stderr: see there.
        further: as rich's own.
    """

    def __init__(self, *, file: TextIO | None = None, stderr: bool = False, **further: Any) -> None:  # noqa: ANN401 - rich's
        super().__init__(file=beneath(file or (sys.stderr if stderr else sys.stdout)), **further)

    def render_str(self, text: str, **further: Any) -> Text:  # noqa: ANN401 - rich's
        """See rich: here widths are measured, so the escapes must be there already."""
        return super().render_str(printable(text), **further)

    def render(self, renderable: RenderableType, options: ConsoleOptions | None = None) -> Iterable[Segment]:
        """See rich: everything that is drawn passes here, in parts; orders of rich itself are marked as such."""
        for text, style, control in super().render(renderable, options):
            yield Segment(text if control else printable(text), style, control)


def words(text: object, style: str = "") -> Text:
    """Somebody's words: no markup, and as wide as they are shown."""
    return Text(printable(str(text)), style)
