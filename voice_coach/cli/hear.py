"""`voice-coach hear`: recorded audio through the coach's ears."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

import click

from voice_coach.cli.log import keep_libraries_quiet
from voice_coach.cli.options import Checked, engine_option, gain_option, language_option, sensitivity_option
from voice_coach.errors import RecordingError
from voice_coach.memory.settings_schema import word

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from voice_coach.core.commands import Listen
    from voice_coach.ears import Tuning
    from voice_coach.ears.hearing import Judged


def _situations() -> tuple[str, ...]:
    from voice_coach.core.listening import SITUATIONS

    return SITUATIONS


@click.command(short_help="Hear commands in recordings.")
@click.argument("files", nargs=-1, required=True, metavar="FILE...", type=click.Path(path_type=Path))
@engine_option("auto")
@language_option("en")
@sensitivity_option(0.5)
@gain_option(0.0)
@click.option(
    "--phase",
    "situation",
    type=Checked("phase", word(_situations)),
    metavar="P",
    default="applying",
    show_default="applying: a running routine, no question open",
    help="What the coach would be doing, which decides what may be said: idle, applying, holding, question ...",
)
def hear(files: tuple[Path, ...], engine: str, language: str, situation: str, **tuning: float) -> int:
    """Hear FILEs as if they came from the microphone, as fast as it goes: a JSON line for each command accepted.

    WAV or FLAC, any rate, up to four hours; of several channels the one with the voice is heard. Yes and no are heard
    with --phase question only, and single words count for nothing with --phase idle, as when the coach runs.

    \b
    Examples:
      voice-coach hear recording.wav
      voice-coach hear --engine vosk --phase question *.flac
    """
    from voice_coach.core.listening import listening_in
    from voice_coach.ears import Tuning

    stdout = keep_libraries_quiet()
    listen_to = _ears(engine, language, listening_in(situation), Tuning(**tuning))
    status = 0
    for path in files:
        try:
            for judged in listen_to(path):
                _print(path, judged, stdout)
        except RecordingError as error:
            click.echo(f"voice-coach: {error}", err=True)
            status = 2
    return status


def _ears(engine: str, language: str, listen: Listen, tuning: Tuning) -> Callable[[Path], Iterator[Judged]]:
    """Ears for any number of files; the recognisers are loaded when the first file has been read."""
    from voice_coach.ears import hear_recording, load_witnesses, witness_names
    from voice_coach.library import load_language
    from voice_coach.sound.recordings import read_recording

    book = load_language(language).phrase_book
    names = witness_names(engine, language)
    witnesses = cache(lambda: load_witnesses(names, book, _show_calibration))
    return lambda path: hear_recording(read_recording(path, _tell), witnesses(), book, listen, tuning)


def _tell(sentence: str) -> None:
    click.echo(f"voice-coach: {sentence}", err=True)


def _show_calibration(done: int, total: int) -> None:
    click.echo(f"voice-coach: learning how the phrases sound when nobody speaks, {done} of {total}", err=True)


def _print(path: Path, judged: Judged, stdout: TextIO) -> None:
    from voice_coach.ears.verdict import Accepted

    verdict = judged.verdict
    if not isinstance(verdict, Accepted):
        return
    line = {
        "file": str(path),
        "start_s": round(judged.start_seconds, 3),
        "end_s": round(judged.end_seconds, 3),
        "intent": verdict.phrase.intent.value,
        "text": verdict.phrase.text,
        "engine": verdict.witness,
        "score": round(verdict.score, 3),
    }
    if verdict.phrase.minutes is not None:
        line["minutes"] = verdict.phrase.minutes
    if verdict.phrase.about:
        line["about"] = verdict.phrase.about
    click.echo(json.dumps(line, ensure_ascii=False), file=stdout)
