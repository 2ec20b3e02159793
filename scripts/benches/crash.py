"""A real session is killed again and again (kill -9), at random moments; each restart must find its place.

The real program on the virtual sound card is led by voice. Right is what the killed coach had told last in its JSON
lines; what a command led to that was under way is right too, and counted by itself. Settings, skipped steps, moments of
the hold and the history are judged too. The last line is a JSON summary; the exit status is 0 when nothing was wrong.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
from pathlib import Path
from random import Random

from appliance_page import PAGE, page_with
from crash_ends import Kill
from crash_lives import Lives
from crash_run import Run
from crash_section import crash_section
from machine import describe
from publishing import MEASURED, as_json, publish, shortened

from voice_coach.rehearsal.card import VirtualCard


def main() -> int:
    """Kill, judge, sum up."""
    parser = argparse.ArgumentParser(
        prog="scripts/bench crash", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
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
        lambda: {MEASURED / "crash.json": as_json(summary), PAGE: page_with("crash", crash_section(summary))},
        shortened(parser, options, "kills") + run.wrong + run.unjudged,
    )
    print(json.dumps(summary))
    return 1 if run.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
