"""A real session is killed again and again (kill -9), at random moments; each restart must find its place.

The real program on the virtual sound card is led by voice. Right is what the killed coach had told last in its JSON
lines; what a command led to that was under way is right too, and counted by itself. The last line is a JSON summary,
and the exit status is 0 when nothing was wrong.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any

import numpy as np
from appliance_page import PAGE, page_with
from crash_judge import Judge
from crash_lives import HOLD_SECONDS, Life, Lives
from crash_places import Outcome
from crash_remains import Remains
from crash_section import crash_section
from machine import describe
from publishing import MEASURED, as_json, publish, shortened
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from voice_coach.library import load_routine
from voice_coach.rehearsal.card import VirtualCard

if TYPE_CHECKING:
    from collections.abc import Sequence


def main() -> int:
    """Kill, judge, sum up."""
    parser = argparse.ArgumentParser(
        prog="scripts/bench crash", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--kills", type=int, default=200, help="how often [200]; about 5 s each")
    parser.add_argument("--seed", type=int, default=1, help="of everything that is chosen at random [1]")
    options = parser.parse_args()
    load, *_ = os.getloadavg()
    phases = [step.phase for step in load_routine("facial_mask", "en").steps]
    run = _Run(Judge(phases, HOLD_SECONDS))
    with VirtualCard() as card, tempfile.TemporaryDirectory(prefix="crash-") as folder:
        lives = Lives(card, Path(folder), Random(options.seed))  # noqa: S311 - a bench must be repeatable
        _live(lives, options.kills, run)
        run.set_aside = len(list(lives.state_folder.rglob("*.damaged-*")))
    summary = {"kind": "summary", "machine": describe("onnxruntime", "numpy"), "load": round(load, 1)} | run.figures
    against = shortened(parser, options, "kills") + ([] if run.is_good else ["not all was right"])
    publish(
        lambda: {MEASURED / "crash.json": as_json(summary), PAGE: page_with("crash", crash_section(summary))}, against
    )
    print(json.dumps(summary))
    return 0 if run.is_good else 1


@dataclass
class _Run:
    judge: Judge
    remains: Remains = field(default_factory=Remains)
    lives: list[Life] = field(default_factory=list)
    set_aside: int = 0

    @property
    def is_good(self) -> bool:
        return not (self.judge.counts[Outcome.WRONG] or self.remains.count or self.set_aside)

    @property
    def figures(self) -> dict[str, Any]:
        killed, restarted = self.lives[:-1], self.lives[1:]
        counts = self.judge.counts
        return {
            "kills": len(killed),
            "right": counts[Outcome.RIGHT],
            "in_flight": counts[Outcome.IN_FLIGHT],
            "wrong": counts[Outcome.WRONG],
            "worst_time_error_s": round(self.judge.worst_error, 3),
            "times_compared": self.judge.times_compared,
            "kills_before_the_first_page": sum(life.place is None for life in killed),
            "kills_by_phase": self.judge.by_phase,
            "kills_by_moment": _tally([life.moment.value for life in killed]),
            "processes_killed_with": sum(life.processes - 1 for life in killed if life.processes),
            "processes_left": self.remains.count,
            "set_aside": self.set_aside,
            "first_page_ms_median": _milliseconds([life.first_line_seconds for life in restarted], 50),
            "first_page_ms_p95": _milliseconds([life.first_line_seconds for life in restarted], 95),
            "listening_ms_median": _milliseconds([life.listening_seconds for life in restarted], 50),
        }


def _live(lives: Lives, kills: int, run: _Run) -> None:
    columns = (BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(), TextColumn("{task.description}"))
    console = Console(stderr=True)
    with Progress(*columns, console=console) as progress:
        task = progress.add_task("", total=kills)
        for number in range(kills + 1):
            name = f"life-{number}"
            life = lives.live(name) if number < kills else lives.last(name)
            run.lives.append(life)
            run.remains.killed(name)
            run.remains.look()
            for trouble in run.judge.take(life):
                console.print(f"{name}: {trouble}", highlight=False, markup=False)
            place = run.judge.told
            progress.update(task, completed=number, description=f"step {place.step}, {place.phase.value}")
            if not console.is_terminal and number % 10 == 0:
                console.print(f"{number} of {kills}: {dict(run.judge.figures)}", highlight=False)
    run.remains.look_at_last()


def _tally(words: Sequence[str]) -> dict[str, int]:
    return {word: words.count(word) for word in sorted(set(words))}


def _milliseconds(seconds: Sequence[float | None], percentile: int) -> int | None:
    known = [one for one in seconds if one is not None]
    return round(1e3 * float(np.percentile(known, percentile))) if known else None


if __name__ == "__main__":
    sys.exit(main())
