"""Runs the bench of crashes. A `Run` of many lives, each ended and judged, serves power cuts too."""

from __future__ import annotations

import json
import os
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any

import numpy as np
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from benches.common.publishing import (
    APPLIANCE_PAGE,
    MEASURED,
    as_json,
    describe,
    page_with,
    parser_of,
    publish,
    shortened,
)
from benches.crash.ends import Kill, LeftoverProcesses
from benches.crash.judge import Judge
from benches.crash.lives import HOLD_SECONDS, Lives
from benches.crash.page import crash_section
from benches.crash.positions import Restoration
from voice_coach.library import load_routine
from voice_coach.rehearsal.virtual_card import VirtualCard

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from benches.crash.positions import Life


def new_judge() -> Judge:
    """A judge of the routine that all lives go through."""
    return Judge(load_routine("facial_mask", "en"), HOLD_SECONDS)


@dataclass
class Run:
    """The results of all lives."""

    judge: Judge = field(default_factory=new_judge)
    remains: LeftoverProcesses = field(default_factory=LeftoverProcesses)
    lives: list[Life] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)
    set_aside: int = 0
    seconds: float = 0.0

    @property
    def wrong(self) -> list[str]:
        """Everything that went wrong, a few words each; empty when all was right."""
        counts = {
            "wrong": self.judge.counts[Restoration.WRONG],
            "processes left behind": self.remains.count,
            "files put aside as damaged": self.set_aside,
        }
        return [f"{count} {what}" for what, count in counts.items() if count]

    @property
    def unjudged(self) -> list[str]:
        """Cases that did not occur in this run, a few words each; a whole run ought to have shown all."""
        return [f"nothing was judged of {what}" for what, count in self._compared.items() if not count]

    @property
    def figures(self) -> dict[str, Any]:
        """The figures for docs/measured."""
        ended, restarted = self.lives[:-1], self.lives[1:]
        counts = self.judge.counts
        return {
            "ends": len(ended),
            "right": counts[Restoration.RIGHT],
            "in_flight": counts[Restoration.IN_FLIGHT],
            "wrong": counts[Restoration.WRONG],
            "worst_time_error_s": round(self.judge.worst_error, 3),
            "compared": self._compared,
            "moments_told": self.judge.moments.told,
            "facts_told": self.judge.history.told,
            "facts_found": self.judge.history.found,
            "before_the_first_page": sum(life.place is None for life in ended),
            "by_phase": dict(self.judge.by_phase),
            "by_moment": _tally([life.moment.value for life in ended]),
            "processes_ended_with": sum(life.processes - 1 for life in ended if life.processes),
            "processes_left": self.remains.count,
            "set_aside": self.set_aside,
            "first_page_ms_median": _milliseconds([life.first_line_seconds for life in restarted], 50),
            "first_page_ms_p95": _milliseconds([life.first_line_seconds for life in restarted], 95),
            "listening_ms_median": _milliseconds([life.listening_seconds for life in restarted], 50),
            "seconds_each": round(self.seconds / max(1, len(self.lives)), 1),
        }

    @property
    def _compared(self) -> Mapping[str, int]:
        judge = self.judge
        return {
            "times left": judge.times_compared,
            "settings": judge.settings.compared,
            "skipped steps": judge.skips_compared,
            "moments": judge.moments.compared,
            "facts of the history": judge.history.demanded,
        }

    def live(self, lives: Lives, count: int, *, stops_when_wrong: bool = False) -> None:
        """End so many lives, judge each by the next, and look at what the last one finds.

        Args:
            lives: to be lived.
            count: how many are ended.
            stops_when_wrong: whether one complaint is enough.
        """
        began = time.monotonic()
        columns = (BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(), TextColumn("{task.description}"))
        console = Console(stderr=True)
        with Progress(*columns, console=console) as progress:
            task = progress.add_task("", total=count)
            for number in range(count + 1):
                self._take(lives, f"life-{number}", console, is_last=number == count)
                place = self.judge.told
                progress.update(task, completed=number, description=f"step {place.step}, {place.phase.value}")
                if not console.is_terminal and number % 10 == 0:
                    console.print(f"{number} of {count}: {dict(self.judge.figures)}", highlight=False)
                if stops_when_wrong and self.complaints:
                    break
        self.judge.close()
        self.remains.look_at_last()
        self.set_aside = lives.set_aside
        self.seconds = time.monotonic() - began

    def _take(self, lives: Lives, name: str, console: Console, *, is_last: bool) -> None:
        life = lives.last(name) if is_last else lives.live(name)
        self.lives.append(life)
        self.remains.killed(name)
        self.remains.look()
        for trouble in self.judge.take(life):
            self.complaints.append(f"{name}: {trouble}")
            console.print(self.complaints[-1], highlight=False, markup=False)


def _tally(words: Sequence[str]) -> dict[str, int]:
    return dict(sorted(Counter(words).items()))


def _milliseconds(seconds: Sequence[float | None], percentile: int) -> int | None:
    known = [one for one in seconds if one is not None]
    return round(1e3 * float(np.percentile(known, percentile))) if known else None


def main() -> int:
    """Kill coaches, judge the restarts, and publish the summary."""
    parser = parser_of("crash")
    parser.add_argument("--kills", type=int, default=200, help="how often [200]; about 5 s each")
    parser.add_argument("--seed", type=int, default=1, help="of everything that is chosen at random [1]")
    options = parser.parse_args()
    load, *_ = os.getloadavg()
    run = Run()
    with VirtualCard() as card, tempfile.TemporaryDirectory(prefix="crash-") as folder:
        scratch = Path(folder)
        lives = Lives(card, scratch, Kill(scratch / "store"), Random(options.seed))  # noqa: S311 - repeatable
        run.live(lives, options.kills)
    summary = {"kind": "summary", "machine": describe("onnxruntime", "numpy"), "load": round(load, 1)} | run.figures
    publish(
        lambda: {MEASURED / "crash.json": as_json(summary), APPLIANCE_PAGE: page_with("crash", crash_section(summary))},
        shortened(parser, options, "kills") + run.wrong + run.unjudged,
    )
    print(json.dumps(summary))
    return 1 if run.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
