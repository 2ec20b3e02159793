"""Where the coach keeps things, how they are read, and how a new name in a folder survives a power cut."""

from __future__ import annotations

import errno
import os
import stat
import tempfile
import time
from contextlib import suppress
from itertools import count
from pathlib import Path

from voice_coach.language.intents import PEOPLE

_PERSON_NAME = "person"


def state_folder() -> Path:
    """Return the folder of the session's notes, whether it exists or not."""
    from platformdirs import user_state_path  # noqa: PLC0415 - only who keeps notes pays for it

    return user_state_path("voice-coach")


def folder_of_person(folder: Path, person: str) -> Path:
    """Return the folder of a person's own things, whether it exists or not; that of the first person is `folder`."""
    return folder if person == PEOPLE[0] else folder / "people" / person


def kept_person() -> str:
    """Return the one of PEOPLE who was led last; the first one when nobody knows."""
    try:
        person = (read_own(state_folder() / _PERSON_NAME, 20) or b"").decode("ascii", "replace")
    except OSError:
        return PEOPLE[0]
    return person if person in PEOPLE else PEOPLE[0]


def keep_person(person: str) -> None:
    """Remember who is led now, for the next start; a disk that refuses is no reason not to go on."""
    if person == kept_person():
        return
    with suppress(OSError):
        make_folder(state_folder())
        replace_file(state_folder() / _PERSON_NAME, person)


def make_folder(folder: Path) -> None:
    """Make a folder and those above it, each on the disk; it may be there already.

    Raises:
        OSError: the folder cannot be made.
    """
    if os.path.isdir(folder):  # noqa: PTH112 - Path.is_dir raises where a folder cannot be looked at
        return
    make_folder(folder.parent)
    folder.mkdir(exist_ok=True)
    with suppress(PermissionError):  # a folder that may be written to but not read
        sync_folder(folder.parent)


def sync_folder(folder: Path) -> None:
    """Force a folder's entries to the disk; without this a new name can be lost in a power cut (fsync(2)).

    Raises:
        OSError: the folder cannot be synced.
    """
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def open_own(path: Path, flags: int) -> int:
    """Open a file of our own to read or write it; what is no regular file, such as a FIFO in its place, is refused.

    What a person has written is read by voice_coach/personal_file.py.

    Args:
        path: the file. If it is made, only its owner can read it (0600).
        flags: of open(2).

    Raises:
        OSError: the file cannot be opened, or is no regular file.
    """
    descriptor = os.open(path, flags | os.O_CLOEXEC | os.O_NONBLOCK, 0o600)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise OSError(errno.EINVAL, "it is not a regular file", str(path))
    return descriptor


def read_own(path: Path, most: int) -> bytes | None:
    """Return at most `most` bytes of a file of our own; None when there is no such file.

    A link to nothing is no absent file: what it leads to may be on a disk that is not there now.

    Raises:
        OSError: the file cannot be read.
    """
    try:
        descriptor = open_own(path, os.O_RDONLY)
    except (FileNotFoundError, NotADirectoryError):
        if path.is_symlink():
            raise
        return None
    with os.fdopen(descriptor, "rb") as file:
        return file.read(most)


def free_name(path: Path, word: str) -> Path:
    """A name beside a file that says when and why it was put there, and that nothing has yet."""
    name = f"{path.name}.{word}-{time.strftime('%Y-%m-%dT%H-%M-%S')}"
    names = (name if number == 1 else f"{name}-{number}" for number in count(1))
    return next(free for free in map(path.with_name, names) if not os.path.lexists(free))


def replace_file(path: Path, text: str, *, keeps_mode: bool = False) -> None:
    """Give a file another content as a whole or not at all, on the disk.

    Args:
        path: the file; its folder exists.
        text: written as UTF-8.
        keeps_mode: whether those may read a file that could before; else, and when it is new, only its owner (0600).

    Raises:
        OSError: the file was not replaced and is as before; or it was, and its folder could not be synced.
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
        with suppress(OSError):
            fresh.unlink(missing_ok=True)
        raise
