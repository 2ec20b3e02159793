"""The cache of speech in a thread of its own: rendering a sentence anew takes less time than waiting for a bad disk."""

from __future__ import annotations

import logging
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Hashable
    from concurrent.futures import Future

    from voice_coach.mouth.cache import SpeechCache
    from voice_coach.mouth.synthesizer_client import Speech

PATIENCE_SECONDS = 0.3
"""How long a sentence waits for the disk: reading one takes 1 ms, rendering one 11 to 110 ms on a PC."""

_log = logging.getLogger(__name__)


class PatientCache:
    """A SpeechCache that keeps nobody waiting and never raises. Fulfils Cache; for one thread.

    While the disk is busy with one thing for longer than PATIENCE_SECONDS, nothing is there and nothing is kept.

    Args:
        cache: the one on the disk.
    """

    def __init__(self, cache: SpeechCache) -> None:
        self._cache = cache
        self._disk = ThreadPoolExecutor(max_workers=1, thread_name_prefix="speech cache")
        self._last: Future[Any] | None = None
        self._is_stuck = False

    def get(self, *key: Hashable) -> Speech | None:
        """What is kept under a key; None also when the disk does not say so in time."""
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
        """Keep nothing any more; what is being kept is left to itself."""
        self._disk.shutdown(wait=False, cancel_futures=True)

    def _is_hanging(self) -> bool:
        self._is_stuck = self._is_stuck and self._last is not None and not self._last.done()
        return self._is_stuck
