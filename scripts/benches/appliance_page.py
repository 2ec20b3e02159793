"""docs/appliance.md: written by hand, but for the sections of the benches, which stand between marks of their own."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from publishing import DOCS

if TYPE_CHECKING:
    from pathlib import Path

PAGE = DOCS / "appliance.md"


def page_with(bench: str, text: str, page: Path = PAGE) -> str:
    """A page with a bench's section in the place of its last one, or at the end.

    Args:
        bench: its name, as scripts/bench knows it.
        text: Markdown that begins with a heading.
        page: which page.
    """
    begin, end = (f"<!-- {word} scripts/bench {bench} -->" for word in ("begin", "end"))
    section = f"{begin}\n\n{text.strip()}\n\n{end}"
    whole = page.read_text("utf-8")
    marked = re.compile(f"{re.escape(begin)}.*?{re.escape(end)}", re.DOTALL)
    whole, count = marked.subn(lambda _found: section, whole)
    return whole if count else f"{whole.rstrip()}\n\n{section}\n"
