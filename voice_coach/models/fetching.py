"""Fetch a model: download, verify, unpack, put in place. May be broken off at any moment and begun again."""

from __future__ import annotations

import errno
import fcntl
import os
import shutil
from contextlib import contextmanager
from typing import TYPE_CHECKING

from voice_coach.errors import ModelError
from voice_coach.models.catalogue import Model, find_model, load_catalogue
from voice_coach.models.download import Partial, download, is_genuine
from voice_coach.models.http_answer import MirrorError
from voice_coach.models.places import find_unpacked, folder_for_downloads
from voice_coach.models.seal import verify, write_seal
from voice_coach.models.unpack import ArchiveError, unpack

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


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
