"""Runs the soak: one coach process on the virtual sound card, walked through routine after routine."""

from __future__ import annotations

import json
import sys
import tempfile
import time
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benches.common.publishing import DOCS, as_json, describe, parser_of, publish, shortened
from benches.soak.judge import as_rows, faults, figures
from benches.soak.life import Resident, Tally
from benches.soak.page import write_page
from benches.soak.walks import Walks, everything_said
from benches.soak.watch import Watch
from voice_coach.rehearsal.coach_process import CoachProcess
from voice_coach.rehearsal.dialogue import Person
from voice_coach.rehearsal.virtual_card import VirtualCard

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable


_READY_SECONDS = 120.0
_LEAVE_SECONDS = 20.0
_EVERY_SECONDS = 10.0
_FEWEST_SAMPLES = 60
_LONG_RUN_MINUTES = 30.0
"""Shorter runs have no time for a long hold."""
_FOLDERS = {"config": "XDG_CONFIG_HOME", "cache": "XDG_CACHE_HOME", "data": "XDG_DATA_HOME", "state": "XDG_STATE_HOME"}


@dataclass(frozen=True, slots=True)
class Soaked:
    """A soak, before anything is said about it."""

    tally: Tally
    watch: Watch
    trouble: str
    """Why the coach did not live to the end, or did not leave as it should; empty when it did."""


def main() -> None:
    """Soak the coach, and write down what came of it."""
    parser = parser_of("soak")
    parser.add_argument("--minutes", type=float, default=60.0, help="how long [60]")
    parser.add_argument("--seed", type=int, default=1, help="which walks [1]")
    parser.add_argument("--hold-seconds", type=float, default=30.0, help="the countdown; one is 5 minutes longer [30]")
    parser.add_argument("--docs", type=Path, default=DOCS, help="where page, picture and figures go [docs]")
    parser.add_argument("--page", action="store_true", help="only write the page of the figures that are there")
    options = parser.parse_args()
    if options.page:
        write_page(options.docs)
        return
    every = min(_EVERY_SECONDS, 60 * options.minutes / _FEWEST_SAMPLES)
    soaked = soak(60 * options.minutes, options.seed, options.hold_seconds, every, _tell)
    summary = _summary(options, every, soaked)
    against = []
    if options.docs.resolve() == DOCS:
        against = shortened(parser, options, "minutes", alike=["hold_seconds"]) + summary["faults"]
    if publish(lambda: {options.docs / "measured" / "soak.json": _text(summary, soaked)}, against):
        write_page(options.docs)
    print(json.dumps(summary))
    sys.exit(1 if summary["faults"] else 0)


def soak(seconds: float, seed: int, hold_seconds: float, every_seconds: float, tell: Callable[[str], None]) -> Soaked:
    """Live with one coach.

    Args:
        seconds: for how long.
        seed: of what the person says.
        hold_seconds: the countdown.
        every_seconds: how often to look at the coach's memory.
        tell: told how far it has come.
    """
    with ExitStack() as house:
        scratch = Path(house.enter_context(tempfile.TemporaryDirectory(prefix="soak-")))
        card = house.enter_context(VirtualCard())
        folders = {name: scratch / name for name in _FOLDERS}
        environment = {**card.environment, **{variable: str(folders[name]) for name, variable in _FOLDERS.items()}}
        person = Person(card, scratch)
        person.learn(everything_said())
        arguments = ["--daytime", "--hold-seconds", f"{hold_seconds:g}"]
        coach = house.enter_context(CoachProcess(arguments, environment, scratch / "log", lambda _line: None))
        life = Resident(coach, person, Walks(seed), hold_seconds)
        if not coach.wait_until(lambda state: state.is_listening, _READY_SECONDS):
            message = f"The coach did not start: {coach.complaint() or 'it gave no reason'}"
            raise RuntimeError(message)
        with Watch(coach.pid, folders, every_seconds, lambda: life.tally.given) as watch:
            _live(life, coach, watch, seconds, tell)
        trouble = _farewell(life, coach)
    return Soaked(life.tally, watch, trouble)


def _live(life: Resident, coach: CoachProcess, watch: Watch, seconds: float, tell: Callable[[str], None]) -> None:
    until = time.monotonic() + seconds
    while time.monotonic() < until and coach.exit_status(0.0) is None:
        if life.wait_for_quiet():
            watch.take_stock()
        life.walk(until, has_long_hold=seconds >= 60 * _LONG_RUN_MINUTES)
        tell(f"{watch.seconds / 60:.1f} min: {json.dumps(life.tally.summary() | {'notes': len(life.tally.notes)})}")
        if watch.samples:
            tell(f"    {json.dumps(as_rows(watch.samples[-1:])[0])}")


def _farewell(life: Resident, coach: CoachProcess) -> str:
    """End the coach by voice; return what was wrong with its end, or with its life."""
    if (status := coach.exit_status(0.0)) is not None:
        return f"The coach ended with status {status}: {coach.complaint() or 'it gave no reason'}"
    life.leave()
    status = coach.exit_status(_LEAVE_SECONDS)
    if status is None:
        return "The coach did not leave when it was asked to."
    if status != 0:
        return f"The coach left with status {status}: {coach.complaint() or 'it gave no reason'}"
    return f"The coach wrote to its JSON lines what is none: {coach.noise[0]!r}." if coach.noise else ""


def _summary(options: argparse.Namespace, every_seconds: float, soaked: Soaked) -> dict[str, Any]:
    measured = figures(soaked.watch.samples, soaked.watch.stocks)
    return {
        "kind": "summary",
        "machine": describe("moonshine-voice", "onnxruntime", "numpy"),
        "minutes": options.minutes,
        "seed": options.seed,
        "hold_seconds": options.hold_seconds,
        "every_seconds": every_seconds,
        "commands": soaked.tally.summary(),
        "measured": measured,
        "faults": faults(soaked.tally, measured, soaked.trouble),
    }


def _text(summary: dict[str, Any], soaked: Soaked) -> str:
    """The figures with all samples, a line each."""
    rows = ",\n".join(f"    {json.dumps(row)}" for row in as_rows(soaked.watch.samples))
    head = as_json(summary).removesuffix("\n}\n")
    return f'{head},\n  "samples": [\n{rows}\n  ]\n}}\n'


def _tell(text: str) -> None:
    print(f"==> {text}", file=sys.stderr)


if __name__ == "__main__":
    main()
