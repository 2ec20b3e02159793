"""Memory of large blocks goes back to the system at once: a process that runs for months must not keep its peaks."""

from __future__ import annotations

import ctypes

_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3
"""Parameters of mallopt(3)."""
_BYTES = 262_144
"""Sentences and recordings are larger, what a decoder needs again and again is mostly smaller."""


def give_back_large_blocks() -> None:
    """Let the C library map each large block by itself, and keep little free memory.

    By itself glibc raises these limits with each large block that is freed, up to 32 MB, and then keeps such blocks in
    its heap, where they fall to pieces (mallopt(3), M_MMAP_THRESHOLD). Another C library does as it likes.
    """
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (OSError, AttributeError):
        return
    mallopt(_MMAP_THRESHOLD, _BYTES)
    mallopt(_TRIM_THRESHOLD, _BYTES)
