"""The folders that the coach writes to."""

from __future__ import annotations

import os
import tempfile
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from voice_coach.doctor.finding import ok, warning

if TYPE_CHECKING:
    from pathlib import Path

    from voice_coach.core.sentences import Sentences
    from voice_coach.doctor.finding import Circumstances, Finding

_LEAST_FREE_MB = 100
"""The cache of sentences may grow to 50 MB, the log to 1 MB."""
_SLOW_MS = 100.0
"""Every change of the session is on the disk before its answer is spoken."""
_RECORD_BYTES = 4096


@dataclass(frozen=True, slots=True)
class Folder:
    """What became of a trial to write."""

    name: str
    path: Path
    """The folder, or where it would be made."""
    trouble: str = ""
    """Why nothing can be written there; empty when it can."""
    free_mb: int = 0
    sync_ms: float = 0.0
    """How long it takes until a few kilobytes are safe."""


def look_at_disk(circumstances: Circumstances) -> Finding:
    """See `judge`."""
    return judge([_try(name, path) for name, path in _folders().items()], circumstances.texts)


def judge(folders: list[Folder], texts: Sentences) -> Finding:
    """Whether what the person did outlives a power cut. The coach coaches without a disk, too.

    Args:
        folders: each tried.
        texts: what the doctor says.
    """
    figures = {
        folder.name: {"path": str(folder.path), "free_mb": folder.free_mb, "sync_ms": folder.sync_ms}
        | ({"trouble": folder.trouble} if folder.trouble else {})
        for folder in folders
    }
    locked = [folder for folder in folders if folder.trouble]
    if locked:
        names = ", ".join(f"{folder.path} ({folder.trouble})" for folder in locked)
        meaning = texts.say("disk.locked", folders=names)
        paths = " ".join(f"'{folder.path}'" for folder in locked)
        return warning("disk", meaning, f"ls -ld {paths}; df {paths}", **figures)
    fullest = min(folders, key=lambda folder: folder.free_mb)
    if fullest.free_mb < _LEAST_FREE_MB:
        meaning = texts.say("disk.full", free=fullest.free_mb, folder=fullest.path)
        return warning("disk", meaning, "sudo apt clean", **figures)
    slowest = max(folders, key=lambda folder: folder.sync_ms)
    milliseconds = f"{slowest.sync_ms:.0f}"
    if slowest.sync_ms > _SLOW_MS:
        meaning = texts.say("disk.slow", folder=slowest.path, milliseconds=milliseconds)
        return warning("disk", meaning, texts.say("disk.get_faster"), **figures)
    return ok("disk", texts.say("disk.fine", free=f"{fullest.free_mb:,}", milliseconds=milliseconds), **figures)


def _folders() -> dict[str, Path]:
    from platformdirs import user_cache_path, user_config_path, user_data_path, user_log_path, user_state_path

    places = {
        "config": user_config_path,
        "state": user_state_path,
        "data": user_data_path,
        "cache": user_cache_path,
        "log": user_log_path,
    }
    return {name: place("voice-coach") for name, place in places.items()}


def _try(name: str, path: Path) -> Folder:
    """Write into a folder, or the nearest one that there is above it, what vanishes by itself."""
    existing = next(folder for folder in (path, *path.parents) if folder.exists())
    try:
        with tempfile.TemporaryFile(dir=existing) as file:
            file.write(bytes(_RECORD_BYTES))
            file.flush()
            began = time.monotonic()
            os.fsync(file.fileno())
            seconds = time.monotonic() - began
        free = os.statvfs(existing)
    except OSError as error:
        return Folder(name, path, trouble=error.strerror or str(error))
    return Folder(name, path, free_mb=free.f_bavail * free.f_frsize // 1_000_000, sync_ms=round(seconds * 1000, 1))
