"""A disk whose power can be cut: an ext4 in a file, which loses whatever was not forced to it."""

from __future__ import annotations

import fcntl
import os
import shutil
import signal
import struct
import subprocess
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Self

from benches.crash.ends import count_by_life

if TYPE_CHECKING:
    from pathlib import Path
    from types import TracebackType


_SHUTDOWN = 0x8004587D
"""EXT4_IOC_SHUTDOWN of the kernel's fs/ext4/ext4.h."""
_WITHOUT_FLUSHING_THE_LOG = 2
_SIZE_BYTES = 128 << 20
_OPTIONS = "noauto_da_alloc,commit=3600"
"""Only what is forced to the disk may be there: the file system commits nothing by itself within an hour, and does not
guess that a file which takes another's place should be written (ext4(5))."""
_PATIENCE_SECONDS = 20.0
_LOOK_SECONDS = 0.005
_PROGRAMS = ("losetup", "mkfs.ext4", "mount", "umount")


def shut_down(folder: Path) -> None:
    """Let a mounted ext4 end as if its disk were pulled out: each access gives EIO, what was not forced to it is lost.

    Raises:
        OSError: it is no ext4, or we are not root.
    """
    disk = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.ioctl(disk, _SHUTDOWN, struct.pack("I", _WITHOUT_FLUSHING_THE_LOG))
    finally:
        os.close(disk)


class PowerCut:
    """An ext4 of its own that stops between two instructions, and comes back with what had been forced to the disk.

    Args:
        folder: an empty one.

    Raises:
        OSError: on entering, this machine cannot mount a file (see `why_not`).
    """

    def __init__(self, folder: Path) -> None:
        self._image, self._mounted = folder / "disk.img", folder / "disk"
        names = ("CACHE", "CONFIG", "DATA", "STATE")
        self.folders = {f"XDG_{name}_HOME": str(self._mounted / name.lower()) for name in names}
        self._device = ""
        self._life = ""

    def __enter__(self) -> Self:
        """Make it and mount it."""
        self._mounted.mkdir()
        with self._image.open("wb") as image:
            image.truncate(_SIZE_BYTES)
        _run("mkfs.ext4", "-q", "-F", str(self._image))
        # One loop device for all lives: with `mount -o loop` each mount attaches one and each umount detaches it, and
        # beside others that do the same, reads of the mounted disk have failed with EIO.
        self._device = _run("losetup", "--find", "--show", str(self._image))
        try:
            self._mount()
        except OSError:
            self._detach()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Unmount it, whoever is still there."""
        if os.path.ismount(self._mounted):
            _run("umount", "--lazy", str(self._mounted))
        self._detach()

    def strike(self, pid: int, life: str) -> bool:
        """See End: first the disk, then all processes of the coach."""
        self._life = life
        try:
            shut_down(self._mounted)
        finally:
            with suppress(ProcessLookupError):
                os.killpg(pid, signal.SIGKILL)
        return True

    def recover(self) -> None:
        """See End.

        Raises:
            OSError: somebody keeps it, or it cannot be mounted again.
        """
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while not self._let_go():
            if time.monotonic() > deadline:
                message = f"{count_by_life()[self._life]} processes of the coach still use {self._mounted}."
                raise OSError(message)
            time.sleep(_LOOK_SECONDS)
        self._mount()

    def _let_go(self) -> bool:
        """Unmount it, unless a process of the coach still closes its files."""
        if count_by_life()[self._life]:
            return False
        try:
            _run("umount", str(self._mounted))
        except OSError:
            return False
        return True

    def _detach(self) -> None:
        """Give the loop device back: at once, or when its last user has closed it."""
        _run("losetup", "--detach", self._device)

    def _mount(self) -> None:
        _run("mount", "-t", "ext4", "-o", _OPTIONS, self._device, str(self._mounted))


def why_not() -> str:
    """The reason why this machine cannot cut a disk's power; empty when it can."""
    if missing := [name for name in _PROGRAMS if shutil.which(name, path=_path()) is None]:
        return f"{missing[0]} is missing: apt install e2fsprogs mount"
    if os.geteuid() != 0:
        return "only root may mount a disk and cut it off: run it as root"
    return ""


def _path() -> str:
    return f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin"


def _run(*command: str) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False, env={"PATH": _path(), "LC_ALL": "C"})
    if done.returncode != 0:
        message = f"{' '.join(command)}: {done.stderr.strip()}"
        raise OSError(message)
    return done.stdout.strip()
