"""Reads files that a person has put into a folder: never a huge one, and never a pipe or device that would block."""

from __future__ import annotations

import errno
import os
import stat
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from io import BufferedReader
    from pathlib import Path

    from voice_coach.schema import Mistake

MOST_BYTES = 100_000
"""Bytes that a file may have; a text that a person writes for the coach is smaller."""
MOST_TOLD = 30
"""Mistakes of one file that are told at a time."""
_LONGEST_SENTENCE = 500
"""Characters of one mistake that are told: it may quote an unknown name that is as long as the file."""
_FLAGS = os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC
_KINDS = (
    (stat.S_ISFIFO, "a pipe"),
    (stat.S_ISSOCK, "a socket"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
)
_UNIT = 1_000


class UnfitFileError(OSError):
    """The file at a path is too large, or is no regular file; `strerror` says which, in a few words."""


class NoTextError(ValueError):
    """A file is not UTF-8 text.

    Args:
        line: the line of the first byte that is not UTF-8, from 1.
    """

    def __init__(self, line: int) -> None:
        super().__init__(f"not UTF-8 text (line {line})")
        self.line = line


@contextmanager
def open_regular(path: Path) -> Iterator[BufferedReader]:
    """Open a regular file, or a link to one, to read it. Nothing else is opened: reading a pipe could wait for ever.

    Raises:
        UnfitFileError: it is something else, such as a pipe or a device.
        OSError: it does not exist, is a folder, or cannot be opened.
        ValueError: the path has a character that no path can have.
    """
    _demand_regular(path.stat())  # before it is opened: opening a device may have effects
    with os.fdopen(os.open(path, _FLAGS), "rb") as file:
        _demand_regular(os.fstat(file.fileno()))  # again: it may have been replaced since
        yield file


def read_bytes(path: Path, most: int = MOST_BYTES) -> bytes:
    """Read a whole file.

    Args:
        path: the path of a regular file, or of a link to one.
        most: bytes that the file may have.

    Raises:
        UnfitFileError: it is larger, or is no regular file.
        OSError: it does not exist, is a folder, or cannot be read.
        ValueError: the path has a character that no path can have.
    """
    with open_regular(path) as file:
        size = os.fstat(file.fileno()).st_size
        content = b"" if size > most else file.read(most + 1)
    if max(size, len(content)) > most:
        raise UnfitFileError(errno.EFBIG, f"it is larger than {most // _UNIT} kB")
    return content


def read_text(path: Path, most: int = MOST_BYTES) -> str:
    r"""Read a whole file as text; every line of the result ends with `\n`.

    Args:
        path: the path of a regular file, or of a link to one.
        most: bytes that the file may have.

    Raises:
        NoTextError: it is not UTF-8.
        UnfitFileError: it is larger, or is no regular file.
        OSError: it does not exist, is a folder, or cannot be read.
        ValueError: the path has a character that no path can have, or the file is not UTF-8 (NoTextError).
    """
    return as_text(read_bytes(path, most))


def as_text(content: bytes) -> str:
    r"""Decode the content of a file as UTF-8, without a byte order mark and with `\n` at the end of lines.

    Raises:
        NoTextError: it is not UTF-8.
    """
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise NoTextError(error.object[: error.start].count(b"\n") + 1) from error
    return text.replace("\r\n", "\n").replace("\r", "\n")


def complaint(path: Path, mistakes: Sequence[Mistake], remedy: str, *, are_all: bool = True) -> str:
    """Return a text that lists the mistakes of a file, a line for each, in the order of the file.

    Args:
        path: the path of the file.
        mistakes: the mistakes, each with its line; mistakes of the file as a whole have line 0.
        remedy: the last line of the text: a sentence that says what to do.
        are_all: whether these are all mistakes of the file.
    """
    count = ("a" if are_all else "one") + " mistake" if len(mistakes) == 1 else f"{len(mistakes)} mistakes"
    in_order = sorted((one.line, _short(one.sentence_with_table)) for one in mistakes)[:MOST_TOLD]
    told = [f"  line {line}: {sentence}" if line else f"  {sentence}" for line, sentence in in_order]
    if len(mistakes) > MOST_TOLD:
        told.append(f"  and {len(mistakes) - MOST_TOLD} more")
    return "\n".join([f"{path} has {'' if are_all else 'at least '}{count}:", *told, remedy])


def _short(sentence: str) -> str:
    return sentence if len(sentence) <= _LONGEST_SENTENCE else f"{sentence[:_LONGEST_SENTENCE]} ..."


def _demand_regular(found: os.stat_result) -> None:
    if stat.S_ISREG(found.st_mode):
        return
    if stat.S_ISDIR(found.st_mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
    kind = next((name for is_kind, name in _KINDS if is_kind(found.st_mode)), "something else")
    raise UnfitFileError(errno.EINVAL, f"it is {kind}, no file")
