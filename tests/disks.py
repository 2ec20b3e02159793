"""Disks that fail: real file systems of a few megabytes. Making one takes root, and loop devices for ext4."""

from __future__ import annotations

import errno
import os
import shutil
import subprocess
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

import pytest

from benches.power_cut.disk import shut_down

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_MEGABYTES = 24
_TOOLS = ("mkfs.ext4", "mount", "umount", "fsfreeze")


class Failure(Enum):
    """What becomes of a disk."""

    FULL = "full"
    READ_ONLY = "read-only"
    UNMOUNTED = "unmounted"
    SHUT_DOWN = "shut down"
    """Each access gives EIO from now on."""
    FROZEN = "frozen"
    """Each write waits, until it is thawed."""


@dataclass(frozen=True, slots=True)
class Disk:
    """A mounted file system."""

    folder: Path

    def fail(self, failure: Failure) -> None:
        """Let it fail from now on."""
        match failure:
            case Failure.FULL:
                fill(self.folder)
            case Failure.READ_ONLY:  # as the kernel does it after an error
                run("mount", "-o", "remount,abort", self.folder)
            case Failure.UNMOUNTED:
                run("umount", "--lazy", self.folder)
            case Failure.SHUT_DOWN:
                shut_down(self.folder)
            case Failure.FROZEN:
                run("fsfreeze", "--freeze", self.folder)

    def thaw(self) -> None:
        """Let writes go on."""
        run("fsfreeze", "--unfreeze", self.folder)


def fill(folder: Path) -> None:
    """Leave no byte free."""
    with (folder / "ballast").open("wb", buffering=0) as ballast:
        for size in (1 << 20, 4096, 512, 1):
            with suppress(OSError):
                while ballast.write(bytes(size)) == size:
                    pass
    try:
        (folder / "one more").write_bytes(b"!" * 4096)
    except OSError as error:
        assert error.errno == errno.ENOSPC  # noqa: PT017 - what else it may be is no full disk
    else:
        pytest.fail("the disk is not full")


@contextmanager
def ext4_disk(folder: Path) -> Iterator[Disk]:
    """A disk of 24 MB at `folder`, which is made; the test is skipped where it can't be."""
    needs_root()
    if missing := [tool for tool in _TOOLS if shutil.which(tool) is None]:
        pytest.skip(f"a disk of one's own takes {', '.join(missing)}")
    image = folder.with_suffix(".image")
    with image.open("wb") as file:
        file.truncate(_MEGABYTES * 1_000_000)
    run("mkfs.ext4", "-q", "-m", "0", image)
    folder.mkdir()
    mounted = subprocess.run(["mount", "-o", "loop", image, folder], capture_output=True, text=True, check=False)
    if mounted.returncode:
        pytest.skip(f"no loop device can be mounted here: {mounted.stderr.strip()}")
    with ExitStack() as undo:
        undo.callback(_discard, folder)
        yield Disk(folder)


def needs_root() -> None:
    """Skip the test where nothing can be mounted."""
    if os.geteuid() != 0:
        pytest.skip("mounting a disk takes root")


def run(*command: object) -> None:
    """Run a program that must not fail."""
    subprocess.run([str(part) for part in command], check=True, capture_output=True)


def _discard(folder: Path) -> None:
    for undo in (["fsfreeze", "--unfreeze"], ["umount", "--lazy"]):  # of which one may have been done
        subprocess.run([*undo, folder], check=False, capture_output=True)
