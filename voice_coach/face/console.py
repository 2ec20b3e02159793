"""A safe console of the library rich: no text that it draws can send control sequences to the terminal."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, TextIO

from rich.console import Console
from rich.segment import Segment
from rich.table import Table
from rich.text import Text

from voice_coach.printable import beneath, printable

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rich.console import ConsoleOptions, RenderableType


class SafeConsole(Console):
    """A console of rich that escapes control characters; the program uses no other console.

    Args:
        file: the stream to write to; by default standard output, or standard error if `stderr`.
        stderr: whether standard error is the default.
        further: the further arguments of rich's own console.
    """

    def __init__(self, *, file: TextIO | None = None, stderr: bool = False, **further: Any) -> None:  # noqa: ANN401 - rich's
        super().__init__(file=beneath(file or (sys.stderr if stderr else sys.stdout)), **further)

    def render_str(self, text: str, **further: Any) -> Text:  # noqa: ANN401 - rich's
        """Escape the text before rich measures its width."""
        return super().render_str(printable(text), **further)

    def render(self, renderable: RenderableType, options: ConsoleOptions | None = None) -> Iterable[Segment]:
        """Escape everything that is drawn, except rich's own control sequences, which it marks as such."""
        for text, style, control in super().render(renderable, options):
            yield Segment(text if control else printable(text), style, control)


def table(*heads: str) -> Table:
    """Return a table without lines between its cells, which wraps what is too wide.

    By default rich shortens a line of wide characters with a "…" where only the space at its end is too much.
    """
    made = Table(box=None, header_style="bold cyan", pad_edge=False)
    for head in heads:
        made.add_column(words(head), overflow="fold")
    return made


def words(text: object, style: str = "") -> Text:
    """Return a text to be shown literally: without markup, and escaped before its width is measured."""
    return Text(printable(str(text)), style)
