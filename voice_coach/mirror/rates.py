"""How often somebody may do something."""

from __future__ import annotations

import math
import time
from collections import OrderedDict
from http import HTTPStatus
from typing import TYPE_CHECKING

from voice_coach.mirror.answers import Refusal

if TYPE_CHECKING:
    from collections.abc import Callable

_MOST_KNOWN = 1024
"""So many are told apart; then who has not come for longest is forgotten."""


class Rates:
    """A bucket of tokens for each name: it fills steadily, and each time takes one.

    Args:
        per_second: how fast a bucket fills.
        burst: how many it holds.
        clock: monotonic seconds.
    """

    def __init__(self, per_second: float, burst: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._per_second = per_second
        self._burst = burst
        self._clock = clock
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()
        """By name: what is in it, and when that was."""

    def take(self, name: str) -> None:
        """Do it once more.

        Raises:
            Refusal: it is too early; it says for how long.
        """
        now = self._clock()
        level, then = self._buckets.pop(name, (self._burst, now))
        level = min(self._burst, level + (now - then) * self._per_second)
        is_full = level >= 1
        self._buckets[name] = (level - 1 if is_full else level, now)
        if len(self._buckets) > _MOST_KNOWN:
            self._buckets.popitem(last=False)
        if not is_full:
            seconds = math.ceil((1 - level) / self._per_second)
            raise too_fast(seconds)


def too_fast(seconds: float) -> Refusal:
    """The answer to who comes too early by so much."""
    wait = math.ceil(seconds)
    sentence = f"That was too often: wait {wait} second{'s' if wait != 1 else ''}."
    return Refusal(HTTPStatus.TOO_MANY_REQUESTS, sentence, {"retry-after": str(wait)})
