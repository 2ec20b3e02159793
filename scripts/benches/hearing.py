"""How well each engine hears commands, in quiet, in a room and beside a tap, and what it takes for one."""

from __future__ import annotations

import argparse
import multiprocessing
import os
import sys
from concurrent.futures import Future, ProcessPoolExecutor
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hearing_report import draw, hearing_page
from listening import BASELINE, LANGUAGE, hear_commands, hear_other
from machine import describe
from material import one_phrase_an_intent, other_sounds, places, share
from outcomes import FalseCommands
from rich.console import Console
from rich.progress import Progress
from speakers import NATURAL, VOICES

from voice_coach.ears import witness_names
from voice_coach.errors import CoachError, ModelError
from voice_coach.library import load_phrase_book

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from hearing_report import Heard, Taken
    from material import Sound
    from rooms import Place

    from voice_coach.core.phrases import Phrase

DOCS = Path(__file__).resolve().parents[2] / "docs"
PACKAGES = ("moonshine-voice", "onnxruntime", "vosk", "pocketsphinx", "numpy")
PORTIONS = 4
"""In how many tasks the sounds of one kind are heard."""


def main() -> int:
    """Measure, print, and write docs/hearing.md and docs/hearing.svg unless it was only a small run."""
    options = _options()
    engines, missing = _engines()
    book = load_phrase_book(LANGUAGE)
    phrases, voices = (one_phrase_an_intent(book), NATURAL[1:]) if options.small else (book.phrases, VOICES)
    heard, taken = _measure(
        engines, phrases, voices, places(options.data), other_sounds(options.data, is_small=options.small)
    )
    page = hearing_page(heard, taken, missing, len(phrases), describe(*PACKAGES))
    sys.stdout.write(page)
    if not options.small:
        (DOCS / "hearing.md").write_text(page, "utf-8")
        draw(heard, DOCS / "hearing.svg")
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="scripts/bench hearing", description=__doc__)
    parser.add_argument("--small", action="store_true", help="a minute's sample; writes nothing")
    parser.add_argument(
        "--data",
        type=Path,
        metavar="DIR",
        help="recordings to hear as well: no command is in DIR/speech_other, words_near and noise; "
        "impulse responses of rooms are in DIR/rir",
    )
    options = parser.parse_args()
    if options.data and not options.data.is_dir():
        parser.error(f"{options.data} is no folder; give the folder that holds speech_other, noise, words_near and rir")
    return options


def _engines() -> tuple[tuple[str, ...], Mapping[str, str]]:
    """The engines that can be measured here, and why the others cannot."""
    try:
        witness_names("vosk", LANGUAGE)
    except ModelError:
        missing = {"vosk": "its English model is missing", "auto": "without it the same as moonshine"}
        return ("moonshine", BASELINE), missing
    return ("moonshine", "vosk", "auto", BASELINE), {}


def _measure(
    engines: Sequence[str],
    phrases: Sequence[Phrase],
    voices: Sequence[str],
    all_places: Sequence[Place],
    others: Mapping[str, Sequence[Sound]],
) -> tuple[Heard, Taken]:
    workers = os.cpu_count() or 1
    with (
        ProcessPoolExecutor(workers, mp_context=multiprocessing.get_context("spawn")) as pool,
        Progress(console=Console(stderr=True)) as progress,
    ):
        commands = {
            (engine, place.name, voice): pool.submit(hear_commands, engine, place, voice, phrases)
            for engine in engines
            for place in all_places
            for voice in voices
            if voice in NATURAL or not place.is_recorded
        }
        other = {
            (engine, kind): [pool.submit(hear_other, engine, portion) for portion in share(sounds, PORTIONS)]
            for engine in engines
            for kind, sounds in others.items()
        }
        futures: list[Future[Any]] = [*commands.values(), *chain.from_iterable(other.values())]
        bar = progress.add_task("Listening", total=len(futures))
        for future in futures:
            future.add_done_callback(lambda _future: progress.advance(bar))
        return (
            {key: future.result() for key, future in commands.items()},
            {key: sum((one.result() for one in portions), FalseCommands()) for key, portions in other.items()},
        )


if __name__ == "__main__":
    try:
        sys.exit(main())
    except CoachError as error:
        sys.exit(f"scripts/bench hearing: {error}")
