"""docs/hearing.md, written from the figures in docs/measured: a section for each file that is there."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from duplex_section import duplex_section
from hearing_sections import doubts_section, hearing_sections
from korean_section import korean_section
from orders_section import orders_section

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    Figures = Mapping[str, Any]
    Section = tuple[str, Callable[[Figures], str]]

_HEAD = """\
# How the coach hears

Written by `scripts/bench hearing` from the figures in [measured](measured); written anew with `--page`.
"""
_TRIED = "hearing-tried.md"
"""What was tried and how much it brought: a page of its own, written by hand."""


def write_page(docs: Path) -> None:
    """Write docs/hearing.md."""
    (docs / "hearing.md").write_text(page(docs), "utf-8")


def page(docs: Path) -> str:
    """The page that belongs to what is in docs/measured."""
    measured = {path.stem: json.loads(path.read_text("utf-8")) for path in (docs / "measured").glob("*.json")}
    sections = (
        ("hearing", hearing_sections),
        ("orders", orders_section),
        ("duplex", duplex_section),
        ("korean", korean_section),
    )
    parts = [_HEAD, *_parts(measured, *sections)]
    if (docs / _TRIED).is_file():
        parts.append(f"[What was tried, and how much it brought]({_TRIED})\n")
    return "\n".join([*parts, *_parts(measured, ("hearing", doubts_section))])


def _parts(measured: Mapping[str, Figures], *sections: Section) -> list[str]:
    """Those sections whose figures are there."""
    return [write(measured[name]) for name, write in sections if name in measured]
