"""Texts with gaps, written as names in braces."""

from __future__ import annotations

from string import Formatter


def gaps_of(text: str) -> set[str]:
    """The names of a text's gaps.

    Raises:
        ValueError: there is a brace too many or too few, or more than a name in one.
    """
    gaps = set()
    for _, name, form, conversion in Formatter().parse(text):
        if form or conversion:
            message = f"more than a name stands in a gap: {name}"
            raise ValueError(message)
        if name is not None:
            gaps.add(name)
    return gaps
