"""Draws docs/hearing.svg and docs/hearing-curve.svg."""

from __future__ import annotations

import json
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import matplotlib as mpl
from matplotlib import pyplot as plt

from benches.common.outcomes import Outcomes, wilson_interval
from benches.hearing.judge import MOST_FALSE_AN_HOUR, WORKING_POINT
from benches.hearing.places import STATED

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    Figures = Mapping[str, Any]

COLOURS = {"right": "#3a7d44", "missed": "#d9d2c3", "wrong": "#b3261e"}


mpl.use("svg")


def draw(docs: Path) -> None:
    """Draw what docs/measured/hearing.json says, if it is there."""
    measured = docs / "measured" / "hearing.json"
    if measured.is_file():
        figures = json.loads(measured.read_text("utf-8"))
        draw_places(figures["engines"], docs / "hearing.svg")
        draw_curve(figures["curve"], docs / "hearing-curve.svg")


def draw_places(engines: Figures, path: Path) -> None:
    """Stacked bars of right, missed and wrong for each place and engine; whiskers are 95 % intervals of right."""
    bars = {
        f"{place}: {name}": Outcomes(**engine["places"][place])
        for place in STATED
        for name, engine in engines.items()
        if place in engine["places"]
    }
    sums, labels = list(bars.values()), list(bars)
    with _figure(0.3 * len(bars) + 1.2, path) as axes:
        left = [0.0] * len(bars)
        for name, colour in COLOURS.items():
            widths = [100 * getattr(one, name) / one.total for one in sums]
            axes.barh(labels, widths, left=left, color=colour, label=name)
            left = [start + width for start, width in zip(left, widths, strict=True)]
        right = [100 * one.right / one.total for one in sums]
        axes.errorbar(right, labels, xerr=_whiskers(sums), fmt="none", ecolor="black", elinewidth=0.8)
        axes.invert_yaxis()
        axes.set_xlim(0, 100)
        axes.set_xlabel("% of commands")
        axes.legend(ncols=3, loc="lower center", bbox_to_anchor=(0.5, 1.0), frameon=False)


def draw_curve(points: Sequence[Figures], path: Path) -> None:
    """A line a place: percent not obeyed against false commands an hour of talk, the working point marked."""
    rates = [point["false_commands"] / point["hours"] if point["hours"] else 0.0 for point in points]
    with _figure(4.5, path) as axes:
        for place in STATED:
            sums = [Outcomes(**point["places"][place]) for point in points]
            not_obeyed = [100 * (1 - one.right / one.total) for one in sums]
            (line,) = axes.plot(rates, not_obeyed, marker=".", markersize=4, linewidth=1, label=place)
            for point, rate, share in zip(points, rates, not_obeyed, strict=True):
                if point["sensitivity"] == WORKING_POINT:
                    axes.plot(rate, share, "o", markersize=9, color=line.get_color(), markerfacecolor="none")
        axes.axvline(MOST_FALSE_AN_HOUR, color="#b3261e", linestyle=":", linewidth=1)
        axes.set_xscale("symlog", linthresh=1)
        axes.set_xlim(left=-0.05)
        axes.set_ylim(bottom=0)
        axes.set_xlabel("false commands an hour of other people's talk (dotted: the limit; circles: the working point)")
        axes.set_ylabel("% of commands not obeyed")
        axes.legend(frameon=False)


@contextmanager
def _figure(height: float, path: Path) -> Iterator[Any]:
    """Axes of a picture that is written when they are drawn, the same for the same figures."""
    with plt.rc_context({"svg.hashsalt": path.stem, "font.family": "sans-serif"}):
        figure, axes = plt.subplots(figsize=(8, height), layout="constrained")
        yield axes
        figure.savefig(path, metadata={"Date": None})
        plt.close(figure)


def _whiskers(sums: Sequence[Outcomes]) -> list[list[float]]:
    below, above = [], []
    for one in sums:
        low, high = wilson_interval(one.right, one.total)
        share = one.right / one.total
        below.append(100 * (share - low))
        above.append(100 * (high - share))
    return [below, above]
