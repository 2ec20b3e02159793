"""Tables in Markdown."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table of cells; columns that hold figures, from the first row on, are aligned right."""
    first = rows[0] if rows else head
    rule = ["---:" if cell[:1].isdigit() or cell in {"", "-"} else "---" for cell in first]
    lines = [list(head), rule, *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)
