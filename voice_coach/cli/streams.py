"""Standard streams: what a full or closed output means.

A shell may close them (`>&-`), or lead them onto a full disk, to a reader that goes away, or to one that does not wait
for us. Without this, the next file that is opened would become standard output; what fails only when the last bytes are
flushed would end with a traceback or with status 0; and nobody could tell a failure of standard output from others.
"""

from __future__ import annotations

import errno
import io
import os
import re
import select
import sys
import threading
from contextlib import suppress
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer


_PATIENCE_SECONDS = 2.0
"""Seconds to wait, at the end, for a reader that does not read."""
_OUTPUT, _ERROR = 1, 2
_REMEDIES = {
    errno.EBADF: "let it go somewhere, even to /dev/null",
    errno.ENOSPC: "make room there, or let it go elsewhere",
    errno.EDQUOT: "make room there, or let it go elsewhere",
    errno.EFBIG: "let it go to another file",
}
_SIZES = {"COLUMNS": range(20, 1001), "LINES": range(5, 1001)}
"""Columns and lines of screens on which the coach can be read; wider ones need not be filled."""
_WORDS = {errno.EBADF: "it is closed"}


class _Output(io.FileIO):
    """Bytes to standard output. It remembers the first failure, also when whoever wrote takes no notice of it."""

    failure: OSError | None = None

    def write(self, data: ReadableBuffer, /) -> int:
        """Write some of the data, waiting where another program at this pipe has asked not to."""
        try:
            while (written := super().write(data)) is None:
                select.select([], [self], [])
        except OSError as error:
            self.failure = self.failure or error
            raise
        return written


class _Error(io.FileIO):
    """Bytes to standard error. What cannot be written there cannot be told anywhere, so it never fails, nor waits long.

    A pipe that has room takes PIPE_BUF bytes without waiting (pipe(7)).
    """

    _is_stuck = False

    def write(self, data: ReadableBuffer, /) -> int:
        """Write some of the data, or drop it."""
        some = memoryview(data).cast("B")[: select.PIPE_BUF]
        with suppress(OSError):
            patience = 0.0 if self._is_stuck else _PATIENCE_SECONDS
            _, ready, _ = select.select([], [self], [], patience)
            self._is_stuck = not ready
            if ready and (written := super().write(some)) is not None:
                return written
        return len(some)


class StandardOutput:
    """The standard output, which knows whether everything written to it has arrived."""

    def __init__(self) -> None:
        self._bytes = _Output(_OUTPUT, "w", closefd=False)
        self.text = _as_text(self._bytes, sys.stdout, by_line=self._bytes.isatty())
        """The text stream that replaces `sys.stdout`."""
        self._is_stuck = False

    @property
    def failure(self) -> OSError | None:
        """The first error of writing."""
        return self._bytes.failure

    @property
    def complaint(self) -> str:
        """Say in one sentence what went wrong and what helps; empty if nothing did, or if just the reader has gone."""
        if self._is_stuck:
            return "standard output cannot be written (nobody reads it): let it go elsewhere."
        if self.failure is None or isinstance(self.failure, BrokenPipeError):
            return ""
        number = self.failure.errno or 0
        reason, remedy = _WORDS.get(number, self.failure.strerror), _REMEDIES.get(number, "let it go elsewhere")
        return f"standard output cannot be written ({reason}): {remedy}."

    def finish(self) -> bool:
        """Write what is left; whether all of it, since the beginning, has arrived.

        When it has not, nothing is left over for the interpreter's end, which would complain once more.
        """
        flushing = threading.Thread(target=self._flush, name="last bytes", daemon=True)
        flushing.start()
        flushing.join(_PATIENCE_SECONDS)
        self._is_stuck = flushing.is_alive()
        if self.failure is None:
            return not self._is_stuck
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, _OUTPUT)
        os.close(nowhere)
        return False

    def _flush(self) -> None:
        with suppress(OSError, ValueError):  # OSError is remembered; ValueError: somebody has closed it
            self.text.flush()


def take_standard_streams() -> StandardOutput:
    """Open those that are closed, and replace `sys.stdout` and `sys.stderr` by streams that fail as they should.

    A size that no screen has is taken out of the environment.
    """
    _open_what_is_closed()
    _forget_impossible_size()
    output = StandardOutput()
    sys.stdout = output.text
    sys.stderr = error_stream(_ERROR, sys.stderr)
    if sys.stdin is None:  # it was closed: nothing can be read
        sys.stdin = open(0, encoding="utf-8", closefd=False)  # noqa: SIM115 - a descriptor, open till the end
    return output


def error_stream(descriptor: int, like: TextIO | None) -> TextIO:
    """A text stream for complaints that never raises.

    Args:
        descriptor: Descriptor of a file that stays open.
        like: A stream with the encoding that it gets.
    """
    return _as_text(_Error(descriptor, "w", closefd=False), like, by_line=True)


def _open_what_is_closed() -> None:
    """So that no other file gets the number of a standard stream. A closed output still cannot be written."""
    for descriptor in (0, _OUTPUT, _ERROR):
        try:
            os.fstat(descriptor)
        except OSError:
            os.open(os.devnull, os.O_RDONLY)  # the lowest free number; for output, reading only: see above


def _forget_impossible_size() -> None:
    """Take COLUMNS and LINES away where no screen is so large: with none of them, nothing would be drawn.

    Without them the terminal is asked, and 80 by 24 is taken for one that does not know, such as a serial console.
    """
    for name, sizes in _SIZES.items():
        said = os.environ.get(name, "")
        if not (re.fullmatch("[0-9]{1,4}", said) and int(said) in sizes):
            os.environ.pop(name, None)


def _as_text(raw: io.FileIO, like: TextIO | None, *, by_line: bool) -> TextIO:
    return io.TextIOWrapper(
        io.BufferedWriter(raw),
        encoding=like.encoding if like else "utf-8",
        errors="backslashreplace",
        line_buffering=by_line,
        write_through=bool(os.environ.get("PYTHONUNBUFFERED")),
    )
