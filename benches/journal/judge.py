"""Flips single bits in a store's files, and counts whether the store notices it or returns a wrong session."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from rich.console import Console
from rich.progress import track

from benches.journal.stores import story, text_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from benches.journal.stores import ComparedStore


MEMORY_DISK = Path("/dev/shm")  # noqa: S108 - a tmpfs wherever Linux is
_FLIPPED_RECORDS = 10
_CONSOLE = Console(stderr=True)


def failures(stores: Sequence[Mapping[str, Any]]) -> list[str]:
    """Failures of our journal, a sentence each; the other stores are only there to compare with."""
    ours = stores[0]["flips"]
    unnoticed = ours["wrong_unnoticed"]
    return [f"our journal handed out {unnoticed} wrong records as right"] if unnoticed else []


def flip_bits(store: ComparedStore, most: int) -> dict[str, int]:
    """Flip bits one by one in the files as they are while the store is open: so a crash leaves them."""
    counts = {"bits": 0, "right": 0, "noticed": 0, "wrong_unnoticed": 0}
    with tempfile.TemporaryDirectory(dir=MEMORY_DISK) as room:
        folder, scratch = Path(room) / "kept", Path(room) / "flipped"
        folder.mkdir()
        store.open(folder)
        records = list(story(_FLIPPED_RECORDS))
        for record in records:
            store.keep(record)
        files = {path.name: path.read_bytes() for path in store.files(folder)}
        store.close()
        last = text_of(records[-1])
        for name, bit in track(_spread(files, most), store.name, console=_CONSOLE):
            shutil.rmtree(scratch, ignore_errors=True)
            scratch.mkdir()
            for other, content in files.items():
                (scratch / other).write_bytes(_flipped(content, bit) if other == name else content)
            found = store.read(scratch)
            what = "noticed" if found.is_noticed else "right" if found.words == last else "wrong_unnoticed"
            counts[what] += 1
            counts["bits"] += 1
    return counts


def _spread(files: dict[str, bytes], most: int) -> list[tuple[str, int]]:
    """Files and bits, so many evenly over all; all if there are no more."""
    bits = [(name, bit) for name, content in files.items() for bit in range(8 * len(content))]
    chosen = np.unique(np.linspace(0, len(bits) - 1, most).astype(int)) if len(bits) > most else range(len(bits))
    return [bits[index] for index in chosen]


def _flipped(content: bytes, bit: int) -> bytes:
    changed = bytearray(content)
    changed[bit // 8] ^= 1 << bit % 8
    return bytes(changed)
