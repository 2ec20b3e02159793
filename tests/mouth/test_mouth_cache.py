from __future__ import annotations

import os
from typing import TYPE_CHECKING

import numpy as np
import pytest

from voice_coach.mouth.speech_cache import SpeechCache
from voice_coach.mouth.synthesizer_client import Speech

if TYPE_CHECKING:
    from pathlib import Path

NOISE = Speech(np.random.default_rng(7).integers(-9000, 9000, 5000).astype(np.int16), 22_050)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "not" / "there" / "yet"


@pytest.fixture
def cache(folder: Path) -> SpeechCache:
    return SpeechCache(folder)


def only_file(folder: Path) -> Path:
    (path,) = folder.iterdir()
    return path


def test_what_was_put_is_got_again_by_another_coach(cache: SpeechCache, folder: Path) -> None:
    cache.put(NOISE, "a voice", 165, "Hello.")
    kept = SpeechCache(folder).get("a voice", 165, "Hello.")
    assert kept is not None
    assert kept.rate == NOISE.rate
    assert np.array_equal(kept.samples, NOISE.samples)


@pytest.mark.parametrize("other", [("another voice", 165, "Hello."), ("a voice", 166, "Hello."), ("a voice", 165, "")])
def test_everything_in_the_key_counts(cache: SpeechCache, other: tuple[str, int, str]) -> None:
    cache.put(NOISE, "a voice", 165, "Hello.")
    assert cache.get(*other) is None


@pytest.mark.parametrize("position", [0, 2, 10, 500, 5000, -1])  # from 4 to 9 the gzip header has what is not sound
def test_a_damaged_file_is_not_there_and_makes_room(cache: SpeechCache, folder: Path, position: int) -> None:
    cache.put(NOISE, "key")
    data = bytearray(only_file(folder).read_bytes())
    data[position] ^= 0xFF
    only_file(folder).write_bytes(data)
    assert cache.get("key") is None
    cache.put(NOISE, "key")
    assert cache.get("key") is not None


@pytest.mark.parametrize("length", [0, 1, 20, 5000])
def test_a_truncated_file_is_not_there(cache: SpeechCache, folder: Path, length: int) -> None:
    cache.put(NOISE, "key")
    os.truncate(only_file(folder), length)
    assert cache.get("key") is None
    assert not list(folder.iterdir())


def test_the_least_recently_used_go_when_there_are_too_many(folder: Path) -> None:
    size = 9500  # bytes of our noise, nearly incompressible
    cache = SpeechCache(folder, largest_bytes=3 * size + size // 2)
    for age, name in enumerate(("first", "second", "third")):
        cache.put(NOISE, name)
        newest = max(folder.iterdir(), key=lambda path: path.stat().st_mtime_ns)
        os.utime(newest, (1000.0 + age, 1000.0 + age))
    assert cache.get("first") is not None  # used now, so the second is the oldest
    cache.put(NOISE, "fourth")
    assert [cache.get(name) is not None for name in ("first", "second", "third", "fourth")] == [True, False, True, True]


def test_a_folder_that_cannot_be_written_is_harmless(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    cache = SpeechCache(tmp_path / "file" / "folder")
    cache.put(NOISE, "key")
    assert cache.get("key") is None


def test_a_full_disk_leaves_no_half_file(cache: SpeechCache, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("pathlib.Path.replace", fail)
    cache.put(NOISE, "key")
    assert not list(folder.iterdir())
