"""The log: a file of limited size, written through a pipe so that a full disk cannot stop the coach."""

from __future__ import annotations

import io
import logging
import os
import select
import stat
import sys
import tempfile
import threading
import time
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, TextIO

import click

from voice_coach.cli.streams import error_stream
from voice_coach.printable import printable_stream

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from sys import UnraisableHookArgs
    from threading import ExceptHookArgs

    from _typeshed import ReadableBuffer


LARGEST_BYTES = 500_000
"""Bytes that a log file may have; one older file is kept beside it, so that both together take 1 MB at most."""
NAME = "voice-coach.log"
_OLDER = f"{NAME}.1"
_WRITABLE_BY_OTHERS = stat.S_IWGRP | stat.S_IWOTH


class _Place(NamedTuple):
    """A folder in which the log may be."""

    folder: Path
    is_shared: bool
    """Whether others can make files beside the folder."""


class LogFile:
    """Appends to the first of its places that takes it: the user's own, or one in the folder for temporary files.

    Each batch opens the file anew, as another coach may have begun a new one, and a disk may have gone. For one thread.

    Args:
        largest_bytes: Most bytes that one log file may have.
    """

    def __init__(self, largest_bytes: int = LARGEST_BYTES) -> None:
        self._largest_bytes = largest_bytes
        self._path: Path | None = None

    @property
    def path(self) -> Path:
        """The path that was last written to, or else the one that would be."""
        return self._path or _own_folder() / NAME

    def write(self, batch: bytes) -> None:
        """Append as many bytes as there is room for; never raises."""
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
    """List the possible places of the log, the best first."""
    yield _Place(_own_folder(), is_shared=False)
    with suppress(OSError):  # there may be no folder for temporary files that can be written to
        yield _Place(Path(tempfile.gettempdir()) / f"voice-coach-{os.getuid()}", is_shared=True)


def _open_folder(place: _Place) -> int:
    """Open a folder, and make it if need be.

    In a place that others share, a folder that is a link or that others may write to is not trusted.

    Raises:
        OSError: the folder cannot be made, or is not trusted.
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
    """Open the log in a folder: a regular file, never the target of a link.

    Raises:
        OSError: the name belongs to something else, or the file cannot be opened.
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


_BATCH_BYTES = 65_536


class LogPipe(io.RawIOBase):
    """Takes bytes at once, and lets a thread write them. Bytes that come faster than the thread writes are lost.

    Pipe and thread begin with the first byte, or when the descriptor is asked for. `write` neither waits nor raises.

    Args:
        write: the function that writes the bytes; it may wait, but must not raise.
    """

    name = "log"

    def __init__(self, write: Callable[[bytes], None]) -> None:
        super().__init__()
        self._take = write
        self._guard = threading.Lock()
        self._open: _Open | None = None

    def writable(self) -> bool:
        """Return True, since bytes can be written to it."""
        return True

    def close(self) -> None:
        """Stay open: several text streams share it, and each closes it at its own end."""

    def fileno(self) -> int:
        """The descriptor to write to; a write that finds no room fails with EAGAIN."""
        with self._guard:
            self._open = self._open or _Open(self._take)
            return self._open.descriptor

    def write(self, batch: ReadableBuffer) -> int:
        """Queue bytes for the log; they are lost if there is no room."""
        content = bytes(batch)
        with suppress(OSError, RuntimeError):  # no room, or no descriptor or thread to be had
            os.write(self.fileno(), content)
        return len(content)

    def finish(self, seconds: float) -> None:
        """Write everything that has been queued, within a number of seconds at most."""
        with self._guard:
            finishing, self._open = self._open, None
        if finishing is not None:
            finishing.close(seconds)


class _Open:
    """An open pipe to the log, and the thread that reads it."""

    def __init__(self, take: Callable[[bytes], None]) -> None:
        self._take = take
        self._reading, self.descriptor = os.pipe()
        self._is_over, self._alive = os.pipe()
        """The first can be read when the second is closed."""
        os.set_blocking(self._reading, False)
        os.set_blocking(self.descriptor, False)
        self._thread = threading.Thread(target=self._run, name="log", daemon=True)
        self._thread.start()

    def close(self, seconds: float) -> None:
        os.close(self._alive)
        os.close(self.descriptor)
        self._thread.join(seconds)

    def _run(self) -> None:
        is_over = False
        while not is_over:
            ready, _, _ = select.select([self._reading, self._is_over], [], [])
            is_over = self._is_over in ready
            with suppress(BlockingIOError):
                while batch := os.read(self._reading, _BATCH_BYTES):
                    self._take(batch)
        os.close(self._reading)
        os.close(self._is_over)


_log = logging.getLogger("voice_coach")
_FINISHING_SECONDS = 1.0
"""Seconds that the end of the program waits for the log to be written."""
_MOST_TIMES = 5
"""Number of times that the same message is written within _WITHIN_SECONDS."""
_WITHIN_SECONDS = 3600.0
_MOST_MESSAGES = 1000
"""How many different messages are counted at a time."""

_file = LogFile()
_pipe = LogPipe(_file.write)


def log_path() -> Path:
    """Return the path of the log file."""
    return _file.path


class RepeatFilter(logging.Filter):
    """Lets each message through five times an hour at most, so that one cannot fill the whole log."""

    def __init__(self) -> None:
        super().__init__()
        self._times: dict[tuple[object, ...], int] = {}
        self._began_at = 0.0

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether a message is written."""
        now = time.monotonic()
        if now - self._began_at > _WITHIN_SECONDS or len(self._times) > _MOST_MESSAGES:
            self._times, self._began_at = {}, now
        with suppress(Exception):  # whatever its arguments are: then it is written
            key = (record.name, record.levelno, record.getMessage())
            self._times[key] = times = self._times.get(key, 0) + 1
            return times <= _MOST_TIMES
        return True


def keep_log() -> None:
    """Write warnings, and errors that end a thread, into the log file instead of on the screen."""
    handler = logging.StreamHandler(_text_to_log())
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    handler.addFilter(RepeatFilter())
    logging.basicConfig(handlers=[handler], level=logging.INFO, force=True)
    logging.raiseExceptions = False  # a message that can't be written is no reason to write on the screen
    logging.captureWarnings(capture=True)
    threading.excepthook = _log_thread
    sys.unraisablehook = _log_unraisable


def finish_log() -> None:
    """Wait until all that was logged is on the disk, but for _FINISHING_SECONDS at most."""
    _pipe.finish(_FINISHING_SECONDS)


def tell(sentence: str) -> None:
    """Tell the person something on standard error, and ignore an error of writing there."""
    with suppress(OSError, ValueError):
        click.echo(f"voice-coach: {sentence}", err=True)


def take_any_text() -> None:
    """Let standard input and output carry bytes that are no text in the terminal's encoding, as file names may have.

    In output such a byte becomes an escape such as `\\udcff`, which JSON knows too.
    """
    for stream, errors in ((sys.stdin, "surrogateescape"), (sys.stdout, "backslashreplace")):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors=errors)


def keep_terminal_safe() -> None:
    """Write control characters as escapes such as `\\u001b` from now on, so that no text controls the terminal."""
    sys.stdout, sys.stderr = printable_stream(sys.stdout), printable_stream(sys.stderr)


def keep_libraries_quiet() -> TextIO:
    """Write into the log what libraries print: ALSA to the descriptor of stderr, pyttsx3 to `sys.stdout`.

    `sys.stderr` still reaches the person.

    Returns:
        The real standard output, for the one part of the program that writes to it.
    """
    sys.stderr = printable_stream(error_stream(os.dup(2), sys.stderr))
    os.dup2(_pipe.fileno(), 2)
    stdout, sys.stdout = sys.stdout, _text_to_log()
    return stdout


def _text_to_log() -> io.TextIOWrapper:
    return io.TextIOWrapper(_pipe, encoding="utf-8", errors="backslashreplace", write_through=True)


def _log_thread(fault: ExceptHookArgs) -> None:
    details = (fault.exc_type, fault.exc_value or fault.exc_type(), fault.exc_traceback)
    _log.error("a thread ended: %s", fault.thread and fault.thread.name, exc_info=details)


def _log_unraisable(fault: UnraisableHookArgs) -> None:
    details = (fault.exc_type, fault.exc_value or fault.exc_type(), fault.exc_traceback)
    _log.error("%s: %r", fault.err_msg or "ignored", fault.object, exc_info=details)
