"""One store, one coach: whoever comes second is told who has it."""

from __future__ import annotations

import fcntl
import os
import time
from contextlib import suppress
from typing import TYPE_CHECKING

from voice_coach.errors import NotesError

if TYPE_CHECKING:
    from pathlib import Path

_TRIES = 4
_PAUSE_SECONDS = 0.1


class StoreLock:
    """A lock on a file, which the system lifts whenever its process ends, however that happens (flock(2)).

    Args:
        path: names the process that has it; its folder is made when needed.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: int | None = None

    def acquire(self) -> None:
        """Take the lock. Where no file can be made, nothing can be kept, and so there is nothing to lock.

        Raises:
            NotesError: another coach has it.
        """
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError:
            return
        try:
            _lock(file)
        except BlockingIOError as error:
            holder = os.read(file, 200).decode(errors="replace").strip() or "another process"
            os.close(file)
            message = (
                f"Another coach is at work here ({holder}): end it first (the service with systemctl --user stop "
                "voice-coach), or give this one a store of its own with XDG_STATE_HOME=FOLDER."
            )
            raise NotesError(message) from error
        except OSError:  # a file system without locks
            os.close(file)
            return
        self._file = file
        with suppress(OSError):
            os.ftruncate(file, 0)
            os.write(file, f"process {os.getpid()}, since {time.strftime('%Y-%m-%d %H:%M')}\n".encode())

    def release(self) -> None:
        """Give it back."""
        if self._file is not None:
            os.close(self._file)
            self._file = None


def _lock(file: int) -> None:
    """Try a few times: who only looks whether a coach is at work, holds it for an instant."""
    for _ in range(_TRIES - 1):
        with suppress(BlockingIOError):
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        time.sleep(_PAUSE_SECONDS)
    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
