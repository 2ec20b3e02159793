"""The power of a real session is cut again and again, at random moments; all that it told must be on the disk.

As crash, but what the coach keeps lies on an ext4 of its own that is shut down without flushing its log (loop device,
EXT4_IOC_SHUTDOWN): only what was forced to the disk is there when it is mounted again. Needs root.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
import tempfile
from pathlib import Path
from random import Random

from appliance_page import PAGE, page_with
from crash_ends import PowerCut, why_not
from crash_lives import Lives
from crash_run import Run
from crash_section import power_cut_section
from machine import describe
from publishing import MEASURED, as_json, publish, shortened

from voice_coach.rehearsal.card import VirtualCard


def main() -> int:
    """Cut, judge, sum up."""
    parser = argparse.ArgumentParser(
        prog="scripts/bench power-cut", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
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
        lambda: {MEASURED / "power-cut.json": as_json(summary), PAGE: page_with(section, power_cut_section(summary))},
        shortened(parser, options, "cuts") + run.wrong + run.unjudged,
    )
    print(json.dumps(summary))
    return 1 if run.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
