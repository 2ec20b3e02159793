"""Counts of what became of commands and of other sounds, with how far the counts can be trusted."""

from __future__ import annotations

import math
from dataclasses import dataclass

Z_95 = 1.959964


@dataclass(frozen=True, slots=True)
class Outcomes:
    """Of commands spoken: how many were taken rightly, not at all, or as another command."""

    right: int = 0
    missed: int = 0
    wrong: int = 0

    def __add__(self, other: Outcomes) -> Outcomes:
        return Outcomes(self.right + other.right, self.missed + other.missed, self.wrong + other.wrong)

    @property
    def total(self) -> int:
        """Commands spoken."""
        return self.right + self.missed + self.wrong


@dataclass(frozen=True, slots=True)
class FalseCommands:
    """Of sounds that hold no command: what was taken as one."""

    texts: tuple[str, ...] = ()
    seconds: float = 0.0

    def __add__(self, other: FalseCommands) -> FalseCommands:
        return FalseCommands(self.texts + other.texts, self.seconds + other.seconds)

    @property
    def per_hour(self) -> float:
        """At this rate, how many in an hour."""
        return len(self.texts) / self.seconds * 3600 if self.seconds else math.nan


def wilson_interval(count: int, total: int) -> tuple[float, float]:
    """95 % interval of a share, in 0...1.

    E. B. Wilson, "Probable inference, the law of succession, and statistical inference", JASA 22 (1927).
    """
    if total == 0:
        return 0.0, 1.0
    share, spread = count / total, Z_95**2 / total
    middle = (share + spread / 2) / (1 + spread)
    half = Z_95 * math.sqrt((share * (1 - share) + spread / 4) / total) / (1 + spread)
    return max(0.0, middle - half), min(1.0, middle + half)
