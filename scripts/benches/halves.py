"""Never the same piece for tuning and for testing: voices and recordings are split in two halves."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

TUNE, TEST, BOTH = "tune", "test", "both"
HALVES = (TEST, TUNE, BOTH)

T = TypeVar("T")


def in_half(half: str, grouped: Mapping[str, Sequence[T]]) -> tuple[T, ...]:
    """Those pieces that belong to a half.

    The groups (who speaks, or the recording that a piece is of) are sorted by a hash of their names, which has nothing
    to do with what is in them, and dealt out alternately.

    Args:
        half: one of HALVES.
        grouped: pieces by group; a group is never divided.
    """
    shuffled = sorted(grouped, key=lambda name: hashlib.sha256(name.encode()).hexdigest())
    chosen = {TEST: shuffled[::2], TUNE: shuffled[1::2], BOTH: shuffled}[half]
    return tuple(piece for name in sorted(chosen) for piece in grouped[name])
