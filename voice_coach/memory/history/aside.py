"""Damaged histories: put aside under a name that says when, and erased for good when all shall be forgotten."""

from __future__ import annotations

import os
from contextlib import suppress
from typing import TYPE_CHECKING

from voice_coach.memory.folders import free_name, sync_folder

if TYPE_CHECKING:
    from pathlib import Path

_COMPANIONS = ("-journal", "-wal", "-shm")
"""What SQLite keeps beside a database; without it a copy would be incomplete, and beside a new one it would do harm."""
_KEPT = 5
_BLOCK = bytes(65_536)


def put_aside(path: Path) -> Path:
    """Rename a database and what belongs to it; of those put aside the five newest stay.

    Raises:
        OSError: it cannot be done.
    """
    aside = free_name(path, "damaged")
    for suffix in (*_COMPANIONS, ""):  # the database last: what is left after a crash is put aside again
        with suppress(FileNotFoundError):
            path.with_name(path.name + suffix).replace(aside.with_name(aside.name + suffix))
    sync_folder(path.parent)
    _erase_old(path)
    return aside


def all_put_aside(path: Path) -> list[Path]:
    """The databases that were put aside, and what belongs to them."""
    return sorted(path.parent.glob(f"{path.name}.damaged-*"))


def erase(path: Path) -> None:
    """Overwrite a file and what SQLite keeps beside it with zeros, and remove them.

    Raises:
        OSError: it cannot be done.
    """
    for own in (path.with_name(path.name + suffix) for suffix in (*_COMPANIONS, "")):
        if own.exists():
            overwrite(own)
            own.unlink()


def overwrite(path: Path) -> None:
    """Put zeros where a file's bytes were, on the disk.

    Raises:
        OSError: it cannot be done.
    """
    with path.open("r+b") as file:
        left = os.fstat(file.fileno()).st_size
        while left:
            left -= file.write(_BLOCK[:left])
        file.flush()
        os.fsync(file.fileno())


def _erase_old(path: Path) -> None:
    """Of those put aside all but the newest few; what cannot be erased stays."""
    with suppress(OSError):
        databases = [each for each in all_put_aside(path) if not each.name.endswith(_COMPANIONS)]
        for old in sorted(databases, key=lambda each: each.lstat().st_mtime)[:-_KEPT]:
            with suppress(OSError):
                erase(old)
