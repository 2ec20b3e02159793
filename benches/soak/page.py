"""Writes docs/soak.md and draws docs/soak.svg."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from benches.common.publishing import table

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    Figures = Mapping[str, Any]

_HEAD = """\
# An hour with the coach

Written by `scripts/bench soak` from the figures in [measured/soak.json](measured/soak.json): a simulated person walks
routine after routine with one running coach, the real program on the virtual sound card. Three voices in turn, other
wordings and other questions in each walk, at times over the coach's own speech; the mask is taken off early, put back,
paused, and stings now and then. The same seed makes the same walks.

{minutes:.0f} minutes, seed {seed}, a countdown of {hold_seconds:g} s, measured on {machine}.
{verdict}

![Memory, descriptors, threads and commands over the time](soak.svg)
"""
_NOTES = """\
- A command counts once, however often it had to be said. "Not at once" are the ears' misses, with wordings that are
  heard well; at most 3 % are allowed. A command in vain (three tries), a wrong one, and one whose moment did not come
  are faults.
- Everything below is of all the coach's processes together, after a warm-up of {warm_up:.0f} s, every {every:.0f} s.
  "Memory" is what is no file's (Pss_Anon, Pss_Shmem and SwapPss of proc(5)); it may grow by 2 MB, by the medians of the
  first and the last tenth as well as by a fitted line (Theil and Sen). PSS and RSS contain the pages of libraries and
  models too, which the system may drop and read again, and PSS depends on what else runs.
- {stocks} times, in the silence between two walks, processes, threads and open files were compared by name:
  {changes}.
"""


def write_page(docs: Path) -> None:
    """Write docs/soak.md and docs/soak.svg from the figures."""
    figures = json.loads((docs / "measured" / "soak.json").read_text("utf-8"))
    (docs / "soak.md").write_text(page(figures), "utf-8")
    _draw(figures["samples"], figures["measured"].get("warm_up_seconds", 0.0), docs / "soak.svg")


def page(figures: Figures) -> str:
    """The text of docs/soak.md."""
    measured, tally = figures["measured"], figures["commands"]
    verdict = "All was well." if not figures["faults"] else "It failed: " + " ".join(figures["faults"])
    parts = [_HEAD.format(**figures, verdict=verdict), _commands(tally)]
    if "memory_mb" in measured:
        changes = "; ".join(measured["stock_changes"]) or "they were always the same"
        parts += [_resources(measured)]
        parts += [
            _NOTES.format(
                warm_up=measured["warm_up_seconds"],
                every=figures["every_seconds"],
                stocks=measured["stocks"],
                changes=changes,
            )
        ]
    return "\n".join(parts)


def _commands(tally: Figures) -> str:
    rows = (
        ("walks through the routine, finished", tally["walks_finished"]),
        ("commands given", tally["given"]),
        ("of them while the coach was speaking", tally["interruptions"]),
        ("understood at once", tally["understood_at_once"]),
        ("understood, but not at once", tally["understood_repeated"]),
        ("in vain", tally["in_vain"]),
        ("wrong", tally["wrong"]),
        ("whose moment did not come", tally["moments_missed"]),
    )
    return table(("commands", ""), [(name, f"{count}") for name, count in rows]) + "\n"


def _resources(measured: Figures) -> str:
    rows = [
        (
            name,
            *(f"{measured[key][part]:g}" for part in ("lowest", "median", "highest")),
            f"{measured[key]['growth']:+g}",
            f"{measured[key]['growth_fitted']:+g}",
        )
        for name, key in (("memory, MB", "memory_mb"), ("PSS, MB", "pss_mb"), ("RSS, MB", "rss_mb"))
    ]
    rows += [
        (name, *(f"{measured[name][part]}" for part in ("lowest", "usual", "highest")), "", "")
        for name in ("processes", "threads", "descriptors")
    ]
    rows.append(("processor, % of a core", "", f"{measured['processor_percent']:g}", "", "", ""))
    rows += [(f"kept in {name}, MB", "", "", f"{size:g}", "", "") for name, size in measured["kept_mb"].items()]
    return table(("", "lowest", "median", "highest", "growth", "fitted"), rows) + "\n"


def _draw(samples: list[Figures], warm_up: float, path: Path) -> None:
    import matplotlib as mpl  # noqa: PLC0415 - only who draws needs it

    mpl.use("svg")
    from matplotlib import pyplot as plt  # noqa: PLC0415 - after the backend is chosen

    minutes = [sample["at"] / 60 for sample in samples]
    with plt.rc_context({"svg.hashsalt": path.stem, "font.family": "sans-serif"}):
        figure, (memory, counts, commands) = plt.subplots(3, sharex=True, figsize=(8, 6.5), layout="constrained")
        for name, label in (("rss_mb", "RSS"), ("pss_mb", "PSS"), ("anonymous_mb", "memory that is no file's")):
            memory.plot(minutes, [sample[name] for sample in samples], linewidth=1, label=label)
        memory.set_ylabel("MB")
        for name in ("descriptors", "threads", "processes"):
            counts.plot(minutes, [sample[name] for sample in samples], linewidth=1, label=name)
        commands.plot(minutes, [sample["commands"] for sample in samples], linewidth=1, color="black")
        commands.set_ylabel("commands given")
        commands.set_xlabel("minutes (grey: warm-up)")
        for axes in (memory, counts, commands):
            axes.set_ylim(bottom=0)
            axes.axvspan(0, warm_up / 60, color="#eeeeee")
        for axes in (memory, counts):
            axes.legend(frameon=False, ncols=3, loc="lower center", bbox_to_anchor=(0.5, 1.0))
        figure.savefig(path, metadata={"Date": None})
        plt.close(figure)
