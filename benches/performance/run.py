"""Runs the bench of performance: decoding, idle listening, starts, and a rehearsal."""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
from statistics import median
from typing import Any

from benches.common.publishing import describe, page_with, parser_of, publish, shortened
from benches.common.running import measure_first_sounds, measure_idle
from benches.performance.boards import BOARDS_PAGE, boards_section, cost_of
from benches.performance.decoding import measure_decoding
from benches.performance.page import PAGE, page, table_of
from voice_coach.rehearsal.noise import DEFAULT_SNR, load_noise


def main() -> None:
    """Measure everything and write the page."""
    parser = parser_of("performance")
    parser.add_argument("--idle-seconds", type=float, default=60.0, help="how long to watch the idle coach [60]")
    parser.add_argument("--starts", type=int, default=6, help="how often to start it [6]")
    options = parser.parse_args()

    load, *_ = os.getloadavg()
    _tell("Decoding (the 1,000 phrases are calibrated first, which takes a minute or two)")
    decoding = measure_decoding([None, 1000])
    _tell("Idle listening")
    idle = measure_idle("moonshine", options.idle_seconds)
    _tell("Idle listening beside a shower")
    showered = measure_idle("moonshine", options.idle_seconds, load_noise("shower", DEFAULT_SNR))
    _tell("Start to first sound")
    fresh, *again = measure_first_sounds(options.starts)
    _tell("A rehearsal")
    rehearsal = _rehearse()

    rows = [
        ("idle listening, of one core", f"{idle.percent_of_a_core:.1f} %"),
        ("idle listening beside a shower, of one core", f"{showered.percent_of_a_core:.1f} %"),
        ("resident", f"{idle.resident_mb:.0f} MB"),
        ("start to first sound, fresh", f"{fresh:.2f} s"),
        ("start to first sound, again", f"{median(again):.2f} s"),
        ("reply, median", f"{rehearsal['reply_ms_median']:.0f} ms"),
        ("reply, 95th percentile", f"{rehearsal['reply_ms_p95']:.0f} ms"),
        ("chime, off its time", f"{rehearsal['countdown_error_ms']:.0f} ms"),
    ]
    for time in decoding:
        rows += [
            (f"decoding an utterance, {time.phrases:,} phrases, median", f"{time.median_ms:.0f} ms"),
            (f"decoding an utterance, {time.phrases:,} phrases, 95th percentile", f"{time.p95_ms:.0f} ms"),
        ]
    table = table_of(rows)
    print(table, end="")
    against = shortened(parser, options, "idle_seconds", "starts")
    if rehearsal["commands_wrong"] or rehearsal["commands_understood"] < rehearsal["commands_given"]:
        against.append("not every command of the rehearsal was understood")
    facts = {
        "machine": describe("onnxruntime", "moonshine-voice", "numpy"),
        "load": load,
        "seconds": idle.seconds,
        "processes": idle.processes,
        "again": len(again),
        "commands": rehearsal["commands_given"],
        "understood": rehearsal["commands_understood"],
        "wrong": rehearsal["commands_wrong"],
        "utterances": decoding[0].utterances,
    }
    text = page(table, facts)
    pages = {PAGE: text}
    if platform.machine() == "x86_64":  # the estimates are multiples of what a PC takes
        pages[BOARDS_PAGE] = page_with("performance", boards_section(cost_of(text)), BOARDS_PAGE)
    publish(lambda: pages, against)


def _rehearse() -> dict[str, Any]:
    """The summary of a rehearsal."""
    command = [sys.executable, "-m", "voice_coach", "rehearse", "--hold", "20", "--json"]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    summary: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return summary


def _tell(text: str) -> None:
    print(f"==> {text}", file=sys.stderr)


if __name__ == "__main__":
    main()
