"""A lock that lets only one coach use a store; a second coach is told which process holds it."""

from __future__ import annotations

import fcntl
import logging
import os
import time
from contextlib import suppress
from typing import TYPE_CHECKING

from voice_coach.errors import NotesError
from voice_coach.memory.folders import make_folder, open_own, read_own

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

_TRIES = 4
_PAUSE_SECONDS = 0.1
_LONGEST_TEXT = 200

_log = logging.getLogger(__name__)


class StoreLock:
    """A lock on a store, which the system lifts whenever its process ends, however that happens (flock(2)).

    It is taken on the store's folder and on a file in it. The file says who has it; the folder counts where the file
    cannot be opened, and on a read-only disk. So two coaches that can write to one store always meet at one of the two.

    Args:
        path: The lock's file, which names the process that has the lock; its folder, the store, is made when needed.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._held: list[tuple[Path, int]] = []

    @property
    def is_held(self) -> bool:
        """Whether this process holds the lock on a folder or file that is still in its place."""
        return any(_is_at(path, descriptor) for path, descriptor in self._held)

    def acquire(self) -> None:
        """Take the lock. Where neither the folder nor the file can be locked, it is not held; nothing may be kept then.

        Raises:
            NotesError: another coach holds the lock.
        """
        self.release()
        with suppress(OSError):
            make_folder(self._path.parent)
        for path, open_it in ((self._path.parent, _open_folder), (self._path, _open_file)):
            try:
                self._held.append((path, _locked(path, open_it, fcntl.LOCK_EX)))
            except BlockingIOError as error:
                self.release()
                message = (
                    f"Another coach is at work here ({_text(self._path) or 'another process'}): end it first (the "
                    "service with systemctl --user stop voice-coach), or give this one a store of its own with "
                    "XDG_STATE_HOME=FOLDER."
                )
                raise NotesError(message) from error
            except OSError as error:
                _log.warning("%s cannot be locked: %s", path, error)
        self._sign()

    def release(self) -> None:
        """Release the lock."""
        while self._held:
            with suppress(OSError):  # it is closed all the same (close(2))
                os.close(self._held.pop()[1])

    def _sign(self) -> None:
        """Write the process id and the time into the lock's file, if that can be written."""
        for path, descriptor in self._held:
            if path == self._path:
                with suppress(OSError):
                    os.ftruncate(descriptor, 0)
                    os.write(descriptor, f"process {os.getpid()}, since {time.strftime('%Y-%m-%d %H:%M')}\n".encode())


def owner_of(path: Path) -> int | None:
    """Return the id of the process that holds a store's lock; None when none has, 0 when it does not say which it is.

    Args:
        path: of the lock's file.
    """
    for each, open_it in ((path.parent, _open_folder), (path, _open_to_look)):
        try:
            os.close(_locked(each, open_it, fcntl.LOCK_SH, tries=1))
        except BlockingIOError:
            number = "".join(letter if letter.isdigit() else " " for letter in _text(path)).split()
            return int(number[0]) if number else 0
        except OSError:
            continue
    return None


def _locked(path: Path, open_it: Callable[[Path], int], how: int, tries: int = _TRIES) -> int:
    """A descriptor that holds the lock. A few tries, since who only looks whether a coach is at work holds it as well.

    Raises:
        BlockingIOError: another process holds the lock.
        OSError: the file cannot be locked.
    """
    descriptor = open_it(path)
    try:
        for left in reversed(range(tries)):
            try:
                fcntl.flock(descriptor, how | fcntl.LOCK_NB)
            except BlockingIOError:
                if not left:
                    raise
                time.sleep(_PAUSE_SECONDS)
            else:
                break
    except OSError:
        os.close(descriptor)
        raise
    return descriptor


def _open_folder(path: Path) -> int:
    return os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)


def _open_file(path: Path) -> int:
    """Open the lock's file without following a link, whose target is not ours and would be emptied."""
    return open_own(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW)


def _open_to_look(path: Path) -> int:
    return open_own(path, os.O_RDONLY)


def _text(path: Path) -> str:
    try:
        text = (read_own(path, _LONGEST_TEXT) or b"").decode("ascii", errors="ignore").strip()
    except OSError:
        return ""
    return "".join(letter for letter in text if letter.isprintable())


def _is_at(path: Path, descriptor: int) -> bool:
    try:
        return os.path.samestat(os.stat(path), os.fstat(descriptor))  # noqa: PTH116 - beside its like
    except OSError:
        return False
