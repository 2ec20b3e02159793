"""Texts with gaps, written as names in braces."""

from __future__ import annotations

from string import Formatter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection


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


def mistake_in_gaps(text: str, required: Collection[str], optional: Collection[str] = ()) -> str:
    """What is wrong with a text's gaps and what to do, as the end of a sentence; empty when nothing is.

    Args:
        text: with gaps.
        required: the names that it must leave open.
        optional: those that it may leave open.
    """
    try:
        used = gaps_of(text)
    except ValueError:
        return "has a brace too many or too few, or more than a name in one; write gaps as {name}"
    for name in sorted(set(required) - used):
        return f"leaves {{{name}}} out; put it in"
    for name in sorted(used - set(required) - set(optional)):
        return f"uses {{{name}}}, which nothing fills; remove it"
    return ""
