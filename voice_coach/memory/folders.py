"""Where the coach keeps things, and how a new name in a folder survives a power cut."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path


def state_folder() -> Path:
    """Where the session's notes are, or would be."""
    from platformdirs import user_state_path  # noqa: PLC0415 - only who keeps notes pays for it

    return user_state_path("voice-coach")


def sync_folder(folder: Path) -> None:
    """Force a folder's entries to the disk: a new name is not there without it (fsync(2)).

    Raises:
        OSError: it cannot be done.
    """
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def replace_file(path: Path, text: str, *, keeps_mode: bool = False) -> None:
    """Give a file another content as a whole or not at all, on the disk.

    Args:
        path: of the file; its folder exists.
        text: written as UTF-8.
        keeps_mode: whether those may read a file that could before; else, and when it is new, only its owner (0600).

    Raises:
        OSError: it cannot be done; the file is as it was.
    """
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    fresh = Path(name)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        if keeps_mode and path.exists():
            fresh.chmod(path.stat().st_mode)
        fresh.replace(path)
        sync_folder(path.parent)
    except BaseException:
        fresh.unlink(missing_ok=True)
        raise
