"""Disks for the tests of the memory."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.memory.disks import Ext4, tmpfs

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(autouse=True)
def _patience_with_this_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    """Beside other tests a healthy disk may take seconds; the tests of slow disks say how slow is too slow."""
    monkeypatch.setattr("voice_coach.memory.session_store.PATIENCE_SECONDS", 60.0)
    monkeypatch.setattr("voice_coach.memory.session_store.SLOW_SECONDS", 60.0)
    monkeypatch.setattr("voice_coach.memory.session_store.OPENING_SECONDS", 60.0)
    monkeypatch.setattr("voice_coach.memory.history.history_writer.PATIENCE_SECONDS", 60.0)


@pytest.fixture
def small_disk(tmp_path: Path, processes: None) -> Iterator[Path]:
    """A file system of 64 kilobytes; making one takes root."""
    with tmpfs(tmp_path / "disk", kilobytes=64) as folder:
        yield folder


@pytest.fixture
def history_disk(tmp_path: Path, processes: None) -> Iterator[Path]:
    """A file system of 128 kilobytes, on which a history has just room; making one takes root."""
    with tmpfs(tmp_path / "disk", kilobytes=128) as folder:
        yield folder


@pytest.fixture
def ext4(tmp_path: Path, processes: None) -> Iterator[Ext4]:
    """An ext4 file system of eight megabytes; making one takes root."""
    disk = Ext4(tmp_path)
    yield disk
    disk.unmount()
