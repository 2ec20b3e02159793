"""Runs the bench of talking over the coach: the computed part, the played part, or both."""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from rich.console import Console

from benches.common.acoustics import bathroom_response
from benches.common.outcomes import wilson_interval
from benches.common.publishing import MEASURED, as_json, describe, parser_of, publish, shortened
from benches.duplex.judge import Taken, commands_taken, own_sentences_taken, percent
from benches.duplex.live import interrupt
from benches.duplex.scenes import BEGUN_AT, RATE, EchoPath, Scene, make_scene, make_ticking_scene
from voice_coach.audio.recordings import read_recording
from voice_coach.ears import load_recognizers
from voice_coach.ears.echo.alignment import EchoFilter
from voice_coach.ears.echo.canceller import EchoCanceller
from voice_coach.ears.echo.playback_reference import Played
from voice_coach.ears.pipeline import RecognitionPipeline
from voice_coach.ears.recognizers.recognizer import SAMPLE_RATE
from voice_coach.ears.rejection import Accepted
from voice_coach.library import load_language
from voice_coach.routines import Phase
from voice_coach.session.listening import listening

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from voice_coach.ears.recognizers.recognizer import Recognizer


_BLOCK = SAMPLE_RATE // 50
_TICKING_PATHS, _TICKING_DB = ("room",), (-6.0, 0.0, 6.0)
"""The echo paths and levels at which commands are said while the clock ticks."""
_AHEAD_SECONDS = 0.16
"""Seconds by which a block is given to the speaker before it is heard."""


def main() -> None:
    """Run both parts, or one."""
    parser = parser_of("duplex")
    parser.add_argument("--data", type=Path, help="a folder with impulse responses in rir/")
    parser.add_argument("--echo-db", type=float, default=0.0, help="the echo's level against a person's usual one")
    parser.add_argument("--person-db", type=float, default=-6.0, help="the person's level against the echo's")
    parser.add_argument("--sentences", type=int, help="only so many of the coach's sentences")
    parser.add_argument("--turns", type=int, default=30, help="interruptions of the running coach; 0: leave it out")
    parser.add_argument("--computed", action=argparse.BooleanOptionalAction, default=True, help="the first part")
    options = parser.parse_args()
    console = Console(stderr=True)
    summary: dict[str, Any] = {
        "kind": "summary",
        "machine": describe("moonshine-voice", "onnxruntime", "numpy"),
        "echo_db": options.echo_db,
        "person_db": options.person_db,
    }
    if options.computed:
        summary |= _computed(options, console)
    if options.turns:
        summary["live"] = _live(options, console)
    against = shortened(parser, options, "turns", alike=["echo_db", "person_db", "sentences", "computed"])
    publish(lambda: {MEASURED / "duplex.json": as_json(summary)}, against)
    print(json.dumps(summary))


def _computed(options: argparse.Namespace, console: Console) -> dict[str, Any]:
    pack = load_language("en")
    recognizers = load_recognizers(("moonshine",), pack.phrase_book, lambda _done, _of: None, lambda: pack.understander)
    alone, over, ticking = [], [], []
    for path in _paths(options.data):
        scene = make_scene(path, options.echo_db, None, options.sentences)
        for is_cancelling in (True, False):
            begun = time.monotonic()
            taken = _hear(scene, recognizers, is_cancelling=is_cancelling)
            alone.append(own_sentences_taken(path, scene, taken, is_cancelling=is_cancelling))
            console.print(f"{json.dumps(alone[-1])} ({time.monotonic() - begun:.0f} s)", highlight=False)
        if not path.is_overloaded:
            scene = make_scene(path, options.echo_db, options.person_db, options.sentences)
            over.append(commands_taken(path, scene, _hear(scene, recognizers, is_cancelling=True)))
            console.print(json.dumps(over[-1]), highlight=False)
        if path.name in _TICKING_PATHS:
            for echo_db in _TICKING_DB:
                scene = make_ticking_scene(path, echo_db)
                taken = _hear(scene, recognizers, is_cancelling=True, phase=Phase.HOLDING)
                ticking.append(commands_taken(path, scene, taken) | {"echo_db": echo_db})
                console.print(json.dumps(ticking[-1]))
    return {"own_sentences": alone, "commands": over, "ticking": ticking}


def _paths(data: Path | None) -> Iterator[EchoPath]:
    plain = np.ones(1, np.float32)
    yield EchoPath("plain", plain)
    yield EchoPath("plain, clocks 100 ppm apart", plain, drift=100.0)
    yield EchoPath("plain, times 0.3 s wrong", plain, wrong_times=0.3)
    yield EchoPath("plain, overloaded", plain, is_overloaded=True)
    yield EchoPath("room", bathroom_response())
    for file in sorted((data / "rir").glob("*.wav")) if data else ():
        yield EchoPath(file.stem, read_recording(file))


class Unlearning(EchoFilter):
    """An echo filter that learns nothing, so that a canceller with it cancels nothing."""

    def learn(self, error: NDArray[np.float32]) -> None:
        """Learn nothing."""


def _hear(
    scene: Scene, recognizers: Sequence[Recognizer], *, is_cancelling: bool, phase: Phase = Phase.APPLYING
) -> Taken:
    """The commands that the ears take from a scene, each with its time in seconds."""
    played = Played()
    canceller = EchoCanceller(played, None if is_cancelling else Unlearning(SAMPLE_RATE))
    hearing = RecognitionPipeline(recognizers, load_language("en").phrase_book, front_end=canceller)
    given = 0
    taken: Taken = []
    for start in range(0, len(scene.heard) - _BLOCK + 1, _BLOCK):
        seconds = start / SAMPLE_RATE
        while given < len(scene.played) and scene.played[given][1] < BEGUN_AT + seconds + _AHEAD_SECONDS:
            played.played(scene.played[given][0], RATE, scene.played[given][1])
            given += 1
        listen = listening(phase, speaking=scene.speaking_at(seconds))
        sound, echo = canceller.clean(scene.heard[start : start + _BLOCK], BEGUN_AT + seconds)
        decisions = [judged.decision for judged in hearing.feed(sound, listen, echo)]
        taken += [(seconds + _BLOCK / SAMPLE_RATE, one.phrase) for one in decisions if isinstance(one, Accepted)]
    return taken


def _live(options: argparse.Namespace, console: Console) -> dict[str, Any]:
    obeyed, wrong, seconds = interrupt(
        options.turns, options.echo_db, options.person_db, lambda text: console.print(f"live: {text}", highlight=False)
    )
    low, high = wilson_interval(obeyed, options.turns)
    median, late = (
        (round(1e3 * float(value)) for value in np.percentile(seconds, [50, 95])) if seconds else (None, None)
    )
    return {
        "interruptions": options.turns,
        "obeyed_percent": percent(obeyed / options.turns),
        "obeyed_percent_95": [percent(low), percent(high)],
        "wrong": wrong,
        "word_to_silence_ms_median": median,
        "word_to_silence_ms_p95": late,
        "measured": len(seconds),
    }


if __name__ == "__main__":
    main()
