"""Where the coach keeps things, and how a new name in a folder survives a power cut."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
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
