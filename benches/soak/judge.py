"""From the samples of a soak to figures, and from figures to faults, a sentence each. Pure."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from statistics import median
from typing import TYPE_CHECKING, Any

from scipy import stats

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from benches.soak.life import Tally
    from benches.soak.watch import Sample, Stock


MOST_GROWTH_MB = 2.0
"""The most by which memory may grow after the warm-up, in MB."""
MOST_MISSED_SHARE = 0.03
"""The largest share of the given commands that may have to be repeated."""
LONGEST_WARM_UP_SECONDS = 600.0
"""Seconds until the mouth's cache of speech is full, whatever the person asks for."""
MOST_KEPT_MB = 5.0
"""The most MB in the folder of the coach's state at any time; a journal that is compacted stays far below."""
_WARM_UP_SHARE = 0.5
_TENTH = 0.1
_FEWEST_SAMPLES = 4
_MOST_NAMED = 5
MB = 1e6


@dataclass(frozen=True, slots=True)
class Growth:
    """The growth of a series after the warm-up."""

    by_medians: float
    """Median of the last tenth less that of the first tenth."""
    by_slope: float
    """The fitted line's rise over the whole time.

    The median of all pairs' slopes: P. K. Sen, "Estimates of the regression coefficient based on Kendall's tau",
    Journal of the American Statistical Association 63 (1968).
    """
    an_hour: float
    """The fitted line's rise in an hour."""


def warm_up_seconds(seconds: float) -> float:
    """Seconds at the beginning of a run that do not count: ten minutes, or half of a shorter run."""
    return min(LONGEST_WARM_UP_SECONDS, _WARM_UP_SHARE * seconds)


def growth(at: Sequence[float], values: Sequence[float]) -> Growth:
    """How values grew with time; no growth can be told from fewer than four.

    Args:
        at: seconds, ascending.
        values: of the same length.
    """
    if len(at) < _FEWEST_SAMPLES:
        return Growth(0.0, 0.0, 0.0)
    tenth = max(1, round(_TENTH * len(values)))
    slope = float(stats.theilslopes(values, at).slope)
    return Growth(
        by_medians=median(values[-tenth:]) - median(values[:tenth]),
        by_slope=slope * (at[-1] - at[0]),
        an_hour=slope * 3600.0,
    )


def figures(samples: Sequence[Sample], stocks: Sequence[Stock]) -> dict[str, Any]:
    """The figures of the samples after the warm-up."""
    warm_up = warm_up_seconds(samples[-1].at) if samples else 0.0
    warm = [sample for sample in samples if sample.at >= warm_up]
    if len(warm) < _FEWEST_SAMPLES:
        return {"seconds": round(samples[-1].at, 1) if samples else 0.0, "samples": len(samples)}
    span = warm[-1].at - warm[0].at
    used = warm[-1].usage.processor_seconds - warm[0].usage.processor_seconds
    return {
        "seconds": round(samples[-1].at, 1),
        "warm_up_seconds": round(warm_up, 1),
        "samples": len(samples),
        "memory_mb": _memory(warm, lambda sample: sample.usage.anonymous_bytes),
        "pss_mb": _memory(warm, lambda sample: sample.usage.pss_bytes),
        "rss_mb": _memory(warm, lambda sample: sample.usage.rss_bytes),
        "processes": _range([sample.usage.processes for sample in warm]),
        "threads": _range([sample.usage.threads for sample in warm]),
        "descriptors": _range([sample.usage.descriptors for sample in warm]),
        "processor_percent": round(100 * used / span, 1),
        "kept_mb": {name: _kept(samples, name) for name in samples[-1].folder_bytes},
        "stocks": len(stocks),
        "stock_changes": stock_changes(stocks, warm_up),
    }


def stock_changes(stocks: Sequence[Stock], warm_up: float) -> list[str]:
    """Changes of the counts in the quiet moments after the warm-up, against the first of them."""
    warm = [stock for stock in stocks if stock.at >= warm_up]
    changes = []
    for stock in warm[1:]:
        more, less = stock.kinds - warm[0].kinds, warm[0].kinds - stock.kinds
        parts = [f"+{count} {kind}" for kind, count in more.items()]
        parts += [f"-{count} {kind}" for kind, count in less.items()]
        if parts:
            changes.append(f"at {stock.at:.0f} s: {', '.join(sorted(parts)[:_MOST_NAMED])}")
    return changes


def faults(tally: Tally, measured: dict[str, Any], trouble: str) -> list[str]:
    """Everything for which the soak has failed, one sentence each; none when all was well.

    A command that was not understood at first is a miss of the ears and is allowed now and then. What was said in
    vain three times, a command that nobody gave, a moment that never came, and a coach that ended are faults.
    """
    found = [trouble] if trouble else []
    counts = {
        "said in vain three times": tally.in_vain,
        "taken that nobody gave": tally.wrong,
        "that could not be given because their moment did not come": tally.moments_missed,
    }
    found += [f"Commands {what}: {count}." for what, count in counts.items() if count]
    if tally.missed_first > max(1.0, MOST_MISSED_SHARE * tally.given):
        found.append(f"{tally.missed_first} of {tally.given} commands were not understood at once.")
    if "memory_mb" not in measured:
        return [*found, "The soak was too short to be measured."]
    for how in ("growth", "growth_fitted"):
        if measured["memory_mb"][how] > MOST_GROWTH_MB:
            after = f"after a warm-up of {measured['warm_up_seconds']:.0f} s"
            found.append(f"The memory grew by {measured['memory_mb'][how]} MB ({how}, {after}; 600 s are needed).")
    if changes := measured["stock_changes"]:
        found.append(f"Files, threads or processes did not stay the same ({changes[0]}).")
    if measured["kept_mb"].get("state", 0.0) > MOST_KEPT_MB:
        found.append(f"The coach keeps {measured['kept_mb']['state']} MB in its state folder.")
    return found


def as_rows(samples: Sequence[Sample]) -> list[dict[str, float]]:
    """The samples, for a file and a picture."""
    rows = []
    for sample in samples:
        taken = asdict(sample.usage)
        row = {"at": round(sample.at, 1), "commands": sample.commands}
        row |= {f"{name}_mb": round(taken[f"{name}_bytes"] / MB, 2) for name in ("pss", "anonymous", "rss")}
        row |= {name: taken[name] for name in ("processes", "threads", "descriptors")}
        rows.append(row)
    return rows


def _memory(samples: Sequence[Sample], of: Callable[[Sample], int]) -> dict[str, float]:
    values = [of(sample) / MB for sample in samples]
    grown = growth([sample.at for sample in samples], values)
    return {
        "median": round(median(values), 1),
        "lowest": round(min(values), 1),
        "highest": round(max(values), 1),
        "growth": round(grown.by_medians, 2),
        "growth_fitted": round(grown.by_slope, 2),
        "growth_fitted_an_hour": round(grown.an_hour, 2),
    }


def _range(counts: Sequence[int]) -> dict[str, int]:
    return {"lowest": min(counts), "usual": round(median(counts)), "highest": max(counts)}


def _kept(samples: Sequence[Sample], name: str) -> float:
    return round(max(sample.folder_bytes[name] for sample in samples) / MB, 3)
