"""Runs the bench of the Wyoming server: a JSON line for each grammar."""

from __future__ import annotations

import asyncio
import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from rich.console import Console
from rich.progress import Progress

from benches.common.publishing import DOCS, MEASURED, as_json, describe, page_with, parser_of, publish
from benches.smart_home.run import FOREIGN, KINDS, REAL, TABLE, HomeCommand, read_commands
from benches.wyoming.page import wyoming_section
from benches.wyoming.satellite import server_of, transcript_of
from voice_coach.audio.recordings import read_recording
from voice_coach.errors import CoachError

if TYPE_CHECKING:
    from collections.abc import Sequence

PAGE = DOCS / "wyoming.md"


@dataclass(frozen=True, slots=True)
class Answered:
    """What the server answered to a recording, and seconds from the end of its sound to the answer."""

    said: HomeCommand
    transcript: str
    seconds: float


def main() -> int:
    """Print a JSON line for each grammar, and keep them in docs/measured/wyoming.json and docs/wyoming.md."""
    parser = parser_of("wyoming")
    parser.add_argument("--data", type=Path, required=True, help=f"folder of {TABLE} and of what it names")
    options = parser.parse_args()
    try:
        everything = read_commands(options.data / TABLE)
        persons = [one for one in everything if one.kind in {REAL, FOREIGN}]
        grammars = [measure(persons), measure(everything)]
    except CoachError as error:
        sys.exit(f"scripts/bench wyoming: {error}")
    for figures in grammars:
        print(json.dumps(figures, ensure_ascii=False))
    found = {"machine": describe("wyoming", "moonshine-voice", "onnxruntime", "numpy"), "grammars": grammars}
    publish(lambda: {
        MEASURED / "wyoming.json": as_json(found), PAGE: page_with("wyoming", wyoming_section(found), PAGE),
    }, ())  # fmt: skip
    return 0


def measure(recordings: Sequence[HomeCommand]) -> dict[str, Any]:
    """Let the server hear all recordings, with their sentences as its grammar, and count what came of them.

    Raises:
        CoachError: a recording is missing or damaged, or the server does not start.
    """
    sentences = list(dict.fromkeys(one.written for one in recordings if one.written))
    with server_of(sentences) as port:
        answers = asyncio.run(_ask_all(port, recordings))
    return {"sentences": len(sentences), **_counted(answers)}


async def _ask_all(port: int, recordings: Sequence[HomeCommand]) -> list[Answered]:
    with Progress(console=Console(stderr=True), redirect_stdout=False) as progress:
        return [
            Answered(one, *await transcript_of(port, read_recording(one.path)))
            for one in progress.track(recordings, description="listening")
        ]


def _counted(answers: Sequence[Answered]) -> dict[str, Any]:
    kinds = {kind: {"right": 0, "another": 0, "none": 0} for kind in KINDS if any(kind == a.said.kind for a in answers)}
    for one in answers:
        kinds[one.said.kind][_outcome(one)] += 1
    milliseconds = [1000 * one.seconds for one in answers]
    return {
        "kinds": kinds,
        "wrong": [
            {"said": one.said.written, "transcript": one.transcript, "recording": one.said.path.name}
            for one in answers
            if one.transcript != one.said.written
        ],
        "median_ms": round(float(np.median(milliseconds))),
        "95th_percentile_ms": round(float(np.percentile(milliseconds, 95))),
    }


def _outcome(one: Answered) -> str:
    if not one.transcript:
        return "none"
    return "right" if one.transcript == one.said.written else "another"


if __name__ == "__main__":
    sys.exit(main())
