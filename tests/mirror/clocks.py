"""A clock that a test sets."""

from __future__ import annotations

from dataclasses import replace

from voice_coach.mirror.paired_devices import Instant

NOON = Instant("this boot", 1000.0, "2027-01-15")


class SetClock:
    """Says what it was set to."""

    def __init__(self) -> None:
        self.instant = NOON

    def __call__(self) -> Instant:
        """What it was set to."""
        return self.instant

    def set(self, seconds: float, *, boot: str = NOON.boot, day: str = NOON.day) -> None:
        """So many seconds after noon."""
        self.instant = replace(self.instant, boot=boot, seconds=NOON.seconds + seconds, day=day)
