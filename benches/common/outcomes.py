"""Counts of recognised, missed and confused commands, with confidence intervals."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass

from scipy import stats

Z_95 = 1.959964


@dataclass(frozen=True, slots=True)
class Outcomes:
    """Counts of spoken commands that were recognised rightly, not at all, or as another command."""

    right: int = 0
    """Commands that were taken for one of the same intent."""
    missed: int = 0
    wrong: int = 0
    misnumbered: int = 0
    """Commands of the right intent, but with another number of minutes; also counted in `right`."""

    def __add__(self, other: Outcomes) -> Outcomes:
        return Outcomes(
            self.right + other.right,
            self.missed + other.missed,
            self.wrong + other.wrong,
            self.misnumbered + other.misnumbered,
        )

    @property
    def total(self) -> int:
        """Commands spoken."""
        return self.right + self.missed + self.wrong

    @property
    def counts(self) -> dict[str, int]:
        """The counts by name, to be written to a file."""
        return asdict(self)


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


def poisson_interval(count: int) -> tuple[float, float]:
    """95 % interval of the mean of a number of rare events, such as commands in an hour of other talk.

    F. Garwood, "Fiducial limits for the Poisson distribution", Biometrika 28 (1936).
    """
    low = stats.chi2.ppf(0.025, 2 * count) / 2 if count else 0.0
    return float(low), float(stats.chi2.ppf(0.975, 2 * count + 2) / 2)
