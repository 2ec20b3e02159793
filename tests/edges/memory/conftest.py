"""Disks for the tests of the memory."""

from __future__ import annotations

import os
import subprocess
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 64 kilobytes; making one takes root."""
    with _disk(tmp_path / "disk", kilobytes=64) as folder:
        yield folder


@pytest.fixture
def history_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 128 kilobytes, on which a history has just room; making one takes root."""
    with _disk(tmp_path / "disk", kilobytes=128) as folder:
        yield folder


@contextmanager
def _disk(folder: Path, kilobytes: int) -> Iterator[Path]:
    if os.geteuid() != 0:
        pytest.skip("mounting a small disk takes root")
    folder.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={kilobytes}k", "tmpfs", folder], check=True)
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", folder], check=True)
