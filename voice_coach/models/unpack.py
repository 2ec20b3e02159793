"""Unpack a model's archive: nothing outside its folder, no links, no more bytes than agreed, all or nothing."""

from __future__ import annotations

import errno
import shutil
import stat
import struct
import zipfile
import zlib
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


_MOST_FILES = 1000
_LONGEST_PATH = 255
"""Bytes: a file system takes no longer name."""
_LONGEST_SHOWN = 60
_DAMAGE = (
    zipfile.BadZipFile, zlib.error, EOFError, struct.error,
    RuntimeError,  # an encrypted member or (its subclass NotImplementedError) one of another version
    ValueError, OverflowError,  # names that are no text, places before the beginning
    FileExistsError, NotADirectoryError, IsADirectoryError,  # a file twice, or within another
)  # fmt: skip


class ArchiveError(Exception):
    """The archive is not fit to be unpacked; its text says why, as the end of a sentence."""


def unpack(archive_path: Path, target: Path, *, limit: int) -> None:
    """Unpack the one folder that an archive holds as `target`.

    Args:
        archive_path: a zip archive.
        target: the new folder; its parent exists, it does not.
        limit: bytes that the files may have together.

    Raises:
        ArchiveError: it is damaged, holds no single folder, too many bytes, or a name that leads elsewhere.
        OSError: a file cannot be written.
    """
    try:
        with zipfile.ZipFile(archive_path) as archive:
            members = [member for member in archive.infolist() if not member.filename.endswith("/")]
            _check(members, limit)
            for member in members:
                path = target.joinpath(*PurePosixPath(member.filename).parts[1:])
                path.parent.mkdir(parents=True, exist_ok=True)
                with archive.open(member) as source, path.open("xb") as copy:
                    shutil.copyfileobj(source, copy)
    except _DAMAGE as error:
        raise _damaged(error) from error
    except OSError as error:
        if error.errno == errno.EINVAL:  # a place before the beginning, again
            raise _damaged(error) from error
        raise


def _damaged(error: Exception) -> ArchiveError:
    words = " ".join(str(error).split())  # without the line breaks that a name may have
    return ArchiveError(f"is a damaged archive ({_shown(words)})")


def _check(members: list[zipfile.ZipInfo], limit: int) -> None:
    """Refuse a whole archive by its table of contents, before anything is written."""
    if len(members) > _MOST_FILES:
        message = f"holds more than {_MOST_FILES:,} files"
        raise ArchiveError(message)
    for member in members:
        if fault := _fault(member):
            message = f"{fault} ({_shown(member.filename)})"
            raise ArchiveError(message)
    # zipfile reads no more of a member than this size, so the sum holds whatever the data expand to.
    if (total := sum(member.file_size for member in members)) > limit:
        message = f"would unpack to {total:,} bytes, more than the {limit:,} agreed"
        raise ArchiveError(message)
    places = [PurePosixPath(member.filename).parts for member in members]
    if len({parts[0] for parts in places}) != 1 or any(len(parts) == 1 for parts in places):
        message = "does not hold exactly one folder"
        raise ArchiveError(message)


def _fault(member: zipfile.ZipInfo) -> str:
    """Why a file is not unpacked; empty when it may be."""
    path = PurePosixPath(member.filename)
    if not path.parts:
        return "holds a file without a name"
    if path.is_absolute() or ".." in path.parts or "\\" in member.filename or ":" in path.parts[0]:
        return "holds a path that leads out of its folder"
    if len(member.filename.encode(errors="replace")) > _LONGEST_PATH or not member.filename.isprintable():
        return "holds a path that no model has"
    if stat.S_IFMT(member.external_attr >> 16) not in {0, stat.S_IFREG}:
        return "holds something that is no file"
    if member.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:
        return "holds a file in a compression that no model has"
    return ""


def _shown(name: str) -> str:
    """A name that an archive chose, so that it does no harm to a terminal."""
    shown = ascii(name)
    return shown if len(shown) <= _LONGEST_SHOWN else f"{shown[:_LONGEST_SHOWN]}...'"
