"""The log on the disk: of limited size, in a folder that is ours, and never a reason for anything to fail."""

from __future__ import annotations

import os
import stat
import tempfile
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

LARGEST_BYTES = 500_000
"""Of a file; one older file is kept beside it, so that both together take 1 MB at most."""
NAME = "voice-coach.log"
_OLDER = f"{NAME}.1"
_WRITABLE_BY_OTHERS = stat.S_IWGRP | stat.S_IWOTH


class _Place(NamedTuple):
    """Where the log may be."""

    folder: Path
    is_shared: bool
    """Whether others can make files beside the folder."""


class LogFile:
    """Appends to the first of its places that takes it: the user's own, or one in the folder for temporary files.

    Each batch opens the file anew, as another coach may have begun a new one, and a disk may have gone. For one thread.

    Args:
        largest_bytes: of a file.
    """

    def __init__(self, largest_bytes: int = LARGEST_BYTES) -> None:
        self._largest_bytes = largest_bytes
        self._path: Path | None = None

    @property
    def path(self) -> Path:
        """Where something was written last, or else would be."""
        return self._path or _own_folder() / NAME

    def write(self, batch: bytes) -> None:
        """Append what there is room for; never raises."""
        taken = (place.folder / NAME for place in _places() if self._append(place, batch))
        self._path = next(taken, Path(os.devnull))

    def _append(self, place: _Place, batch: bytes) -> bool:
        with suppress(OSError):
            folder = _open_folder(place)
            try:
                _write_into(folder, batch, self._largest_bytes)
            finally:
                os.close(folder)
            return True
        return False


def _own_folder() -> Path:
    from platformdirs import user_log_path

    return user_log_path("voice-coach")


def _places() -> Iterator[_Place]:
    """Best first."""
    yield _Place(_own_folder(), is_shared=False)
    with suppress(OSError):  # there may be no folder for temporary files that can be written to
        yield _Place(Path(tempfile.gettempdir()) / f"voice-coach-{os.getuid()}", is_shared=True)


def _open_folder(place: _Place) -> int:
    """Open a folder, made if need be.

    One that lies among other people's files and is a link, or not ours alone, was laid out by somebody else.

    Raises:
        OSError: it can't be made, or is not to be trusted.
    """
    flags = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC
    if not place.is_shared:
        place.folder.mkdir(parents=True, exist_ok=True)
        return os.open(place.folder, flags)
    with suppress(FileExistsError):
        place.folder.mkdir(mode=0o700)
    opened = os.open(place.folder, flags | os.O_NOFOLLOW)
    found = os.fstat(opened)
    if found.st_uid != os.getuid() or found.st_mode & _WRITABLE_BY_OTHERS:
        os.close(opened)
        message = f"{place.folder} is not ours alone"
        raise PermissionError(message)
    return opened


def _write_into(folder: int, batch: bytes, largest_bytes: int) -> None:
    """Append to the log in a folder; one that would grow too large becomes the older one first.

    Raises:
        OSError: not everything could be written.
    """
    with _opened(folder) as file:
        size = os.fstat(file).st_size
        if not size or size + len(batch) <= largest_bytes:
            _write_all(file, batch)
            return
    os.replace(NAME, _OLDER, src_dir_fd=folder, dst_dir_fd=folder)
    with _opened(folder) as file:
        _write_all(file, batch)


@contextmanager
def _opened(folder: int) -> Iterator[int]:
    """Open the log in a folder: a regular file, never what a link leads to.

    Raises:
        OSError: there is something else, or it can't be opened.
    """
    flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK
    file = os.open(NAME, flags, 0o600, dir_fd=folder)
    try:
        if not stat.S_ISREG(os.fstat(file).st_mode):
            message = f"{NAME} is no file"
            raise OSError(message)
        yield file
    finally:
        os.close(file)


def _write_all(file: int, batch: bytes) -> None:
    while batch:
        batch = batch[os.write(file, batch) :]
