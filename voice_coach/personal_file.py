"""The one way to read a file that a person has put there: whatever it is, the answer comes soon and is small."""

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
"""A text that a person writes for the coach is smaller; what is larger is none."""
MOST_TOLD = 30
"""Mistakes that are told of one file: nobody mends more at a time."""
_LONGEST_SENTENCE = 500
"""Characters of a mistake: a name that the file has and nobody knows may be as long as the file."""
_FLAGS = os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC
_KINDS = (
    (stat.S_ISFIFO, "a pipe"),
    (stat.S_ISSOCK, "a socket"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
)
_UNIT = 1_000


class UnfitFileError(OSError):
    """A path leads to something that is not read; `strerror` says what, in a few words."""


class NoTextError(ValueError):
    """A file is not UTF-8.

    Args:
        line: on which the first byte is that makes it none, from 1.
    """

    def __init__(self, line: int) -> None:
        super().__init__(f"not UTF-8 text (line {line})")
        self.line = line


@contextmanager
def open_regular(path: Path) -> Iterator[BufferedReader]:
    """Open a regular file, or a link to one, to read it. Nothing else is opened: a pipe would wait for ever.

    Raises:
        UnfitFileError: it is something else.
        OSError: it is not there, or cannot be opened.
        ValueError: no path can be so.
    """
    _demand_regular(path.stat())  # before it is opened: to open a device may do something
    with os.fdopen(os.open(path, _FLAGS), "rb") as file:
        _demand_regular(os.fstat(file.fileno()))  # and it may have been another one since
        yield file


def read_bytes(path: Path, most: int = MOST_BYTES) -> bytes:
    """Read a whole file.

    Args:
        path: of a regular file, or of a link to one.
        most: bytes that it may have; never more are read.

    Raises:
        UnfitFileError: it is larger, or no file.
        OSError: it is not there, or cannot be read.
        ValueError: no path can be so.
    """
    with open_regular(path) as file:
        size = os.fstat(file.fileno()).st_size
        content = b"" if size > most else file.read(most + 1)
    if max(size, len(content)) > most:
        raise UnfitFileError(errno.EFBIG, f"it is larger than {most // _UNIT} kB")
    return content


def read_text(path: Path, most: int = MOST_BYTES) -> str:
    """Read a whole file as text, whatever ends its lines.

    Raises:
        NoTextError: it is not UTF-8.
        UnfitFileError: it is larger, or no file.
        OSError: it is not there, or cannot be read.
        ValueError: no path can be so.
    """
    return as_text(read_bytes(path, most))


def as_text(content: bytes) -> str:
    """The text of a file, without its byte order mark.

    Raises:
        NoTextError: it is not UTF-8.
    """
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise NoTextError(error.object[: error.start].count(b"\n") + 1) from error
    return text.replace("\r\n", "\n").replace("\r", "\n")


def complaint(path: Path, mistakes: Sequence[Mistake], remedy: str, *, are_all: bool = True) -> str:
    """Tell what is wrong in a file, a line for each mistake, in the order of the file.

    Args:
        path: of the file.
        mistakes: each with its line; those of the file as a whole stand on line 0.
        remedy: what to do about it, a sentence.
        are_all: whether these are all that there are.
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
