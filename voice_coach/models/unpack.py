"""Unpack a model's archive: nothing outside its folder, no links, no more bytes than agreed, all or nothing."""

from __future__ import annotations

import shutil
import stat
import zipfile
import zlib
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


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
            members = [member for member in archive.infolist() if not member.is_dir()]
            _check(members, limit)
            for member in members:
                path = target.joinpath(*PurePosixPath(member.filename).parts[1:])
                path.parent.mkdir(parents=True, exist_ok=True)
                with archive.open(member) as source, path.open("xb") as copy:
                    shutil.copyfileobj(source, copy)
    except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, FileExistsError) as error:
        # RuntimeError: an encrypted member or (its subclass NotImplementedError) an unknown compression.
        message = f"is a damaged archive ({error})"
        raise ArchiveError(message) from error


def _check(members: list[zipfile.ZipInfo], limit: int) -> None:
    """Refuse a whole archive by its table of contents, before anything is written."""
    for member in members:
        path = PurePosixPath(member.filename)
        kind = stat.S_IFMT(member.external_attr >> 16)
        if path.is_absolute() or ".." in path.parts or "\\" in member.filename or ":" in path.parts[0]:
            message = f"holds a path that leads out of its folder ({member.filename!r})"
            raise ArchiveError(message)
        if kind not in {0, stat.S_IFREG}:
            message = f"holds something that is no file ({member.filename!r})"
            raise ArchiveError(message)
    # zipfile reads no more of a member than this size, so the sum holds whatever the data expand to.
    if (total := sum(member.file_size for member in members)) > limit:
        message = f"would unpack to {total:,} bytes, more than the {limit:,} agreed"
        raise ArchiveError(message)
    if len({PurePosixPath(member.filename).parts[0] for member in members}) != 1 or any(
        len(PurePosixPath(member.filename).parts) == 1 for member in members
    ):
        message = "does not hold exactly one folder"
        raise ArchiveError(message)
