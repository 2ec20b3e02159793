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


def look_at_disk(_circumstances: Circumstances) -> Finding:
    """See `judge`."""
    return judge([_try(name, path) for name, path in _folders().items()])


def judge(folders: list[Folder]) -> Finding:
    """Whether what the person did outlives a power cut. The coach coaches without a disk, too."""
    figures = {
        folder.name: {"path": str(folder.path), "free_mb": folder.free_mb, "sync_ms": folder.sync_ms}
        | ({"trouble": folder.trouble} if folder.trouble else {})
        for folder in folders
    }
    locked = [folder for folder in folders if folder.trouble]
    if locked:
        names = ", ".join(f"{folder.path} ({folder.trouble})" for folder in locked)
        meaning = f"Nothing can be written to {names}, so that what happens there is forgotten."
        paths = " ".join(f"'{folder.path}'" for folder in locked)
        return warning("disk", meaning, f"ls -ld {paths}; df {paths}", **figures)
    fullest = min(folders, key=lambda folder: folder.free_mb)
    if fullest.free_mb < _LEAST_FREE_MB:
        meaning = f"Only {fullest.free_mb} MB are free for {fullest.path}."
        return warning("disk", meaning, "sudo apt clean", **figures)
    slowest = max(folders, key=lambda folder: folder.sync_ms)
    if slowest.sync_ms > _SLOW_MS:
        meaning = f"The disk of {slowest.path} took {slowest.sync_ms:.0f} ms to make a change safe; answers come late."
        return warning("disk", meaning, "Use a faster SD card (class A2), or a USB disk.", **figures)
    return ok("disk", f"{fullest.free_mb:,} MB are free, a change is safe after {slowest.sync_ms:.0f} ms.", **figures)


def _folders() -> dict[str, Path]:
    from platformdirs import user_cache_path, user_config_path, user_log_path, user_state_path

    places = {"config": user_config_path, "state": user_state_path, "cache": user_cache_path, "log": user_log_path}
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
