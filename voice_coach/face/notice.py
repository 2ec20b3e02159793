"""What a terminal tells beside the session, until the routine begins: where the mirror is, and how to pair with it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Notice:
    """Lines to read and, where there is room, a picture of characters."""

    lines: tuple[str, ...]
    picture: tuple[str, ...] = ()
    """White on black; it is left out where it does not fit."""


NOTHING = Notice(())
