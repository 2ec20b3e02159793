"""The cache of speech on a disk that hangs or fails: sentences are rendered anew, at once."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

import numpy as np
import pytest

from tests.disks import Failure, ext4_disk
from tests.patience import patient
from voice_coach.mouth.speech_cache import PATIENCE_SECONDS, PatientCache, SpeechCache
from voice_coach.mouth.synthesizer_client import Speech

if TYPE_CHECKING:
    from collections.abc import Hashable
    from pathlib import Path

SPEECH = Speech(np.arange(8000, dtype=np.int16), 22_050)
KEY = ("a voice", 165, "Hello.")
MANY = 20
NOT_WAITED_SECONDS = MANY * PATIENCE_SECONDS / 2
"""For many sentences: one may be waited for, on a busy machine for longer than its patience."""


class _Kept(SpeechCache):
    """Tells when something has been kept."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.has_kept = threading.Event()

    def put(self, speech: Speech, *key: Hashable) -> None:
        super().put(speech, *key)
        self.has_kept.set()


def test_what_is_kept_is_there(tmp_path: Path) -> None:
    kept = _Kept(tmp_path)
    cache = PatientCache(kept)
    assert cache.get(*KEY) is None
    cache.put(SPEECH, *KEY)
    assert kept.has_kept.wait(patient(20))
    found = cache.get(*KEY)
    assert found is not None
    assert np.array_equal(found.samples, SPEECH.samples)
    cache.close()


@pytest.mark.usefixtures("processes")
def test_a_disk_that_hangs_is_waited_for_once_and_used_again_when_it_answers(tmp_path: Path) -> None:
    with ext4_disk(tmp_path / "disk") as disk:
        kept = _Kept(disk.folder / "speech")
        cache = PatientCache(kept)
        cache.put(SPEECH, *KEY)
        assert kept.has_kept.wait(patient(20))
        disk.fail(Failure.FROZEN)
        began = time.monotonic()
        for number in range(MANY):
            assert cache.get("another sentence", number) is None  # its use is noted on the disk, or it is to be made
            cache.put(SPEECH, "another sentence", number)
        assert time.monotonic() - began < NOT_WAITED_SECONDS
        disk.thaw()
        deadline = time.monotonic() + 20
        while cache.get(*KEY) is None:
            assert time.monotonic() < deadline
        cache.close()


@pytest.mark.usefixtures("processes")
@pytest.mark.parametrize("failure", [Failure.FULL, Failure.READ_ONLY, Failure.SHUT_DOWN])
def test_a_disk_that_fails_is_no_error(tmp_path: Path, failure: Failure) -> None:
    with ext4_disk(tmp_path / "disk") as disk:
        cache = PatientCache(SpeechCache(disk.folder / "speech"))
        disk.fail(failure)
        for number in range(3):
            cache.put(SPEECH, *KEY, number)
            cache.get(*KEY, number)
        cache.close()


def test_a_cache_that_is_broken_is_no_error(tmp_path: Path) -> None:
    class Broken(SpeechCache):
        def get(self, *_key: Hashable) -> Speech | None:
            raise ValueError

        def put(self, _speech: Speech, *_key: Hashable) -> None:
            raise ValueError

    cache = PatientCache(Broken(tmp_path))
    cache.put(SPEECH, *KEY)
    assert cache.get(*KEY) is None
    cache.close()
