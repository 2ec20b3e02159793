"""Runs the bench of power cuts."""

from __future__ import annotations

import json
import os
import signal
import sys
import tempfile
from pathlib import Path
from random import Random

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
from benches.crash.lives import Lives
from benches.crash.run import Run
from benches.power_cut.disk import PowerCut, why_not
from benches.power_cut.page import power_cut_section
from voice_coach.rehearsal.virtual_card import VirtualCard


def main() -> int:
    """Cut, judge, sum up."""
    parser = parser_of("power-cut")
    parser.add_argument("--cuts", type=int, default=100, help="how often [100]; about 5 s each")
    parser.add_argument("--seed", type=int, default=1, help="of everything that is chosen at random [1]")
    options = parser.parse_args()
    if reason := why_not():
        sys.exit(f"scripts/bench power-cut: {reason}")
    signal.signal(signal.SIGTERM, lambda number, _frame: sys.exit(128 + number))  # no disk stays mounted
    load, *_ = os.getloadavg()
    run = Run()
    with VirtualCard() as card, tempfile.TemporaryDirectory(prefix="power-cut-") as folder:
        scratch = Path(folder)
        with PowerCut(scratch) as end:
            run.live(Lives(card, scratch, end, Random(options.seed)), options.cuts)  # noqa: S311 - repeatable
    summary = {"kind": "summary", "machine": describe("onnxruntime", "numpy"), "load": round(load, 1)} | run.figures
    section = "power-cut"
    publish(
        lambda: {
            MEASURED / "power-cut.json": as_json(summary),
            APPLIANCE_PAGE: page_with(section, power_cut_section(summary)),
        },
        shortened(parser, options, "cuts") + run.wrong + run.unjudged,
    )
    print(json.dumps(summary))
    return 1 if run.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
