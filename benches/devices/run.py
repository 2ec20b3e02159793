"""Runs the bench of pulled plugs."""

from __future__ import annotations

import json
import os
import sys

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
from benches.devices.judge import judge
from benches.devices.page import devices_section
from benches.devices.session import MICROPHONE, SPEAKER, play
from voice_coach.rehearsal.rehearse import Reporter

_CYCLES = 50
"""The number of pulls that a published run has, of both sides together."""
_DISTRIBUTIONS = ("onnxruntime", "sounddevice", "pulsectl", "numpy")


def main() -> int:
    """Run the session, publish its figures, and return the exit status."""
    parser = parser_of("devices")
    parser.add_argument("--cycles", type=int, default=_CYCLES, help=f"how often a plug is pulled [{_CYCLES}]")
    parser.add_argument("--side", choices=(SPEAKER, MICROPHONE), help="pull only this one")
    parser.add_argument("--json", action="store_true", help="all lines as JSON, not only the last one")
    options = parser.parse_args()
    sides = (options.side,) if options.side else (MICROPHONE, SPEAKER)
    load = round(os.getloadavg()[0], 1)
    verdict = judge(play(options.cycles, sides, Reporter(as_json=options.json)))
    figures = {"kind": "summary", **verdict.figures, "lost": verdict.lost}
    figures |= {"machine": describe(*_DISTRIBUTIONS), "load": load}
    against = shortened(parser, options, "cycles", alike=["side"])
    against += [f"{len(verdict.lost)} things were lost"] if verdict.lost else []
    publish(
        lambda: {
            MEASURED / "devices.json": as_json(figures),
            APPLIANCE_PAGE: page_with("devices", devices_section(figures)),
        },
        against,
    )
    print(json.dumps(figures), flush=True)
    return 1 if verdict.lost else 0


if __name__ == "__main__":
    sys.exit(main())
