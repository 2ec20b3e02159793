"""Real file systems that fail: a full one, one that is shut down, one with a bad sector. Making one takes root."""

from __future__ import annotations

import fcntl
import os
import struct
import subprocess
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from benches.power_cut.disk import shut_down
from tests.disks import needs_root

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_BLOCK_OF_FILE = 1
"""FIBMAP: on which block of its disk a block of a file is."""
_BLOCK_BYTES = 1024


@contextmanager
def tmpfs(folder: Path, kilobytes: int) -> Iterator[Path]:
    """A file system in memory."""
    needs_root()
    folder.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={kilobytes}k", "tmpfs", folder], check=True)
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", folder], check=True)


class Ext4:
    """An ext4 file system in a file.

    Args:
        folder: where the file is, and where it is mounted.
    """

    def __init__(self, folder: Path) -> None:
        needs_root()
        self._image, self.folder = folder / "image", folder / "disk"
        self._lost = (0, b"")
        self._image.write_bytes(bytes(8_000 * _BLOCK_BYTES))
        self.folder.mkdir()
        subprocess.run(["mkfs.ext4", "-q", "-O", "^has_journal", "-b", str(_BLOCK_BYTES), self._image], check=True)
        self.mount()

    def mount(self) -> None:
        """Mount it."""
        if subprocess.run(["mount", "-o", "loop", self._image, self.folder], check=False).returncode:
            pytest.skip("no loop device can be had")

    def unmount(self) -> None:
        """Unmount it, whoever uses it still."""
        subprocess.run(["umount", "--lazy", self.folder], check=False, capture_output=True)

    def shut_down(self) -> None:
        """Let it fail as a card that is pulled out."""
        shut_down(self.folder)

    def write_last(self, name: str, content: bytes) -> None:
        """A file behind which nothing is on the disk, and before which there is room."""
        filler = self.folder / "filler"
        filler.write_bytes(bytes(4_000 * _BLOCK_BYTES))
        (self.folder / name).write_bytes(content)
        os.sync()
        filler.unlink()
        os.sync()

    def lose_sectors(self, name: str, after: int = 0) -> None:
        """Let the disk end before the blocks of a file, but for the first ones: reading it is EIO, and only that."""
        descriptor = os.open(self.folder / name, os.O_RDONLY)
        block = struct.pack("i", after)
        start = struct.unpack("i", fcntl.ioctl(descriptor, _BLOCK_OF_FILE, block))[0] * _BLOCK_BYTES
        self._lost = start, self._image.read_bytes()[start:]
        os.truncate(self._image, start)
        os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
        os.close(descriptor)

    def find_sectors(self) -> None:
        """Undo that."""
        start, content = self._lost
        with self._image.open("r+b") as image:
            image.seek(start)
            image.write(content)
