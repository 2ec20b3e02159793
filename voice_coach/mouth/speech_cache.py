"""The cache of rendered sentences on the disk, and a front to it that never waits long for a slow disk."""

from __future__ import annotations

import contextlib
import gzip
import hashlib
import io
import json
import logging
import os
import tempfile
import wave
import zlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from platformdirs import user_cache_path

from voice_coach.mouth.synthesizer_client import Speech
from voice_coach.personal_file import read_bytes

if TYPE_CHECKING:
    from collections.abc import Hashable
    from concurrent.futures import Future


LARGEST_BYTES = 50_000_000
"""Bytes that all files together may have; beyond it, the least recently used files are removed."""
_FASTEST_GZIP = 1


class SpeechCache:
    """A folder of compressed WAV files, each named after a hash of everything that its sound depends on.

    The checksum of the gzip format reveals damaged files. Several coaches may share a folder, because each file appears
    as a whole or not at all. No error reaches the caller: a file that cannot be read counts as missing, and speech that
    cannot be written is not kept.

    Args:
        folder: the folder, which is made when first needed; None for the user's cache folder.
        largest_bytes: bytes that all files together may have.
    """

    def __init__(self, folder: Path | None = None, largest_bytes: int = LARGEST_BYTES) -> None:
        self._folder = user_cache_path("voice-coach") / "speech" if folder is None else folder
        self._largest_bytes = largest_bytes

    def get(self, *key: Hashable) -> Speech | None:
        """Return the speech that was kept under a key of texts and numbers; None if there is none."""
        path = self._path(key)
        try:
            speech = _unpack(read_bytes(path, self._largest_bytes))
        except FileNotFoundError:
            return None
        except (OSError, EOFError, zlib.error, wave.Error):
            with contextlib.suppress(OSError):
                path.unlink()  # damaged
            return None
        with contextlib.suppress(OSError):
            os.utime(path)  # recently used
        return speech

    def put(self, speech: Speech, *key: Hashable) -> None:
        """Keep speech under a key of everything that its sound depends on."""
        path = self._path(key)
        with contextlib.suppress(OSError):
            self._folder.mkdir(parents=True, exist_ok=True)
            with tempfile.NamedTemporaryFile(dir=self._folder, suffix=".part", delete=False) as file:
                temporary = Path(file.name)
                try:
                    file.write(_pack(speech))
                    file.flush()
                    temporary.replace(path)
                except OSError:
                    temporary.unlink()
                    raise
            self._forget_the_oldest()

    def _path(self, key: tuple[Hashable, ...]) -> Path:
        return self._folder / (hashlib.sha256(json.dumps(key).encode()).hexdigest() + ".wav.gz")

    def _forget_the_oldest(self) -> None:
        files = sorted(((entry.stat(), entry.path) for entry in os.scandir(self._folder)), key=lambda f: f[0].st_mtime)
        too_many = sum(stat.st_size for stat, _ in files) - self._largest_bytes
        for stat, path in files:
            if too_many <= 0:
                return
            Path(path).unlink(missing_ok=True)
            too_many -= stat.st_size


def _pack(speech: Speech) -> bytes:
    wav = io.BytesIO()
    with wave.open(wav, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(speech.rate)
        sound.writeframes(speech.samples.tobytes())
    return gzip.compress(wav.getvalue(), _FASTEST_GZIP)


def _unpack(data: bytes) -> Speech:
    with wave.open(io.BytesIO(gzip.decompress(data))) as sound:
        return Speech(np.frombuffer(sound.readframes(sound.getnframes()), np.int16), sound.getframerate())


PATIENCE_SECONDS = 0.3
"""Seconds that a sentence waits for the disk: reading one takes 1 ms, rendering one 11 to 110 ms on a PC."""

_log = logging.getLogger(__name__)


class PatientCache:
    """A front to a SpeechCache that never waits long and never raises. Implements Cache; for one thread.

    While one access to the disk takes longer than PATIENCE_SECONDS, `get` returns None and `put` keeps nothing.

    Args:
        cache: the cache on the disk.
    """

    def __init__(self, cache: SpeechCache) -> None:
        self._cache = cache
        self._disk = ThreadPoolExecutor(max_workers=1, thread_name_prefix="speech cache")
        self._last: Future[Any] | None = None
        self._is_stuck = False

    def get(self, *key: Hashable) -> Speech | None:
        """Return the speech kept under a key; None if there is none, or if the disk does not answer in time."""
        if self._is_hanging():
            return None
        self._last = reading = self._disk.submit(self._cache.get, *key)
        try:
            return reading.result(PATIENCE_SECONDS)
        except TimeoutError:
            self._is_stuck = True
            _log.warning("the cache of speech does not answer; sentences are rendered anew")
        except Exception:  # noqa: BLE001 - whatever it is, the sentence is rendered anew
            _log.exception("the cache of speech has failed")
        return None

    def put(self, speech: Speech, *key: Hashable) -> None:
        """Keep speech soon, unless the disk is busy."""
        if self._last is None or self._last.done():
            self._last = self._disk.submit(self._cache.put, speech, *key)

    def close(self) -> None:
        """Stop keeping speech; a write that has begun goes on by itself."""
        self._disk.shutdown(wait=False, cancel_futures=True)

    def _is_hanging(self) -> bool:
        self._is_stuck = self._is_stuck and self._last is not None and not self._last.done()
        return self._is_stuck
