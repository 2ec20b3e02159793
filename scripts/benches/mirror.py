"""The mirror watched by nobody, one, a hundred and a thousand while a person is led through: what it costs the voice.

Whole rehearsals on the virtual sound card: without the page, with it, with one browser, and with a browser, 99 programs
and a crowd of 1,000 that comes at once in the hold, twice. The last line is a JSON summary; the exit status is 0 when
all limits hold.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

import numpy as np
from appliance_page import page_with
from machine import describe
from mirror_judge import (
    likeness_in_crowd,
    longest_silence,
    missed,
    ring_errors,
    spread,
    unseen,
)
from mirror_press import measure_presses
from mirror_section import mirror_section
from mirror_seen import Seen
from mirror_watching import PORT
from publishing import DOCS, MEASURED, as_json, publish
from running import measure_first_sounds

from voice_coach.content_index import languages
from voice_coach.library import load_language
from voice_coach.mirror.static_files import read_files
from voice_coach.mirror.texts import load_texts

if TYPE_CHECKING:
    from collections.abc import Mapping

_WATCHING = Path(__file__).with_name("mirror_watching.py")
_PAGE = DOCS / "mirror.md"
_PRESSES = 20
_STARTS = 5
"""The first one renders the sentences and is not counted."""
_AUDIENCES = {
    "no_page": ["--no-page"],
    "nobody": [],
    "one": ["--browser"],
    "many": ["--browser", "--clients", "99", "--crowd", "1000"],
}
_LIMITS: Mapping[str, float] = {
    "reply_ms_median": 500,
    "reply_ms_p95": 1000,
    "countdown_error_ms": 250,
    "ring_error_s": 0.2,
    "digits_error_s": 0.2,
    "unseen": 0,
    "missed": 0,
    "crowd_unanswered": 0,
    "tracebacks": 0,
    "sockets_left_behind": 0,
    "page_kb": 100,
    "press_ms_p95": 1000,
}
"""The most that each figure may be."""
_LIKENESS = 0.8
"""The least that what is said in the crowd may be like what ought to be heard."""


def main() -> int:
    """Measure, print, and say with the exit status whether the limits hold."""
    parser = argparse.ArgumentParser(
        prog="scripts/bench mirror", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="only the largest audience; docs/ stays as it is")
    options = parser.parse_args()
    load = round(os.getloadavg()[0], 1)
    audiences = ["many"] if options.quick else list(_AUDIENCES)
    rehearsals = {name: _rehearse(name) for name in audiences}
    _, *without = measure_first_sounds(_STARTS)
    _, *beside = measure_first_sounds(_STARTS, ["--page", str(PORT)])
    presses = measure_presses(PORT, _PRESSES)
    figures: dict[str, Any] = {
        "kind": "summary",
        "rehearsals": rehearsals,
        "page_kb": round(max(page_bytes(language) for language in languages()) / 1000, 1),
        "first_sound_s": round(median(beside), 2),
        "first_sound_without_s": round(median(without), 2),
        "start_s": round(presses.there_seconds, 2),
        "press_ms_median": round(median(presses.shown_ms)),
        "press_ms_p95": round(float(np.percentile(presses.shown_ms, 95))),
    }
    figures["beyond_limits"] = beyond_limits(figures)
    figures |= {"machine": describe("uvicorn", "starlette"), "load": load}
    against = ["--quick measures only the largest audience"] if options.quick else []
    against += figures["beyond_limits"]
    publish(
        lambda: {
            MEASURED / "mirror.json": as_json(figures),
            _PAGE: page_with("mirror", mirror_section(figures), _PAGE),
        },
        against,
    )
    print(json.dumps(figures), flush=True)
    return 1 if figures["beyond_limits"] else 0


def page_bytes(language: str) -> int:
    """The size of all files that a browser loads."""
    return sum(len(file.content) for file in read_files(load_texts(load_language(language)), language).values())


def judge(seen: Seen) -> dict[str, Any]:
    """The figures of one rehearsal."""
    names = ("commands_given", "commands_understood", "reply_ms_median", "reply_ms_p95", "countdown_error_ms")
    figures = {name: seen.summary[name] for name in names}
    figures |= {
        "exit_status": seen.exit_status,
        "tracebacks": seen.tracebacks,
        "coach_percent_of_a_core": round(seen.coach.percent_of_a_core, 1),
        "coach_pss_mb": round(seen.coach.most_pss_bytes / 1e6),
    }
    if seen.glances:
        ring, digits = ring_errors(seen)
        figures |= {
            "ring_error_s": round(max(ring), 3),
            "digits_error_s": round(max(digits), 3),
            "unseen": len(unseen(seen)),
            "browser_percent_of_a_core": round(seen.browser.percent_of_a_core, 1),
        }
    if seen.feeds:
        figures |= {
            "missed": missed(seen.feeds),
            "longest_silence_s": round(max(longest_silence(feed) for feed in seen.feeds), 2),
            "spread_ms_p95": round(1000 * float(np.percentile(spread(seen.feeds), 95))),
        }
    if seen.crowds:
        answers = sum((Counter(crowd.answers) for crowd in seen.crowds), Counter[str]())
        figures |= {
            "crowd": answers,
            "crowd_unanswered": answers["closed"],
            "crowd_s": round(max(crowd.ended_at - crowd.began_at for crowd in seen.crowds), 2),
            "sockets_left_behind": max(0, seen.sockets_after - seen.sockets_before),
            "likeness_in_crowd": min(likeness_in_crowd(seen), default=0.0),
        }
    return figures


def beyond_limits(figures: Mapping[str, Any]) -> list[str]:
    """What is not as it ought to be, a sentence each."""
    wrong = []
    for name, found in ({"all": figures} | figures["rehearsals"]).items():
        wrong += [f"{name}: {key} is {found[key]}" for key, most in _LIMITS.items() if found.get(key, 0) > most]
        if found.get("exit_status"):
            wrong.append(f"{name}: the rehearsal did not go well")
        if found.get("likeness_in_crowd", 1.0) < _LIKENESS:
            wrong.append(f"{name}: the crowd could be heard: {found['likeness_in_crowd']}")
    return wrong


def _rehearse(audience: str) -> dict[str, Any]:
    print(f"==> A rehearsal: {audience.replace('_', ' ')}", file=sys.stderr)
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([sys.executable, _WATCHING, folder, *_AUDIENCES[audience]], check=False)
        return judge(Seen.read(Path(folder) / "seen.json"))


if __name__ == "__main__":
    sys.exit(main())
